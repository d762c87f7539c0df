#pragma once

#include <cstdint>

#include "graph/chunk/value_test.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::graph {

/// mask[i] = 0 where the property of element first + i does not pass, for i < n <= kBatchRows;
/// bytes of the mask are 0 or 1. False, and nothing done, when that cannot be told from the chunks
/// as they are stored: the column may have been changed by this transaction, or a chunk holds
/// values of another type than the constants.
bool keep_passing(const Column& column, std::uint64_t first, std::uint32_t n, const ValueTest& test,
                  std::uint8_t* mask);
/// mask[i] = 0 where the property of element ids[i] does not pass. False also when the ids are not
/// such that it pays: those of a chunk are to follow one another in `ids`, and lie close together.
/// Some that do not pass may have been taken out of the mask then.
bool keep_passing(const Column& column, const std::uint64_t* ids, std::uint32_t n,
                  const ValueTest& test, std::uint8_t* mask);

}  // namespace geode::graph
