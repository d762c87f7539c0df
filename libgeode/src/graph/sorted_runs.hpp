#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/temporary_file.hpp"

namespace geode::graph {

/// Sorts triples of numbers by (first, second), equal ones in the order they were added, within a
/// memory budget: what exceeds it is written as sorted runs to a temporary file, which are merged
/// when they are read. A triple may carry bytes (a "row") instead of its third number.
///
/// Use: add() all, sort(), then next() until it gives false.
class SortedRuns {
 public:
  struct Options {
    std::uint64_t memory_bytes = 0;
    std::string directory;  ///< of the temporary file
    bool rows = false;
    /// Triples of equal `first` are added in the order of `second`, so that only `first` need be
    /// sorted by.
    bool second_ascends = false;
    /// Runs are sorted and written by another thread while more triples are added.
    bool own_thread = false;
    std::function<void()> poll;  ///< called now and then; may throw
  };
  struct Triple {
    std::uint32_t first = 0, second = 0, third = 0;
  };
  static_assert(sizeof(Triple) == 12);

  explicit SortedRuns(Options options);
  ~SortedRuns();

  void add(std::uint32_t first, std::uint32_t second, std::uint32_t third) {
    if (buffer_.count == buffer_.capacity) make_room();
    push({first, second, third});
  }
  void add(std::uint32_t first, std::uint32_t second, std::string_view row);
  std::uint64_t size() const { return total_; }
  std::uint32_t least_first() const { return least_first_; }
  std::uint32_t greatest_first() const { return greatest_first_; }
  std::uint32_t least_second() const { return least_second_; }
  std::uint32_t greatest_second() const { return greatest_second_; }

  void sort();
  bool next() {
    if (runs_.empty()) {
      if (position_ == buffer_.count) return false;
      current_ = buffer_.triples.get()[position_++];
      return true;
    }
    return next_merged();
  }
  const Triple& current() const { return current_; }
  /// Until the next call of next().
  std::string_view row() const;

 private:
  struct Free {
    void operator()(Triple* triples) const { std::free(triples); }
  };
  /// What is sorted together: a run, or all that was added.
  struct Buffer {
    std::unique_ptr<Triple[], Free> triples;
    std::size_t count = 0, capacity = 0;
    bool ordered = true;
    std::string row_bytes;  // of each row: size u32, bytes
  };
  class RunReader;

  void push(const Triple& triple) {
    Triple* const triples = buffer_.triples.get();
    if (buffer_.count > 0 && precedes(triple, triples[buffer_.count - 1])) buffer_.ordered = false;
    triples[buffer_.count++] = triple;
    ++total_;
    if (triple.first < least_first_) least_first_ = triple.first;
    if (triple.first > greatest_first_) greatest_first_ = triple.first;
    if (triple.second < least_second_) least_second_ = triple.second;
    if (triple.second > greatest_second_) greatest_second_ = triple.second;
  }
  static bool precedes(const Triple& a, const Triple& b) {
    return a.first != b.first ? a.first < b.first : a.second < b.second;
  }
  /// Grows the buffer, or spills it when the budget is used up.
  void make_room();
  void sort_buffer(Buffer& buffer) const;
  void spill();
  void write_run(Buffer& buffer);
  /// Until the run that another thread writes is written. Throws what that threw.
  void wait_for_run();
  bool next_merged();

  Options options_;
  Buffer buffer_;
  std::size_t most_ = 0, most_row_bytes_ = 0;
  std::uint64_t total_ = 0;
  std::uint32_t least_first_ = UINT32_MAX, greatest_first_ = 0;
  std::uint32_t least_second_ = UINT32_MAX, greatest_second_ = 0;
  std::size_t position_ = 0;
  Triple current_;

  std::unique_ptr<base::TemporaryFile> file_;
  std::vector<std::uint64_t> run_ends_;
  std::future<void> writing_;
  std::vector<std::unique_ptr<RunReader>> runs_;
  std::vector<std::uint32_t> heap_;  // runs that have a triple, the least on top
  bool merge_started_ = false;
};

}  // namespace geode::graph
