#include <algorithm>

#include "base/out_of_memory.hpp"
#include "session/result_impl.hpp"

namespace geode {
inline namespace v1 {

bool Counters::any() const {
  const auto all = entries();
  return std::any_of(all.begin(), all.end(), [](const Entry& entry) { return entry.count > 0; });
}

std::array<Counters::Entry, 12> Counters::entries() const {
  return {{{"nodes_created", nodes_created},
           {"nodes_deleted", nodes_deleted},
           {"edges_created", edges_created},
           {"edges_deleted", edges_deleted},
           {"labels_added", labels_added},
           {"labels_removed", labels_removed},
           {"properties_set", properties_set},
           {"properties_removed", properties_removed},
           {"indexes_added", indexes_added},
           {"indexes_removed", indexes_removed},
           {"constraints_added", constraints_added},
           {"constraints_removed", constraints_removed}}};
}

const Value& Row::operator[](std::string_view column) const {
  for (std::size_t i = 0; i < columns_->size(); ++i) {
    if ((*columns_)[i] == column) return values_[i];
  }
  throw Error(status::kInvalidReference, "the result has no column `" + std::string(column) + "`");
}

const std::shared_ptr<const std::vector<std::string>>& Result::Impl::no_columns() {
  static const auto none = std::make_shared<const std::vector<std::string>>();
  return none;
}

void Result::Impl::add_notices(const std::vector<gql::bound::Warning>& warnings) {
  for (const gql::bound::Warning& warning : warnings)
    summary.notices.push_back({warning.gqlstatus, warning.message, warning.position});
}

template <class Work>
bool Result::Impl::at_work(const Work& work) {
  try {
    const session::RunningPlan::Use use(*running);
    return work();
  } catch (Error& error) {
    error.set_diagnostics(summary.diagnostics);
    ticket.reset();
    throw;
  }
}

/// At work. False at the end.
bool Result::Impl::fetch() {
  batch = running->next();
  batch_position = 0;
  return batch != nullptr;
}

void Result::Impl::finish() {
  handed_out.reset();
  if (running) {
    summary.elapsed = running->elapsed();
    add_notices(running->warnings());
  }
  if (source) {
    summary = source->summary();
    source.reset();
  }
  running.reset();
  ticket.reset();
  batch = nullptr;
  if (has_columns && summary.rows == 0 && summary.gqlstatus == status::kSuccess)
    summary.gqlstatus = status::kNoData;
}

bool Result::Impl::next_row(std::vector<Value>& out) {
  if (position < rows.size()) {
    out = std::move(rows[position++]);
    ++summary.rows;
    return true;
  }
  handed_out.reset();
  if (source) return source->next(out);
  if (!running || !at_work([&] { return make_row(out); })) return false;
  ++summary.rows;
  return true;
}

bool Result::Impl::make_row(std::vector<Value>& out) {
  // FINISH: the statement runs, and nothing is handed out.
  while (!has_columns) {
    if (!fetch()) return false;
  }
  while (!batch || batch_position == batch->row_count()) {
    if (!fetch()) return false;
  }
  const std::uint32_t row = batch->rows()[batch_position++];
  out.clear();
  out.reserve(batch->columns.size());
  for (const value::Vector& column : batch->columns)
    out.push_back(running->resolve(column.get(row)));
  return true;
}

bool Result::Impl::make_columns(std::vector<ColumnView>& columns) {
  using value::Physical;
  if (!fetch()) return false;
  handed_out.emplace(running->graph());
  const std::span<const std::uint32_t> rows = batch->rows();
  batch_columns.resize(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const value::Vector& column = batch->columns[i];
    ColumnView& view = columns[i];
    view.size = rows.size();
    Physical physical = column.physical();
    if (physical == Physical::kNode || physical == Physical::kEdge || physical == Physical::kAny) {
      batch_values.resize(columns.size());
      std::vector<Value>& values = batch_values[i];
      values.clear();
      for (const std::uint32_t row : rows) {
        values.push_back(running->resolve(column.get(row)));
      }
      view.kind = ColumnView::Kind::kValue;
      view.data = values.data();
      continue;
    }
    // The batch is good until the next one is fetched, as the views are.
    const value::Vector* flat = &column;
    if (batch->selected || !column.is_flat()) {
      value::Vector& copy = batch_columns[i];
      copy.set_dictionary(column, rows);
      copy.own(static_cast<std::uint32_t>(rows.size()));
      flat = &copy;
    }
    view.kind = physical == Physical::kBool      ? ColumnView::Kind::kBool
                : physical == Physical::kInt64   ? ColumnView::Kind::kInt64
                : physical == Physical::kFloat64 ? ColumnView::Kind::kFloat64
                                                 : ColumnView::Kind::kString;
    view.data = flat->data<std::byte>();
    view.nulls = flat->may_have_nulls() ? flat->null_bytes() : nullptr;
  }
  summary.rows += rows.size();
  batch_position = batch->row_count();
  return true;
}

Result::Result() : impl_(std::make_unique<Impl>()) {}
Result::Result(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Result::Result(std::unique_ptr<RowSource> source) : impl_(std::make_unique<Impl>()) {
  if (const std::vector<std::string>* columns = source->columns()) {
    impl_->columns = std::make_shared<const std::vector<std::string>>(*columns);
    impl_->has_columns = true;
  }
  impl_->plan_text = source->plan();
  impl_->source = std::move(source);
  if (!impl_->has_columns) impl_->finish();
}
Result::Result(Result&&) noexcept = default;
Result& Result::operator=(Result&&) noexcept = default;
Result::~Result() = default;

const std::vector<std::string>& Result::columns() const { return *impl_->columns; }
bool Result::has_columns() const { return impl_->has_columns; }

std::optional<Row> Result::next() try {
  std::vector<Value> values;
  if (!impl_->next_row(values)) {
    impl_->finish();
    return std::nullopt;
  }
  return Row(impl_->columns, std::move(values));
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

bool Result::next_batch(std::vector<ColumnView>& columns) try {
  Impl& impl = *impl_;
  columns.clear();
  columns.resize(impl.columns->size());
  // The operators use their buffers again when nobody else holds them.
  impl.batch_columns.clear();
  impl.handed_out.reset();
  if (impl.running) {
    if (!impl.at_work([&] { return impl.make_columns(columns); })) {
      impl.finish();
      return false;
    }
    return true;
  }
  if (impl.source) {
    impl.rows.clear();
    impl.position = 0;
    std::vector<Value> row;
    while (impl.rows.size() < value::kBatchRows && impl.source->next(row))
      impl.rows.push_back(std::move(row));
    if (impl.rows.empty()) impl.finish();
  }
  std::size_t count = std::min<std::size_t>(value::kBatchRows, impl.rows.size() - impl.position);
  if (count == 0) return false;
  impl.batch_values.assign(columns.size(), {});
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t row = 0; row < count; ++row)
      impl.batch_values[i].push_back(impl.rows[impl.position + row][i]);
    columns[i].kind = ColumnView::Kind::kValue;
    columns[i].data = impl.batch_values[i].data();
    columns[i].size = count;
  }
  impl.position += count;
  impl.summary.rows += count;
  return true;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

std::vector<Row> Result::all() try {
  std::vector<Row> rows;
  while (std::optional<Row> row = next()) rows.push_back(std::move(*row));
  return rows;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

Value Result::single() try {
  std::optional<Row> row = next();
  if (!row || row->size() != 1) {
    throw Error(status::kInvalidValueType,
                row ? "the result has more than one column" : "the result has no rows");
  }
  Value value = (*row)[0];
  if (next()) throw Error(status::kInvalidValueType, "the result has more than one row");
  return value;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

const Summary& Result::consume() try {
  std::vector<Value> values;
  while (impl_->next_row(values)) {
  }
  impl_->finish();
  return impl_->summary;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

std::function<void()> Result::interrupter() const {
  if (!impl_->running) return {};
  return [interrupt = impl_->running->interrupt()] { interrupt->cancel(); };
}

void Result::set_timeout(std::chrono::milliseconds timeout) {
  if (!impl_->running) return;
  base::Interrupt& interrupt = *impl_->running->interrupt();
  if (timeout.count() > 0) {
    interrupt.set_timeout(timeout);
  } else {
    interrupt.clear_deadline();
  }
}

const Summary& Result::summary() const { return impl_->summary; }
const std::string& Result::plan() const { return impl_->plan_text; }

}  // namespace v1
}  // namespace geode
