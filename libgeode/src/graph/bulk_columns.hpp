#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <geode/value.hpp>
#include "graph/chunk/column_encoder.hpp"
#include "graph/chunk_sink.hpp"
#include "graph/keys.hpp"
#include "graph/statistics.hpp"
#include "value/vector.hpp"

namespace geode::graph {

struct WriteState;

/// The columns of consecutive new elements, written chunk by chunk: nodes of one bulk load, or
/// edges of one label. The first chunk may hold rows already, which stay.
class BulkColumns {
 public:
  /// Of edges, the column of sources (kSourceColumn) may be among `keys`.
  BulkColumns(WriteState& write, ElementKind kind, std::uint32_t label,
              std::vector<PropertyKeyId> keys, std::uint64_t first_id);
  /// Only whole chunks, from `first_id` on, which begins one; for absorb().
  BulkColumns(ChunkSink& chunks, std::uint64_t lsn, ElementKind kind, std::uint32_t label,
              std::vector<PropertyKeyId> keys, std::uint64_t first_id);

  /// Rows first .. first + rows of vectors, at most up to the end of the present chunk (see
  /// room()).
  void add_rows(std::span<const value::Vector> columns, std::uint32_t first, std::uint32_t rows);
  /// Rows that the present chunk still takes.
  std::uint32_t room() const { return kExtentRows - row_; }

  // Row by row: set columns of the present row (others are null), then end_row().
  void set_integer(std::size_t column, ValueType tag, std::int64_t value) {
    Column& at = columns_[column];
    at.encoder.set_integer(row_, tag, value);
    if (at.observed) {
      observe_integer(at, tag, value);
    } else {
      ++at.count;
    }
  }
  void set_float(std::size_t column, double value);
  void set_string(std::size_t column, std::string_view text);
  void set_value(std::size_t column, const Value& value);
  void end_row() {
    if (++row_ == kExtentRows) write_chunk();
  }

  /// Goes on behind the chunks that `other`, which has the same columns, wrote from the present id
  /// on, which begins one, and takes over what it has seen.
  void absorb(const BulkColumns& other);
  /// Writes the last chunk and the statistics.
  void finish();
  /// Values that were set.
  std::uint64_t value_count() const;

 private:
  struct Column {
    PropertyKeyId key{};
    ColumnEncoder encoder;
    bool observed = true;  ///< false: not a property, so only counted
    std::uint64_t count = 0;
    /// What was seen of values that are neither integers nor strings nor floats; their count is not
    /// kept here.
    PropertyRecord record;
    // Bounds of the common types, without a Value each.
    bool has_integer = false, has_float = false, has_string = false;
    std::int64_t least_integer = 0, greatest_integer = 0;
    double least_float = 0, greatest_float = 0;
    std::string least_string, greatest_string;
  };
  static void observe_integer(Column& column, ValueType tag, std::int64_t value);
  static void observe_float(Column& column, double value);
  static void observe_string(Column& column, std::string_view text);
  /// What was seen of the values of `from` is seen of those that `to` counts, too.
  static void merge_bounds(const Column& from, PropertyRecord& to);
  void load_chunk();
  void write_chunk();

  std::unique_ptr<ChunkSink> stored_;  // where chunks_ is of this object
  ChunkSink& chunks_;
  WriteState* const write_;  // null: whole chunks only
  const std::uint64_t lsn_;
  const ElementKind kind_;
  const std::uint32_t label_;
  std::vector<Column> columns_;
  std::uint32_t chunk_ = 0;
  std::uint32_t row_ = 0;
  std::uint32_t first_row_ = 0;  // rows before it were there already
  std::vector<std::byte> bytes_;
  std::string long_value_;
};

}  // namespace geode::graph
