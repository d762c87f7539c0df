#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "transfer/edge_rows.hpp"

namespace geode::transfer {

/// The rows of a file of edges, read block by block by several threads and given in order.
///
/// A block is the lines that begin in a range of bytes. That each begins with a row is known once
/// the one before has been read to its end without a problem: a field in quotes that goes on in the
/// next block is a quote that is never closed in the block it begins in. So a block with any
/// problem is given as bad, and the caller reads on from its begin by himself, in the way that says
/// what is wrong and where.
class EdgeBlocks {
 public:
  struct Block {
    std::uint64_t begin = 0, end = 0;  ///< in the file
    std::uint64_t lines = 0;
    bool good = false;
    std::exception_ptr error;
    std::vector<EdgeRows> batches;
  };

  /// Whether a file is worth it, and can be read so.
  static bool fits(const RecordReader& reader, const EdgeColumns& columns);

  /// From where `reader` is, which fits, to the end of the file. Both arguments must stay.
  EdgeBlocks(const RecordReader& reader, const EdgeColumns& columns, std::uint32_t threads);
  ~EdgeBlocks();
  EdgeBlocks(const EdgeBlocks&) = delete;
  EdgeBlocks& operator=(const EdgeBlocks&) = delete;

  /// Null at the end. Throws what reading the block threw.
  std::unique_ptr<Block> next();

 private:
  void loop();
  /// The first begin of a line at `offset` or behind it.
  std::uint64_t line_begin(std::uint64_t offset) const;
  void read(std::uint64_t index, Block& block) const;

  const RecordReader& reader_;
  const EdgeColumns& columns_;
  const std::uint64_t most_ahead_;
  RecordReader::Position first_;
  std::uint64_t end_ = 0, count_ = 0;
  int file_ = -1;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_read_ = 0, next_given_ = 0;
  bool stop_ = false;
  std::map<std::uint64_t, std::unique_ptr<Block>> ready_;
  std::vector<std::thread> threads_;
};

}  // namespace geode::transfer
