#include "gql/exec/operator.hpp"

namespace geode::gql::exec {

Operator::~Operator() {
  // A plan is deeper than a stack may be.
  std::vector<std::unique_ptr<Operator>> below = std::move(inputs_);
  while (!below.empty()) {
    const std::unique_ptr<Operator> input = std::move(below.back());
    below.pop_back();
    for (std::unique_ptr<Operator>& next : input->inputs_) below.push_back(std::move(next));
    input->inputs_.clear();
  }
}

Batch* Operator::pull_profiled() {
  auto begin = std::chrono::steady_clock::now();
  Batch* batch = next();
  profile_.time += std::chrono::steady_clock::now() - begin;
  ++profile_.calls;
  if (batch) profile_.rows += batch->row_count();
  return batch;
}

bool node_at(const value::Vector& vector, std::uint32_t row, NodeId& node) {
  if (vector.is_null(row)) return false;
  if (vector.physical() == value::Physical::kNode) {
    node = vector.at<NodeId>(row);
    return true;
  }
  if (vector.physical() != value::Physical::kAny) return false;
  const Value& value = vector.at<Value>(row);
  if (value.type() != ValueType::kNode) return false;
  node = value.node_id();
  return true;
}

bool edge_at(const value::Vector& vector, std::uint32_t row, value::EdgeRef& edge) {
  if (vector.is_null(row)) return false;
  if (vector.physical() == value::Physical::kEdge) {
    edge = vector.at<value::EdgeRef>(row);
    return true;
  }
  if (vector.physical() != value::Physical::kAny) return false;
  const Value& value = vector.at<Value>(row);
  if (value.type() != ValueType::kEdge) return false;
  const Edge& e = value.as_edge();
  edge = {e.id, e.source, e.target};
  return true;
}

}  // namespace geode::gql::exec
