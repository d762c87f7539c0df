#pragma once

#include <string>
#include <string_view>

#include <geode/value.hpp>

namespace geode::cli {

/// A value as a cell of a table or a CSV file shows it: strings without quotes, everything else as
/// GQL writes it.
std::string cell_text(const Value& value, std::string_view null_text);

/// "1 node", "3 nodes".
std::string counted(std::uint64_t count, std::string_view noun);

/// 1234567 as "1,234,567".
std::string grouped_digits(std::uint64_t number);

/// A duration for people: "850 us", "12.3 ms", "4.21 s", "3 min 12 s".
std::string duration_text(double seconds);

/// A number of bytes for people: "812 B", "4.5 MB".
std::string bytes_text(std::uint64_t bytes);

}  // namespace geode::cli
