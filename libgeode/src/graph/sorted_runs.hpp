#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
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
    std::function<void()> poll;  ///< called now and then; may throw
  };
  struct Triple {
    std::uint32_t first = 0, second = 0, third = 0;
  };
  static_assert(sizeof(Triple) == 12);

  explicit SortedRuns(Options options);
  ~SortedRuns();

  void add(std::uint32_t first, std::uint32_t second, std::uint32_t third) {
    if (count_ == capacity_) make_room();
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
      if (position_ == count_) return false;
      current_ = triples_.get()[position_++];
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
  class RunReader;

  void push(const Triple& triple) {
    if (count_ > 0 && precedes(triple, triples_.get()[count_ - 1])) ordered_ = false;
    triples_.get()[count_++] = triple;
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
  void sort_buffer();
  void spill();
  bool next_merged();

  Options options_;
  std::unique_ptr<Triple[], Free> triples_;
  std::size_t count_ = 0, capacity_ = 0, most_ = 0;
  bool ordered_ = true;
  std::string row_bytes_;  // of each row in memory: size u32, bytes
  std::size_t most_row_bytes_ = 0;
  std::uint64_t total_ = 0;
  std::uint32_t least_first_ = UINT32_MAX, greatest_first_ = 0;
  std::uint32_t least_second_ = UINT32_MAX, greatest_second_ = 0;
  std::size_t position_ = 0;
  Triple current_;

  std::unique_ptr<base::TemporaryFile> file_;
  std::vector<std::uint64_t> run_ends_;
  std::vector<std::unique_ptr<RunReader>> runs_;
  std::vector<std::uint32_t> heap_;  // runs that have a triple, the least on top
  bool merge_started_ = false;
};

}  // namespace geode::graph
