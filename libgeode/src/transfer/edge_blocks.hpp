#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/ordered_jobs.hpp"
#include "graph/bulk_load.hpp"
#include "transfer/edge_rows.hpp"
#include "transfer/file_parts.hpp"

namespace geode::transfer {

/// The rows of a file of edges, read by several threads in the parts of FileParts and given in
/// order. A part with any problem is given as a bad block, and the caller reads on from its begin
/// by himself, in the way that says what is wrong and where.
class EdgeBlocks {
 public:
  struct Block {
    std::uint64_t begin = 0, end = 0;  ///< in the file
    std::uint64_t lines = 0, rows = 0;
    bool good = false;
    graph::EdgeBlock edges;
    std::vector<EdgeRows> batches;  ///< instead of `edges`, where the loader looks at each row
  };

  /// Whether a file is worth it, and can be read so.
  static bool fits(const RecordReader& reader, const EdgeColumns& columns);

  /// From where `reader` is, which fits, to the end of the file. The arguments must stay.
  EdgeBlocks(const RecordReader& reader, const EdgeColumns& columns,
             const graph::BulkLoader& loader, std::uint32_t threads);
  EdgeBlocks(const EdgeBlocks&) = delete;
  EdgeBlocks& operator=(const EdgeBlocks&) = delete;

  /// Null at the end. Throws what reading the block threw.
  std::unique_ptr<Block> next() { return jobs_.next(); }

 private:
  std::unique_ptr<Block> read(std::uint64_t index) const;

  const EdgeColumns& columns_;
  const graph::BulkLoader& loader_;
  const bool checked_;
  const FileParts parts_;
  base::OrderedJobs<Block> jobs_;
};

}  // namespace geode::transfer
