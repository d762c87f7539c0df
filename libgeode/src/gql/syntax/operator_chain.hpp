#pragma once

#include <cstddef>

namespace geode::gql {

/// A chain of up to this many AND, XOR or OR grows to the left, as written; a longer one is built
/// as a balanced tree, which means the same and keeps later passes from recursing once per operand.
constexpr std::size_t kLongestLeftChain = 16;

/// How many of `count` operands stand left of the root.
constexpr std::size_t left_operands_of_chain(std::size_t count) {
  return count <= kLongestLeftChain ? count - 1 : count / 2;
}

}  // namespace geode::gql
