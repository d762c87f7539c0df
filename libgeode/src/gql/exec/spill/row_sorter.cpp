#include "gql/exec/spill/row_sorter.hpp"

#include <algorithm>

#include "base/running_limits.hpp"
#include "gql/exec/spill/row_codec.hpp"
#include "value/compare.hpp"

namespace geode::gql::exec {

using value::Physical;
using value::Vector;

namespace {

template <class T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

bool null_at(const Vector& column, std::uint32_t row) {
  return column.is_null(row) ||
         (column.physical() == Physical::kAny && column.at<Value>(row).is_null());
}

/// value::order() of two rows that are not null, without making Values where the types are equal.
int order_entries(const Vector& a, std::uint32_t row_a, const Vector& b, std::uint32_t row_b) {
  if (a.physical() == b.physical()) {
    switch (a.physical()) {
      case Physical::kInt64:
        return three_way(a.at<std::int64_t>(row_a), b.at<std::int64_t>(row_b));
      case Physical::kString:
        return a.at<std::string_view>(row_a).compare(b.at<std::string_view>(row_b));
      case Physical::kAny:
        return value::order(a.at<Value>(row_a), b.at<Value>(row_b));
      case Physical::kBool:
      case Physical::kFloat64:
      case Physical::kNode:
      case Physical::kEdge:
        break;
    }
  }
  return value::order(a.get(row_a), b.get(row_b));
}

/// A row of a batch, and one of a store, column by column.
struct GivenRow {
  std::span<const Vector* const> columns;
  std::uint32_t row;

  const Vector& column(std::size_t i) const { return *columns[i]; }
  std::uint32_t at() const { return row; }
};
struct StoredRow {
  const RowStore& store;
  std::uint64_t row;

  const Vector& column(std::size_t i) const { return store.column(row, i); }
  std::uint32_t at() const { return static_cast<std::uint32_t>(row % kBatchRows); }
};

template <class A, class B>
int order_rows(std::span<const RowSorter::Key> keys, const A& a, const B& b) {
  for (const RowSorter::Key& key : keys) {
    const Vector& x = a.column(key.column);
    const Vector& y = b.column(key.column);
    const bool x_null = null_at(x, a.at()), y_null = null_at(y, b.at());
    if (x_null || y_null) {
      if (x_null == y_null) continue;
      return x_null == key.direction.nulls_first ? -1 : 1;
    }
    const int order = order_entries(x, a.at(), y, b.at());
    if (order != 0) return (order < 0) != key.direction.descending ? -1 : 1;
  }
  return 0;
}

/// The least and the most runs that are merged at a time, and what a run takes while it is read: a
/// block, encoded and decoded.
constexpr std::uint64_t kLeastMerged = 4, kMostMerged = 128;
constexpr std::uint64_t kReaderBytes = 4 * SpilledRows::kBlockBytes;
/// A merged batch ends when its rows are this large.
constexpr std::uint64_t kMostBatchBytes = std::uint64_t{1} << 20;

}  // namespace

/// Reads the rows of one run.
class RowSorter::RunReader {
 public:
  RunReader(const SpilledRows& rows, Run run, std::size_t columns)
      : rows_(rows), run_(run), columns_(columns) {
    for (const Vector& column : columns_) pointers_.push_back(&column);
  }

  bool next() {
    if (++row_ < count_) return true;
    if (run_.begin == run_.end) return false;
    const SpilledRows::Block& block = rows_.blocks()[run_.begin++];
    rows_.read(block, columns_, buffer_);
    count_ = block.rows;
    row_ = 0;
    return true;
  }
  std::span<const Vector* const> columns() const { return pointers_; }
  std::uint32_t row() const { return row_; }

 private:
  const SpilledRows& rows_;
  Run run_;
  std::vector<Vector> columns_;
  std::vector<const Vector*> pointers_;
  std::string buffer_;
  std::uint32_t row_ = 0, count_ = 0;
};

RowSorter::RowSorter() = default;
RowSorter::~RowSorter() = default;

void RowSorter::reset(ExecutionContext& context, std::size_t columns, std::vector<Key> keys,
                      std::optional<std::uint64_t> wanted) {
  context_ = &context;
  columns_ = columns;
  keys_ = std::move(keys);
  wanted_ = wanted;
  store_.reset(columns);
  order_.clear();
  prefix_kind_ = PrefixKind::kUnknown;
  position_ = 0;
  given_ = 0;
  charge_ = base::MemoryCharge(context.memory);
  readers_.clear();
  runs_.clear();
  spilled_.reset();
}

int RowSorter::order(std::span<const Vector* const> a, std::uint32_t row_a,
                     std::span<const Vector* const> b, std::uint32_t row_b) const {
  return order_rows(keys_, GivenRow{a, row_a}, GivenRow{b, row_b});
}

std::uint64_t RowSorter::prefix_of(std::span<const Vector* const> columns, std::uint32_t row) {
  if (prefix_kind_ == PrefixKind::kNone || keys_.empty()) return 0;
  const Vector& column = *columns[keys_[0].column];
  const PrefixKind kind = column.is_null(row)                      ? PrefixKind::kNone
                          : column.physical() == Physical::kInt64  ? PrefixKind::kInt64
                          : column.physical() == Physical::kString ? PrefixKind::kString
                                                                   : PrefixKind::kNone;
  if (prefix_kind_ == PrefixKind::kUnknown) prefix_kind_ = kind;
  if (prefix_kind_ != kind) prefix_kind_ = PrefixKind::kNone;
  std::uint64_t prefix = 0;
  if (prefix_kind_ == PrefixKind::kInt64) {
    prefix = static_cast<std::uint64_t>(column.at<std::int64_t>(row)) ^ (std::uint64_t{1} << 63);
  } else if (prefix_kind_ == PrefixKind::kString) {
    const std::string_view text = column.at<std::string_view>(row);
    for (std::size_t i = 0; i < 8; ++i)
      prefix = prefix << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0u);
  }
  return keys_[0].direction.descending ? ~prefix : prefix;
}

