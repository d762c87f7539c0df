#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "graph/sorted_runs.hpp"

namespace geode::graph {

/// The triples of sorted runs in batches. With a thread of its own, that reads and merges the next
/// ones while the caller works on those it has.
class SortedBatches {
 public:
  struct Batch {
    std::vector<SortedRuns::Triple> triples;
    std::string row_bytes;
    std::vector<std::size_t> row_ends;  // empty without rows
    std::string_view row(std::size_t i) const {
      const std::size_t begin = i == 0 ? 0 : row_ends[i - 1];
      return std::string_view(row_bytes).substr(begin, row_ends[i] - begin);
    }
  };
  struct Options {
    bool rows = false;
    bool own_thread = false;
    /// Called with each batch as it is read, and once all are read; on the thread that reads.
    std::function<void(const Batch&)> each;
    std::function<void()> at_end;
  };

  /// `runs` are sorted, and used by nobody else from now on.
  SortedBatches(SortedRuns& runs, Options options);
  /// The rest is not read.
  ~SortedBatches();
  SortedBatches(const SortedBatches&) = delete;
  SortedBatches& operator=(const SortedBatches&) = delete;

  /// Null at the end, when at_end() has been called. The batch is good until the next call. Throws
  /// what reading threw.
  const Batch* next();

 private:
  bool fill(Batch& batch);
  void loop();

  SortedRuns& runs_;
  const Options options_;
  std::unique_ptr<Batch> current_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Batch>> full_, empty_;
  bool ended_ = false, stop_ = false;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace geode::graph
