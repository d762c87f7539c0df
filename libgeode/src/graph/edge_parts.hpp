#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/bulk_adjacency.hpp"
#include "graph/bulk_columns.hpp"
#include "graph/chunk_sink.hpp"
#include "graph/edge_block.hpp"
#include "graph/edge_store.hpp"

namespace geode::graph {

/// Ranges of a store that one thread sorts at once.
struct EdgePart {
  std::uint32_t begin = 0, end = 0;  ///< ranges
  std::uint64_t bytes = 0, count = 0;
  std::uint64_t first_number = 0;  ///< of its edges, when they are numbered from 0 on
  /// A single range that is not to be held in memory as a whole.
  bool large = false;
};
/// Parts of up to about `edges` edges each; a range of more than `most_bytes` is a large one.
std::vector<EdgePart> make_parts(const EdgeStore& store, std::uint64_t edges,
                                 std::uint64_t most_bytes);

/// One edge as a store has it.
struct EdgeRecord {
  std::uint32_t first = 0, second = 0;
  std::uint32_t number = 0;  ///< Form::kNumbers
  std::string_view row;      ///< Form::kRows
};
/// Takes the first record off `bytes`.
EdgeRecord take_record(EdgeRanges::Form form, std::string_view& bytes);

/// What edges of one label become.
struct EdgePlan {
  std::uint32_t label = 0;
  std::uint64_t lsn = 0;
  BulkAdjacency::Place out, in;
  bool fresh = false;                  ///< the label had no edges before
  std::uint64_t first_edge = 0;        ///< number of the first one
  std::vector<PropertyKeyId> columns;  ///< kSourceColumn, then those of the properties
  EdgeRanges by_target;
};

/// The edges of a part in the order of (source, target), as far as that is done without the
/// transaction.
struct SourcePart {
  HeldChunks chunks;
  std::vector<BulkAdjacency::Degree> degrees;
  /// Columns of the chunks that are whole within the part; the rows before and behind them.
  std::unique_ptr<BulkColumns> columns;
  struct Rows {
    std::vector<std::uint32_t> sources;
    std::vector<std::uint32_t> sizes;  // of `rows`
    std::string rows;
  } head, tail;
  std::uint64_t loops = 0;
  EdgeBlock by_target;
  /// In order, unless their chunks are among `chunks`.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
};
std::unique_ptr<SourcePart> make_source_part(const EdgeStore& store, const EdgePart& part,
                                             const EdgePlan& plan);

/// The edges of a part of numbered ones in the order of (target, source).
struct TargetPart {
  HeldChunks chunks;
  std::vector<BulkAdjacency::Degree> degrees;
  /// In order, unless their chunks are among `chunks`.
  std::vector<EdgeRecord> edges;
};
std::unique_ptr<TargetPart> make_target_part(const EdgeStore& store, const EdgePart& part,
                                             const EdgePlan& plan);

}  // namespace geode::graph