bool RowSorter::stored_before(const Entry& a, const Entry& b) const {
  if (prefix_kind_ != PrefixKind::kNone && a.prefix != b.prefix) return a.prefix < b.prefix;
  const int order = order_rows(keys_, StoredRow{store_, a.row}, StoredRow{store_, b.row});
  return order != 0 ? order < 0 : a.row < b.row;
}

void RowSorter::account() { charge_.set(store_.bytes() + order_.capacity() * sizeof(order_[0])); }

void RowSorter::add(std::span<const Vector* const> columns, std::span<const std::uint32_t> rows) {
  if (wanted_ == 0) return;
  if (wanted_ && order_.size() == *wanted_) rows = promising(*columns[keys_[0].column], rows);
  for (const std::uint32_t row : rows) {
    if (wanted_) {
      add_top(columns, row);
    } else {
      order_.push_back({prefix_of(columns, row), store_.size()});
      store_.append_row(columns, row);
    }
  }
  if (wanted_ && store_.size() / 4 > order_.size() + kBatchRows) compact();
  if (context_->spill != nullptr &&
      context_->spill->wants(store_.bytes() + order_.capacity() * sizeof(order_[0])))
    write_run();
  account();
}

std::span<const std::uint32_t> RowSorter::promising(const Vector& key,
                                                    std::span<const std::uint32_t> rows) {
  const Vector& kept = store_.column(order_.front().row, keys_[0].column);
  const auto last = static_cast<std::uint32_t>(order_.front().row % kBatchRows);
  if (key.physical() != Physical::kInt64 || !key.is_flat() || key.may_have_nulls() ||
      kept.physical() != Physical::kInt64 || kept.is_null(last)) {
    return rows;
  }
  const std::int64_t worst = kept.at<std::int64_t>(last);
  const std::int64_t* values = key.data<std::int64_t>();
  const bool descending = keys_[0].direction.descending;
  promising_.resize(rows.size());
  std::size_t count = 0;
  for (const std::uint32_t row : rows) {
    promising_[count] = row;
    count += descending ? values[row] >= worst : values[row] <= worst;
  }
  return {promising_.data(), count};
}

void RowSorter::add_top(std::span<const Vector* const> columns, std::uint32_t row) {
  const auto before = [this](const Entry& a, const Entry& b) { return stored_before(a, b); };
  const std::uint64_t prefix = prefix_of(columns, row);
  if (order_.size() == *wanted_) {
    const Entry& last = order_.front();
    if (prefix_kind_ != PrefixKind::kNone && prefix > last.prefix) return;
    // A row that is equal to the last one came after it.
    if (order_rows(keys_, GivenRow{columns, row}, StoredRow{store_, last.row}) >= 0) return;
    std::pop_heap(order_.begin(), order_.end(), before);
    order_.pop_back();
  }
  order_.push_back({prefix, store_.size()});
  store_.append_row(columns, row);
  std::push_heap(order_.begin(), order_.end(), before);
}

/// Rows that fell out of the heap still stand in the store: it is rewritten when most of it is such
/// rows. Those that stay keep their order, so that the heap stays one.
void RowSorter::compact() {
  std::vector<std::uint64_t> kept_rows;
  for (const Entry& entry : order_) kept_rows.push_back(entry.row);
  std::sort(kept_rows.begin(), kept_rows.end());
  RowStore kept;
  kept.reset(columns_);
  std::vector<const Vector*> columns(columns_);
  for (const std::uint64_t row : kept_rows) {
    for (std::size_t c = 0; c < columns_; ++c) columns[c] = &store_.column(row, c);
    kept.append_row(columns, static_cast<std::uint32_t>(row % kBatchRows));
  }
  for (Entry& entry : order_) {
    const auto at = std::lower_bound(kept_rows.begin(), kept_rows.end(), entry.row);
    entry.row = static_cast<std::uint64_t>(at - kept_rows.begin());
  }
  store_ = std::move(kept);
}

