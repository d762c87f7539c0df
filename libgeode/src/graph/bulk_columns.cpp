#include "graph/bulk_columns.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/assert.hpp"
#include "graph/transaction_impl.hpp"
#include "storage/value_codec.hpp"
#include "value/hash.hpp"

namespace geode::graph {
namespace {

constexpr auto kBase = storage::Table::kBase;

}  // namespace

BulkColumns::BulkColumns(WriteState& write, ElementKind kind, std::uint32_t label,
                         std::vector<PropertyKeyId> keys, std::uint64_t first_id)
    : stored_(std::make_unique<StoredChunks>(write.txn)),
      chunks_(*stored_),
      write_(&write),
      lsn_(write.lsn()),
      kind_(kind),
      label_(label),
      columns_(keys.size()),
      chunk_(static_cast<std::uint32_t>(first_id >> kExtentBits)),
      row_(static_cast<std::uint32_t>(first_id & (kExtentRows - 1))),
      first_row_(row_) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    columns_[i].key = keys[i];
    columns_[i].observed = keys[i] != kSourceColumn;
  }
  if (first_row_ > 0) load_chunk();
}

BulkColumns::BulkColumns(ChunkSink& chunks, std::uint64_t lsn, ElementKind kind,
                         std::uint32_t label, std::vector<PropertyKeyId> keys,
                         std::uint64_t first_id)
    : chunks_(chunks),
      write_(nullptr),
      lsn_(lsn),
      kind_(kind),
      label_(label),
      columns_(keys.size()),
      chunk_(static_cast<std::uint32_t>(first_id >> kExtentBits)) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    columns_[i].key = keys[i];
    columns_[i].observed = keys[i] != kSourceColumn;
  }
}

void BulkColumns::load_chunk() {
  for (Column& column : columns_) {
    const auto bytes =
        write_->txn.get(kBase, keys::column_chunk(kind_, label_, column.key, chunk_));
    if (!bytes) continue;
    // Values smaller than half a page may stand at odd addresses.
    std::vector<std::uint64_t> aligned((bytes->size() + 7) / 8);
    std::memcpy(aligned.data(), bytes->data(), bytes->size());
    const ColumnView view({reinterpret_cast<const std::byte*>(aligned.data()), bytes->size()});
    view.verify();
    column.encoder.load(view);
  }
  // Readers remember chunks with partial rows merged until the count of those rows says that
  // something has changed.
  write_->statistics.rows(kind_, label_, chunk_);
}

void BulkColumns::observe_integer(Column& column, ValueType tag, std::int64_t value) {
  ++column.count;
  if (tag != ValueType::kInt64) {
    column.record.observe(from_integer(tag, value));
    return;
  }
  column.record.sketch.add(value::hash_int64(value));
  if (!column.has_integer) {
    column.has_integer = true;
    column.least_integer = column.greatest_integer = value;
  }
  column.least_integer = std::min(column.least_integer, value);
  column.greatest_integer = std::max(column.greatest_integer, value);
}

void BulkColumns::observe_float(Column& column, double value) {
  ++column.count;
  if (std::isnan(value)) {
    column.record.observe(value);
    return;
  }
  column.record.sketch.add(value::hash_float64(value));
  if (!column.has_float) {
    column.has_float = true;
    column.least_float = column.greatest_float = value;
  }
  column.least_float = std::min(column.least_float, value);
  column.greatest_float = std::max(column.greatest_float, value);
}

void BulkColumns::observe_string(Column& column, std::string_view text) {
  ++column.count;
  column.record.sketch.add(value::hash_string(text));
  if (!column.has_string) {
    column.has_string = true;
    column.least_string = column.greatest_string = text;
  } else if (text < column.least_string) {
    column.least_string = text;
  } else if (text > column.greatest_string) {
    column.greatest_string = text;
  }
}

void BulkColumns::set_float(std::size_t column, double value) {
  columns_[column].encoder.set_float(row_, value);
  observe_float(columns_[column], value);
}

void BulkColumns::set_string(std::size_t column, std::string_view text) {
  columns_[column].encoder.set_string(row_, text);
  observe_string(columns_[column], text);
}

void BulkColumns::set_value(std::size_t column, const Value& value) {
  Column& at = columns_[column];
  if (value.is_null()) return;
  at.encoder.set(row_, value);
  ++at.count;
  at.record.observe(value);
}

