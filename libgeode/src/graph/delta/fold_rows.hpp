#pragma once

#include <cstdint>

#include "graph/keys.hpp"
#include "graph/statistics.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {

/// Merges the partial rows at one chunk of elements into its column chunks and removes them.
void fold_rows(storage::WriteTransaction& txn, StatisticsWriter& statistics, ElementKind kind,
               std::uint32_t label, std::uint32_t chunk, std::uint64_t lsn);

/// Records which property keys have a column chunk at `chunk` (keys::chunk_keys), sorted.
void write_chunk_keys(storage::WriteTransaction& txn, ElementKind kind, std::uint32_t label,
                      std::uint32_t chunk, const std::vector<PropertyKeyId>& keys);
std::vector<PropertyKeyId> read_chunk_keys(const storage::Transaction& txn, ElementKind kind,
                                           std::uint32_t label, std::uint32_t chunk);

}  // namespace geode::graph