void RowSorter::sort_stored() {
  base::Poll poll;
  std::sort(order_.begin(), order_.end(), [&](const Entry& a, const Entry& b) {
    poll.step();
    return stored_before(a, b);
  });
}

void RowSorter::gather(std::size_t begin, std::size_t count, std::vector<Vector>& out) {
  picked_.clear();
  for (std::size_t i = begin; i < begin + count; ++i) picked_.push_back(order_[i].row);
  store_.gather(picked_, out);
}

void RowSorter::write_run() {
  if (order_.empty()) return;
  sort_stored();
  if (!spilled_) spilled_ = std::make_unique<SpilledRows>(*context_->spill);
  const std::size_t begin = spilled_->blocks().size();
  std::vector<const Vector*> columns(columns_);
  for (std::size_t at = 0; at < order_.size(); at += kBatchRows) {
    context_->interrupt->check();
    const std::size_t count = std::min<std::size_t>(kBatchRows, order_.size() - at);
    gather(at, count, gathered_);
    for (std::size_t c = 0; c < columns_; ++c) columns[c] = &gathered_[c];
    spilled_->append(columns, identity_rows(static_cast<std::uint32_t>(count)));
  }
  runs_.push_back({begin, spilled_->blocks().size()});
  gathered_.clear();
  order_.clear();
  prefix_kind_ = PrefixKind::kUnknown;
  store_.reset(columns_);
}

void RowSorter::finish() {
  if (!spilled_) {
    sort_stored();
    return;
  }
  write_run();
  order_ = {};
  account();
  merge_runs();
  start_merge(runs_);
}

/// Merges runs beside one another until few enough are left to be merged at once.
void RowSorter::merge_runs() {
  const std::size_t most =
      std::clamp(context_->spill->read_bytes() / kReaderBytes, kLeastMerged, kMostMerged);
  Batch batch;
  std::vector<const Vector*> columns(columns_);
  while (runs_.size() > most) {
    std::vector<Run> merged;
    for (std::size_t first = 0; first < runs_.size(); first += most) {
      const std::size_t count = std::min(most, runs_.size() - first);
      const std::size_t begin = spilled_->blocks().size();
      given_ = 0;
      start_merge({runs_.data() + first, count});
      while (next_merged(batch)) {
        for (std::size_t c = 0; c < columns_; ++c) columns[c] = &batch.columns[c];
        spilled_->append(columns, identity_rows(batch.size));
      }
      merged.push_back({begin, spilled_->blocks().size()});
    }
    runs_ = std::move(merged);
  }
  given_ = 0;
}

void RowSorter::start_merge(std::span<const Run> runs) {
  readers_.clear();
  heap_.clear();
  charge_.set(runs.size() * kReaderBytes);
  for (const Run& run : runs) {
    readers_.push_back(std::make_unique<RunReader>(*spilled_, run, columns_));
    if (readers_.back()->next()) heap_.push_back(static_cast<std::uint32_t>(readers_.size() - 1));
  }
  std::make_heap(heap_.begin(), heap_.end(),
                 [this](std::uint32_t a, std::uint32_t b) { return reader_after(a, b); });
}

bool RowSorter::reader_after(std::uint32_t a, std::uint32_t b) const {
  const RunReader& x = *readers_[a];
  const RunReader& y = *readers_[b];
  const int before = order(x.columns(), x.row(), y.columns(), y.row());
  // Earlier runs hold what came earlier.
  return before != 0 ? before > 0 : a > b;
}

bool RowSorter::next_merged(Batch& out) {
  const auto after = [this](std::uint32_t a, std::uint32_t b) { return reader_after(a, b); };
  context_->interrupt->check();
  out.columns.resize(columns_);
  out.clear_selection();
  out.size = 0;
  std::uint64_t bytes = 0;
  while (!heap_.empty() && out.size < kBatchRows && bytes < kMostBatchBytes &&
         (!wanted_ || given_ < *wanted_)) {
    std::pop_heap(heap_.begin(), heap_.end(), after);
    RunReader& reader = *readers_[heap_.back()];
    const std::span<const Vector* const> columns = reader.columns();
    for (std::size_t c = 0; c < columns_; ++c) {
      if (out.size == 0) out.columns[c].reset(columns[c]->physical());
      out.columns[c].copy_entry(out.size, *columns[c], reader.row(), true);
    }
    bytes += row_bytes(columns, reader.row());
    ++out.size;
    ++given_;
    if (reader.next()) {
      std::push_heap(heap_.begin(), heap_.end(), after);
    } else {
      heap_.pop_back();
    }
  }
  return out.size > 0;
}

bool RowSorter::next(Batch& out) {
  if (spilled_) {
    if (next_merged(out)) return true;
    readers_.clear();
    charge_.clear();
    return false;
  }
  if (position_ == order_.size()) {
    charge_.clear();
    return false;
  }
  const std::size_t count = std::min<std::size_t>(kBatchRows, order_.size() - position_);
  gather(position_, count, out.columns);
  position_ += count;
  out.size = static_cast<std::uint32_t>(count);
  out.clear_selection();
  return true;
}

}  // namespace geode::gql::exec
