#include "gql/exec/operators/filter.hpp"

#include <algorithm>

namespace geode::gql::exec {

using value::EdgeRef;

FilterOperator::FilterOperator(OperatorPtr input, std::vector<Evaluator> conditions)
    : conditions_(std::move(conditions)) {
  add_input(std::move(input));
}

void FilterOperator::open(ExecutionContext& context) {
  Operator::open(context);
  for (Evaluator& condition : conditions_) condition.open(context);
}

Batch* FilterOperator::next() {
  while (Batch* batch = input().pull()) {
    const std::span<const std::uint32_t> rows = filter_.filter(conditions_, *batch);
    if (rows.empty()) continue;
    if (rows.size() < batch->row_count()) batch->select(rows);
    return batch;
  }
  return nullptr;
}

DifferentEdgesOperator::DifferentEdgesOperator(OperatorPtr input,
                                               std::vector<std::pair<int, int>> pairs)
    : pairs_(std::move(pairs)) {
  add_input(std::move(input));
}

namespace {

bool list_has(const List& list, EdgeId id) {
  return std::any_of(list.begin(), list.end(), [&](const Value& value) {
    return value.type() == ValueType::kEdge && value.as_edge().id == id;
  });
}

}  // namespace

bool DifferentEdgesOperator::different(const Batch& batch, std::uint32_t row) const {
  for (const auto& [a, b] : pairs_) {
    EdgeRef left, right;
    bool left_single = edge_at(batch.columns[a], row, left);
    bool right_single = edge_at(batch.columns[b], row, right);
    if (left_single && right_single) {
      if (left.id == right.id) return false;
      continue;
    }
    Value left_value = batch.columns[a].get(row), right_value = batch.columns[b].get(row);
    if (left_single && right_value.type() == ValueType::kList) {
      if (list_has(right_value.as_list(), left.id)) return false;
    } else if (right_single && left_value.type() == ValueType::kList) {
      if (list_has(left_value.as_list(), right.id)) return false;
    } else if (left_value.type() == ValueType::kList && right_value.type() == ValueType::kList) {
      for (const Value& edge : left_value.as_list()) {
        if (list_has(right_value.as_list(), edge.as_edge().id)) return false;
      }
    }
  }
  return true;
}

Batch* DifferentEdgesOperator::next() {
  while (Batch* batch = input().pull()) {
    rows_.clear();
    for (std::uint32_t row : batch->rows()) {
      if (different(*batch, row)) rows_.push_back(row);
    }
    if (rows_.empty()) continue;
    if (rows_.size() < batch->row_count()) batch->select(rows_);
    return batch;
  }
  return nullptr;
}

}  // namespace geode::gql::exec
