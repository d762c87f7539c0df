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
                               bool only_lists, int element_column, int counter_column,
                               bool counter_from_one)
    : out_(std::move(sources)),
      list_(std::move(list)),
      only_lists_(only_lists),
      element_column_(element_column),
      counter_column_(counter_column),
      counter_from_one_(counter_from_one) {
  add_input(std::move(input));
}

void UnwindOperator::open(ExecutionContext& context) {
  Operator::open(context);
  list_.open(context);
  in_ = nullptr;
  lists_.clear();
  position_ = element_ = 0;
}

void UnwindOperator::require_list(const Value& value) const {
  if (value.is_null() || value.type() == ValueType::kList) return;
  throw Error(status::kInvalidValueType,
              "FOR expects a list, got " + std::string(type_name(value.type())),
              list_.expression().position)
      .category("TypeError", "InvalidArgumentType");
}

Batch* UnwindOperator::next() {
  context_->interrupt->check();
  while (true) {
    if (!in_ || position_ == lists_.size()) {
      out_.release();
      in_ = input().pull();
      if (!in_) return nullptr;
      const value::Vector& lists = list_.evaluate(*in_);
      lists_.clear();
      for (std::uint32_t row : in_->rows()) {
        lists_.push_back(lists.get(row));
        if (only_lists_) require_list(lists_.back());
      }
      position_ = element_ = 0;
    }
    out_.begin();
    elements_.clear();
    counters_.clear();
    while (position_ < lists_.size() && !out_.full()) {
      const Value& list = lists_[position_];
      bool is_list = list.type() == ValueType::kList;
      std::size_t size = list.is_null() ? 0 : is_list ? list.as_list().size() : 1;
      while (element_ < size && !out_.full()) {
        elements_.push_back(is_list ? list.as_list()[element_] : list);
        counters_.emplace_back(static_cast<std::int64_t>(element_ + (counter_from_one_ ? 1 : 0)));
        out_.add(in_->rows()[position_]);
        ++element_;
      }
      if (element_ == size) {
        ++position_;
        element_ = 0;
      }
    }
    if (out_.size() == 0) continue;
    if (element_column_ >= 0) out_.column(element_column_).assign(elements_);
    if (counter_column_ >= 0) out_.column(counter_column_).assign(counters_);
    return out_.finish(*in_);
  }
}

}  // namespace geode::gql::exec
