#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gql/exec/spill/spilled_rows.hpp"

namespace geode::gql::exec {

struct SortDirection {
  bool descending = false;
  bool nulls_first = false;
};

/// Orders rows by some of their columns in the total order of values; equal rows keep the order
/// they came in. What does not fit into memory is written as sorted runs, which are merged when the
/// rows are read.
///
/// Use: reset(), add() all, finish(), then next() until it gives false.
class RowSorter {
 public:
  struct Key {
    std::size_t column = 0;
    SortDirection direction;
  };

  RowSorter();
  ~RowSorter();

  /// `wanted`: only so many first rows are asked for.
  void reset(ExecutionContext& context, std::size_t columns, std::vector<Key> keys,
             std::optional<std::uint64_t> wanted = std::nullopt);
  void add(std::span<const value::Vector* const> columns, std::span<const std::uint32_t> rows);
  void finish();
  /// Makes `out` (of all columns) the next rows, up to kBatchRows of them.
  bool next(Batch& out);
  /// Whether some rows were written to a file.
  bool spilled() const { return spilled_ != nullptr; }
  /// Negative, 0 or positive, by the keys alone.
  int order(std::span<const value::Vector* const> a, std::uint32_t row_a,
            std::span<const value::Vector* const> b, std::uint32_t row_b) const;

 private:
  /// A row of store_. The prefix orders rows by their first key as far as it can: of rows with
  /// different ones the lesser comes first.
  struct Entry {
    std::uint64_t prefix = 0, row = 0;
  };
  /// What prefixes are made of: all keys so far are of one form without nulls, or none are used.
  enum class PrefixKind : std::uint8_t { kUnknown, kInt64, kString, kNone };

  struct Run {
    std::size_t begin = 0, end = 0;  // blocks
  };
  class RunReader;

  std::uint64_t prefix_of(std::span<const value::Vector* const> columns, std::uint32_t row);
  bool stored_before(const Entry& a, const Entry& b) const;
  /// Of `rows`, those whose first key does not stand behind that of the last row kept.
  std::span<const std::uint32_t> promising(const value::Vector& key,
                                           std::span<const std::uint32_t> rows);
  void add_top(std::span<const value::Vector* const> columns, std::uint32_t row);
  void compact();
  void gather(std::size_t begin, std::size_t count, std::vector<value::Vector>& out);
  void sort_stored();
  void account();
  void write_run();
  void start_merge(std::span<const Run> runs);
  bool reader_after(std::uint32_t a, std::uint32_t b) const;
  bool next_merged(Batch& out);
  void merge_runs();

  ExecutionContext* context_ = nullptr;
  std::size_t columns_ = 0;
  std::vector<Key> keys_;
  std::optional<std::uint64_t> wanted_;

  RowStore store_;
  PrefixKind prefix_kind_ = PrefixKind::kUnknown;
  /// The rows in store_, whose numbers are in the order of their arrival; a heap with the last row
  /// on top while rows are added and only the first are wanted.
  std::vector<Entry> order_;
  std::vector<std::uint64_t> picked_;
  std::vector<std::uint32_t> promising_;
  std::size_t position_ = 0;
  std::uint64_t given_ = 0;
  base::MemoryCharge charge_;

  std::unique_ptr<SpilledRows> spilled_;
  std::vector<Run> runs_;
  std::vector<std::unique_ptr<RunReader>> readers_;
  std::vector<std::uint32_t> heap_;  // readers that have a row, the first one on top
  std::vector<value::Vector> gathered_;
};

}  // namespace geode::gql::exec
