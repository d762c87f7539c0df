#include "gql/exec/operators/project.hpp"

#include <algorithm>
#include <limits>

namespace geode::gql::exec {

ProjectOperator::ProjectOperator(OperatorPtr input, ColumnSources sources,
                                 std::vector<std::pair<int, Evaluator>> computed)
    : sources_(std::move(sources)), computed_(std::move(computed)) {
  add_input(std::move(input));
  out_.columns.resize(sources_.size());
}

void ProjectOperator::open(ExecutionContext& context) {
  Operator::open(context);
  for (auto& [column, evaluator] : computed_) evaluator.open(context);
}

Batch* ProjectOperator::next() {
  for (value::Vector& column : out_.columns) column = value::Vector();
  Batch* in = input().pull();
  if (!in) return nullptr;
  for (auto& [column, evaluator] : computed_) out_.columns[column] = evaluator.evaluate(*in);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i] >= 0) out_.columns[i] = in->columns[sources_[i]];
  }
  out_.set_rows_of(*in);
  return &out_;
}

std::uint64_t page_size(Evaluator& evaluator, ExecutionContext& context, const char* clause) {
  Value value = evaluator.evaluate_constant(context);
  Position at = evaluator.expression().position;
  if (value.type() != ValueType::kInt64) {
    throw Error(
        status::kInvalidValueType,
        std::string(clause) + " expects an integer, got " + std::string(type_name(value.type())),
        at)
        .category("SyntaxError", "InvalidArgumentType");
  }
  if (value.as_int64() < 0) {
    throw Error(status::kNegativeLimit,
                std::string(clause) + " must not be negative, got " + value.to_string(), at)
        .category("SyntaxError", "NegativeIntegerArgument");
  }
  return static_cast<std::uint64_t>(value.as_int64());
}

LimitOperator::LimitOperator(OperatorPtr input, std::optional<Evaluator> offset,
                             std::optional<Evaluator> limit, bool drain)
    : offset_(std::move(offset)), limit_(std::move(limit)), drain_(drain) {
  add_input(std::move(input));
}

void LimitOperator::open(ExecutionContext& context) {
  Operator::open(context);
  to_skip_ = offset_ ? page_size(*offset_, context, "OFFSET") : 0;
  left_ = limit_ ? page_size(*limit_, context, "LIMIT") : std::numeric_limits<std::uint64_t>::max();
}

Batch* LimitOperator::next() {
  while (left_ > 0) {
    Batch* batch = input().pull();
    if (!batch) return nullptr;
    std::uint32_t count = batch->row_count();
    if (to_skip_ >= count) {
      to_skip_ -= count;
      continue;
    }
    std::uint32_t skip = static_cast<std::uint32_t>(to_skip_);
    std::uint32_t take = static_cast<std::uint32_t>(std::min<std::uint64_t>(left_, count - skip));
    to_skip_ = 0;
    left_ -= take;
    if (take < count) {
      std::span<const std::uint32_t> rows = batch->rows().subspan(skip, take);
      rows_.assign(rows.begin(), rows.end());
      batch->select(rows_);
    }
    return batch;
  }
  while (drain_ && input().pull()) {
  }
  return nullptr;
}

UnwindOperator::UnwindOperator(OperatorPtr input, ColumnSources sources, Evaluator list,
                               std::vector<Evaluator> range, bool only_lists, Columns columns)
    : out_(std::move(sources)),
      list_(std::move(list)),
      range_(std::move(range)),
      only_lists_(only_lists),
      columns_(columns) {
  add_input(std::move(input));
}

void UnwindOperator::open(ExecutionContext& context) {
  Operator::open(context);
  list_.open(context);
  for (Evaluator& argument : range_) argument.open(context);
  in_ = nullptr;
  lists_.clear();
  ranges_.clear();
  rows_ = first_ = position_ = 0;
  rows_at_once_ = 1;
  element_ = 0;
}

void UnwindOperator::require_list(const Value& value) const {
  if (value.is_null() || value.type() == ValueType::kList) return;
  throw Error(status::kInvalidValueType,
              "FOR expects a list, got " + std::string(type_name(value.type())),
              list_.expression().position)
      .category("TypeError", "InvalidArgumentType");
}

