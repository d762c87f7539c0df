#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/temporary_file.hpp"
#include "graph/edge_block.hpp"

namespace geode::graph {

/// Blocks of edges, until all are there and each range of them can be read: in memory up to a
/// limit, beyond that in a temporary file, where what was held of a range at one time stands
/// together.
class EdgeStore {
 public:
  struct Options {
    std::uint64_t memory_bytes = 0;
    std::string directory;  ///< of the temporary file
    /// Another thread writes to the file while more is added.
    bool own_thread = false;
  };
  EdgeStore(const EdgeRanges& ranges, Options options);
  ~EdgeStore();
  EdgeStore(const EdgeStore&) = delete;
  EdgeStore& operator=(const EdgeStore&) = delete;

  const EdgeRanges& ranges() const { return ranges_; }
  void add(EdgeBlock block);
  std::uint64_t size() const { return size_; }
  const EdgeEnds& firsts() const { return firsts_; }
  const EdgeEnds& seconds() const { return seconds_; }

  /// Nothing is added any more. From here on several threads may read.
  void seal();
  std::uint64_t count(std::uint32_t range) const { return counts_[range]; }
  std::uint64_t bytes(std::uint32_t range) const { return bytes_[range]; }
  /// Writes the bytes(range) bytes of the records of a range, in the order they were added in.
  void read(std::uint32_t range, char* out) const;
  /// The same in parts, each of whole records.
  std::size_t parts() const { return spills_.size() + blocks_.size(); }
  std::string_view part(std::size_t part, std::uint32_t range, std::string& buffer) const;

 private:
  using Blocks = std::vector<EdgeBlock>;
  void spill();
  void write(const Blocks& blocks);
  void wait_for_spill();

  const EdgeRanges ranges_;
  const Options options_;
  std::uint64_t limit_ = 0;
  std::uint64_t size_ = 0;
  std::vector<std::uint64_t> counts_, bytes_;
  EdgeEnds firsts_, seconds_;
  Blocks blocks_;
  std::uint64_t held_ = 0;
  std::unique_ptr<base::TemporaryFile> file_;
  /// Of each time that what was held was written: where the ranges begin in the file, and the end.
  std::vector<std::vector<std::uint64_t>> spills_;
  std::future<void> writing_;
};

}  // namespace geode::graph