void BulkColumns::add_rows(std::span<const value::Vector> columns, std::uint32_t first,
                           std::uint32_t rows) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const value::Vector& vector = columns[i];
    Column& column = columns_[i];
    const bool nulls = vector.may_have_nulls();
    for (std::uint32_t row = 0; row < rows; ++row) {
      const std::uint32_t from = first + row;
      if (nulls && vector.is_null(from)) continue;
      const std::uint32_t to = row_ + row;
      switch (vector.physical()) {
        case value::Physical::kInt64: {
          const auto value = vector.at<std::int64_t>(from);
          column.encoder.set_integer(to, ValueType::kInt64, value);
          observe_integer(column, ValueType::kInt64, value);
          break;
        }
        case value::Physical::kFloat64:
          column.encoder.set_float(to, vector.at<double>(from));
          observe_float(column, vector.at<double>(from));
          break;
        case value::Physical::kString:
          column.encoder.set_string(to, vector.at<std::string_view>(from));
          observe_string(column, vector.at<std::string_view>(from));
          break;
        case value::Physical::kBool:
        case value::Physical::kNode:
        case value::Physical::kEdge:
        case value::Physical::kAny: {
          const Value value = vector.get(from);
          if (value.is_null()) break;
          column.encoder.set(to, value);
          ++column.count;
          column.record.observe(value);
          break;
        }
      }
    }
  }
  row_ += rows;
  if (row_ == kExtentRows) write_chunk();
}

void BulkColumns::write_chunk() {
  if (row_ == first_row_) return;
  const std::uint64_t first_id = std::uint64_t{chunk_} << kExtentBits;
  std::vector<PropertyKeyId> present;
  const Key keys_key = keys::chunk_keys(kind_, label_, chunk_);
  if (first_row_ > 0) {
    if (const auto old = write_->txn.get(kBase, keys_key)) {
      present.resize(old->size() / sizeof(PropertyKeyId));
      std::memcpy(present.data(), old->data(), present.size() * sizeof(PropertyKeyId));
    }
  }
  for (Column& column : columns_) {
    column.encoder.take_long_values([&](std::uint32_t row, const Value& value) {
      long_value_.clear();
      storage::encode_value(value, long_value_);
      chunks_.put(keys::long_value(kind_, label_, column.key, first_id + row),
                  storage::as_bytes(long_value_));
    });
    if (column.encoder.encode(lsn_, bytes_)) {
      chunks_.put(keys::column_chunk(kind_, label_, column.key, chunk_), bytes_);
      present.push_back(column.key);
    }
    column.encoder.clear();
  }
  std::sort(present.begin(), present.end());
  present.erase(std::unique(present.begin(), present.end()), present.end());
  if (!present.empty()) {
    chunks_.put(keys_key, {reinterpret_cast<const std::byte*>(present.data()),
                           present.size() * sizeof(PropertyKeyId)});
  }
  if (write_ != nullptr) write_->changed = true;
  if (row_ == kExtentRows) {
    ++chunk_;
    row_ = 0;
  }
  first_row_ = row_;
}

void BulkColumns::finish() {
  write_chunk();
  for (Column& column : columns_) {
    PropertyRecord& total = write_->statistics.property(kind_, label_, column.key);
    total.count += column.count;
    if (!column.observed) continue;
    merge_bounds(column, total);
  }
}

void BulkColumns::absorb(const BulkColumns& other) {
  GEODE_ASSERT(row_ == 0 && other.row_ == 0);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].count += other.columns_[i].count;
    if (columns_[i].observed) merge_bounds(other.columns_[i], columns_[i].record);
  }
  chunk_ = other.chunk_;
  first_row_ = 0;
}

void BulkColumns::merge_bounds(const Column& from, PropertyRecord& to) {
  for (std::size_t i = 0; i < DistinctSketch::kRegisters; ++i) {
    std::uint8_t& mine = to.sketch.registers()[i];
    mine = std::max(mine, from.record.sketch.registers()[i]);
  }
  if (from.record.mixed) {
    to.mixed = true;
    to.minimum = to.maximum = Value();
  }
  const auto bound = [&](const Value& value) {
    if (!value.is_null()) to.observe(value);
  };
  bound(from.record.minimum);
  bound(from.record.maximum);
  if (from.has_integer) {
    bound(Value(from.least_integer));
    bound(Value(from.greatest_integer));
  }
  if (from.has_float) {
    bound(Value(from.least_float));
    bound(Value(from.greatest_float));
  }
  if (from.has_string) {
    bound(Value(from.least_string));
    bound(Value(from.greatest_string));
  }
}

std::uint64_t BulkColumns::value_count() const {
  std::uint64_t count = 0;
  for (const Column& column : columns_) count += column.count;
  return count;
}

}  // namespace geode::graph
