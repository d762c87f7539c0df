#include "gql/exec/context.hpp"

#include <algorithm>

#include "base/running_limits.hpp"

namespace geode::gql::exec {

namespace {

Record named(const graph::Properties& properties, const catalog::Catalog& catalog) {
  Record record;
  record.reserve(properties.size());
  for (const auto& [key, value] : properties)
    record.emplace_back(catalog.property_key_name(key), value);
  return record;
}

bool needs_resolution(const Value& value) {
  switch (value.type()) {
    case ValueType::kNode:
      return value.is_reference();
    case ValueType::kEdge:
      return !value.as_edge().resolved;
    case ValueType::kPath:
      return true;
    case ValueType::kList: {
      // A list may hold one value many times over, on every level.
      base::poll_interrupt_seldom();
      const List& list = value.as_list();
      return std::any_of(list.begin(), list.end(), needs_resolution);
    }
    case ValueType::kRecord: {
      base::poll_interrupt_seldom();
      const Record& record = value.as_record();
      return std::any_of(record.begin(), record.end(),
                         [](const auto& field) { return needs_resolution(field.second); });
    }
    case ValueType::kNull:
    case ValueType::kBool:
    case ValueType::kInt64:
    case ValueType::kFloat64:
    case ValueType::kDecimal:
    case ValueType::kDate:
    case ValueType::kLocalTime:
    case ValueType::kZonedTime:
    case ValueType::kLocalDateTime:
    case ValueType::kString:
    case ValueType::kBytes:
    case ValueType::kZonedDateTime:
    case ValueType::kDuration:
    case ValueType::kGraph:
      return false;
  }
  return false;
}

}  // namespace

List TransactionGraphAccess::labels(NodeId node) const {
  std::vector<std::string> names;
  for (catalog::LabelId label : graph_.labels(node))
    names.push_back(graph_.catalog().label_name(label));
  std::sort(names.begin(), names.end());
  return List(names.begin(), names.end());
}

/// The catalog keeps each set of labels once.
std::uint64_t TransactionGraphAccess::label_set(NodeId node) const {
  return reinterpret_cast<std::uintptr_t>(graph_.labels(node).data());
}

std::string TransactionGraphAccess::edge_label(EdgeId edge) const {
  return graph_.catalog().edge_label_name(catalog::EdgeLabelId{edge_label_of(edge)});
}

Record TransactionGraphAccess::node_properties(NodeId node) const {
  return named(graph_.node_properties(node), graph_.catalog());
}

Record TransactionGraphAccess::edge_properties(const Edge& edge) const {
  return named(graph_.edge_properties(edge.id), graph_.catalog());
}

Value TransactionGraphAccess::node_property(NodeId node, std::string_view key) const {
  auto id = graph_.catalog().find_property_key(key);
  return id ? graph_.node_column(*id).get(raw(node)) : Value();
}

bool TransactionGraphAccess::is_directed(EdgeId edge) const {
  return graph_.catalog().is_directed(catalog::EdgeLabelId{edge_label_of(edge)});
}

Value TransactionGraphAccess::edge_property(const Edge& edge, std::string_view key) const {
  auto id = graph_.catalog().find_property_key(key);
  if (!id) return Value();
  catalog::EdgeLabelId label{edge_label_of(edge.id)};
  return graph_.edge_column(label, *id).get(edge_number_of(edge.id));
}

bool TransactionGraphAccess::node_exists(NodeId node) const { return graph_.node_exists(node); }

std::uint64_t TransactionGraphAccess::degree(NodeId node, bool out, bool in) const {
  std::uint64_t degree = 0;
  for (const catalog::EdgeLabelId label : graph_.catalog().edge_labels(graph_.graph_of(node))) {
    // An undirected edge is met in each direction, and counts once.
    const bool directed = graph_.catalog().is_directed(label);
    if (out || !directed) degree += graph_.adjacency(label, graph::Direction::kOut).degree(node);
    if (in || !directed) degree += graph_.adjacency(label, graph::Direction::kIn).degree(node);
  }
  return degree;
}

namespace {

/// Charges for the parts of a value while it is made.
class Parts {
 public:
  Value add(Value part) {
    bytes_ += sizeof(Value) + part.heap_bytes();
    if (bytes_ > charge_.bytes() + kStepBytes) {
      charge_.set(bytes_);
      base::poll_interrupt();
    }
    return part;
  }

 private:
  static constexpr std::uint64_t kStepBytes = std::uint64_t{256} << 10;
  base::MemoryCharge charge_{base::running_budget()};
  std::uint64_t bytes_ = 0;
};

}  // namespace

Value resolve(const Value& value, const graph::GraphTransaction& graph) {
  if (!needs_resolution(value)) return value;
  if (value.type() == ValueType::kNode) return graph.resolve_node(value.node_id());
  if (value.type() == ValueType::kEdge) {
    const Edge& edge = value.as_edge();
    return graph.resolve_edge({edge.id, edge.source, edge.target});
  }
  if (value.type() == ValueType::kPath) {
    const Path& path = value.as_path();
    Path resolved;
    Parts parts;
    for (const Value& node : path.nodes) resolved.nodes.push_back(parts.add(resolve(node, graph)));
    for (const Value& edge : path.edges) resolved.edges.push_back(parts.add(resolve(edge, graph)));
    return resolved;
  }
  if (value.type() == ValueType::kList) {
    List list;
    Parts parts;
    for (const Value& element : value.as_list()) list.push_back(parts.add(resolve(element, graph)));
    return list;
  }
  Record record;
  Parts parts;
  for (const auto& [name, field] : value.as_record())
    record.emplace_back(name, parts.add(resolve(field, graph)));
  return record;
}

}  // namespace geode::gql::exec
