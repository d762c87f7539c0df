#pragma once

#include <cstdint>
#include <span>

#include "gql/function/registry.hpp"

namespace geode::gql {

/// The integers that a call of range(from, to [, step]) names, without a list of them.
struct IntegerRange {
  std::int64_t first = 0, step = 1;
  std::uint64_t count = 0;
  std::int64_t operator[](std::uint64_t i) const {
    // In 64 bits without a sign, where the way to an element that exists cannot overflow.
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(first) +
                                     i * static_cast<std::uint64_t>(step));
  }
};

/// Throws what range() throws, but that the list were too long. No argument is null.
IntegerRange integer_range(std::span<const Value> arguments, const FunctionContext& context);
/// Whether calls of the function are calls of range().
bool is_range(const ScalarFunction& function);

}  // namespace geode::gql
