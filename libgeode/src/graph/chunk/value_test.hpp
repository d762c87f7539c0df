#pragma once

#include <cstdint>
#include <vector>

#include <geode/value.hpp>

namespace geode::graph {

/// What is asked of the value of a row: how it compares with a constant, or whether it is one of
/// several. A row without a value never passes.
struct ValueTest {
  enum class Kind : std::uint8_t {
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kAmong,  ///< equal to one of the constants
  };

  Kind kind = Kind::kEqual;
  std::vector<Value> constants;  ///< none of them null; one, but of kAmong
};

}  // namespace geode::graph
