#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/ordered_jobs.hpp"
#include "transfer/file_parts.hpp"
#include "value/vector.hpp"

namespace geode::transfer {

/// The rows of a file of nodes, read by several threads in the parts of FileParts and given in
/// order. A part with any problem is given as a bad block, as for EdgeBlocks.
class NodeBlocks {
 public:
  /// At most value::kBatchRows rows, as the loader takes them.
  struct Batch {
    std::vector<value::Vector> columns;
    std::uint32_t rows = 0;
    /// Makes room for rows of `reader`, column by column as `order` says, and drops those that are
    /// there.
    void clear(const RecordReader& reader, const std::vector<std::size_t>& order);
  };
  struct Block {
    std::uint64_t begin = 0, end = 0;  ///< in the file
    std::uint64_t lines = 0;
    bool good = false;
    std::vector<Batch> batches;
  };

  /// From where `reader` is, which fits, to the end of the file. Both arguments must stay.
  NodeBlocks(const RecordReader& reader, const std::vector<std::size_t>& order,
             std::uint32_t threads);

  /// Null at the end. Throws what reading the block threw.
  std::unique_ptr<Block> next() { return jobs_.next(); }

 private:
  std::unique_ptr<Block> read(std::uint64_t index) const;

  const std::vector<std::size_t>& order_;
  const FileParts parts_;
  base::OrderedJobs<Block> jobs_;
};

}  // namespace geode::transfer
