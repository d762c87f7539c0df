#pragma once

#include <cstdint>
#include <string>

namespace geode::file {

/// What is wrong with a row of a file, and where. Lines count from 1, columns in characters from 1;
/// column 0: the line as a whole.
struct BadRow {
  std::uint64_t line = 0;
  std::uint32_t column = 0;
  std::string message;
  std::string hint;
};

enum class RowStatus : std::uint8_t { kRow, kBad, kEnd };

}  // namespace geode::file