void UnwindOperator::evaluate_lists() {
  constexpr std::uint64_t kLittle = std::uint64_t{64} << 10;
  const std::span<const std::uint32_t> all = in_->rows();
  const std::span<const std::uint32_t> rows =
      all.subspan(rows_, std::min(rows_at_once_, all.size() - rows_));
  const value::Vector& lists = list_.evaluate(*in_, rows);
  std::uint64_t held = 0;
  lists_.clear();
  for (const std::uint32_t row : rows) {
    lists_.push_back(lists.get(row));
    held += lists_.back().heap_bytes();
    if (only_lists_) require_list(lists_.back());
  }
  rows_ += rows.size();
  if (held < kLittle) {
    rows_at_once_ = std::min<std::size_t>(2 * rows_at_once_, kBatchRows);
  } else if (held > 4 * kLittle) {
    rows_at_once_ = std::max<std::size_t>(rows_at_once_ / 2, 1);
  }
}

void UnwindOperator::evaluate_ranges() {
  const std::span<const std::uint32_t> rows = in_->rows();
  std::vector<const value::Vector*> columns;
  for (Evaluator& argument : range_) columns.push_back(&argument.evaluate(*in_));
  ranges_.clear();
  std::vector<Value> arguments(columns.size());
  FunctionContext functions = context_->functions;
  functions.position = list_.expression().position;
  for (const std::uint32_t row : rows) {
    bool any_null = false;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      arguments[i] = columns[i]->get(row);
      any_null = any_null || arguments[i].is_null();
    }
    ranges_.push_back(any_null ? IntegerRange() : integer_range(arguments, functions));
  }
  rows_ = rows.size();
}

void UnwindOperator::add_elements(std::uint32_t row) {
  const Value& list = lists_[position_];
  const bool is_list = list.type() == ValueType::kList;
  const std::size_t size = list.is_null() ? 0 : is_list ? list.as_list().size() : 1;
  const auto count = std::min<std::uint64_t>(size - element_, out_.room());
  for (std::uint64_t i = element_; i < element_ + count; ++i)
    elements_.push_back(is_list ? list.as_list()[i] : list);
  out_.add(row, static_cast<std::uint32_t>(count));
  element_ += count;
  if (element_ < size) return;
  ++position_;
  element_ = 0;
}

void UnwindOperator::add_numbers(std::uint32_t row) {
  const IntegerRange& range = ranges_[position_];
  const auto count = std::min<std::uint64_t>(range.count - element_, out_.room());
  for (std::uint64_t i = element_; i < element_ + count; ++i) numbers_.push_back(range[i]);
  out_.add(row, static_cast<std::uint32_t>(count));
  element_ += count;
  if (element_ < range.count) return;
  ++position_;
  element_ = 0;
}

Batch* UnwindOperator::next() {
  context_->interrupt->check();
  const auto fill = [this](int column, const std::vector<std::int64_t>& values) {
    if (column < 0) return;
    out_.column(column).reset(value::Physical::kInt64);
    std::copy(values.begin(), values.end(), out_.column(column).mutable_data<std::int64_t>());
  };
  const bool ranges = !range_.empty();
  while (true) {
    if (!in_ ||
        (position_ == (ranges ? ranges_.size() : lists_.size()) && rows_ == in_->row_count())) {
      out_.release();
      in_ = input().pull();
      if (!in_) return nullptr;
      rows_ = 0;
      lists_.clear();
      ranges_.clear();
      position_ = 0;
    }
    // A batch is of rows that were evaluated together.
    if (position_ == (ranges ? ranges_.size() : lists_.size())) {
      first_ = rows_;
      position_ = 0;
      element_ = 0;
      if (ranges) {
        evaluate_ranges();
      } else {
        evaluate_lists();
      }
    }
    out_.begin();
    elements_.clear();
    numbers_.clear();
    counters_.clear();
    while (position_ < (ranges ? ranges_.size() : lists_.size()) && !out_.full()) {
      const std::uint64_t before = element_;
      const std::uint32_t had = out_.size();
      const std::uint32_t row = in_->rows()[first_ + position_];
      if (ranges) {
        add_numbers(row);
      } else {
        add_elements(row);
      }
      if (columns_.counter < 0) continue;
      for (std::uint32_t i = 0; i < out_.size() - had; ++i)
        counters_.push_back(
            static_cast<std::int64_t>(before + i + (columns_.counter_from_one ? 1 : 0)));
    }
    if (out_.size() == 0) continue;
    if (ranges) {
      fill(columns_.element, numbers_);
    } else if (columns_.element >= 0) {
      out_.column(columns_.element).assign(elements_);
    }
    fill(columns_.counter, counters_);
    return out_.finish(*in_);
  }
}

}  // namespace geode::gql::exec
