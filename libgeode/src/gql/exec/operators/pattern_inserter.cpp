#include "gql/exec/operators/pattern_inserter.hpp"

#include <algorithm>

#include "base/running_limits.hpp"
#include "gql/exec/operators/written_names.hpp"

namespace geode::gql::exec {

using value::EdgeRef;
using value::Vector;

namespace {

bool storable(const Value& value) {
  switch (value.type()) {
    case ValueType::kNode:
    case ValueType::kEdge:
    case ValueType::kPath:
    case ValueType::kGraph:
    case ValueType::kRecord:
      return false;
    case ValueType::kList:
      return std::all_of(value.as_list().begin(), value.as_list().end(), storable);
    default:
      return true;
  }
}

}  // namespace

void check_storable(const Value& value, const std::string& property, Position position) {
  if (storable(value)) return;
  throw Error(
      status::kInvalidValueType,
      "property `" + property + "` cannot hold a " + std::string(type_name(value.type())) +
          (value.type() == ValueType::kList ? " with nodes, edges, paths or records in it" : ""),
      position)
      .category("TypeError", "InvalidPropertyType");
}

PatternInserter::Element PatternInserter::make_element(
    const std::vector<bound::NewProperty>& properties, const bound::ExpressionPtr& map,
    const ColumnMap& columns, SubqueryLowering& lowering) {
  Element element;
  for (const bound::NewProperty& property : properties) {
    element.names.push_back(property.name);
    element.values.emplace_back(*property.value, columns, lowering);
  }
  if (map) element.map.emplace_back(*map, columns, lowering);
  return element;
}

void charge_large_value(const Value& value) {
  constexpr std::size_t kLargeBytes = std::size_t{64} << 10;
  if (const std::size_t bytes = value.heap_bytes(); bytes > kLargeBytes)
    base::charge_written(bytes);
}

PatternInserter::PatternInserter(const bound::Insert& insert, const ColumnMap& columns,
                                 SubqueryLowering& lowering, bool refuse_nulls)
    : graph_(insert.graph), refuse_nulls_(refuse_nulls) {
  for (const bound::InsertNode& node : insert.nodes) {
    nodes_.push_back(make_element(node.properties, node.property_map, columns, lowering));
    nodes_.back().labels = node.labels;
    for (const bound::ExpressionPtr& names : node.dynamic_labels)
      nodes_.back().dynamic_labels.emplace_back(*names, columns, lowering);
  }
  for (const bound::InsertEdge& edge : insert.edges) {
    edges_.push_back(make_element(edge.properties, edge.property_map, columns, lowering));
    edges_.back().labels = {edge.label};
    edges_.back().directed = edge.directed;
    if (edge.dynamic_label)
      edges_.back().dynamic_labels.emplace_back(*edge.dynamic_label, columns, lowering);
    ends_.emplace_back(end_of(edge.source, insert, columns), end_of(edge.target, insert, columns));
  }
}

PatternInserter::End PatternInserter::end_of(bound::VariableId variable,
                                             const bound::Insert& insert,
                                             const ColumnMap& columns) const {
  for (std::size_t i = 0; i < insert.nodes.size(); ++i) {
    if (insert.nodes[i].variable == variable) return {-1, i};
  }
  int column = column_of(columns, variable);
  if (column < 0) throw Error(status::kInternal, "an inserted edge has no end");
  return {column, 0};
}

void PatternInserter::open_element(Element& element) {
  element.keys.clear();
  for (const std::string& name : element.names)
    element.keys.push_back(context_->graph->intern_property_key(name));
  for (Evaluator& value : element.values) value.open(*context_);
  for (Evaluator& map : element.map) map.open(*context_);
  for (Evaluator& names : element.dynamic_labels) names.open(*context_);
}

std::vector<std::string> PatternInserter::computed_labels(Element& element, const Batch& batch,
                                                          std::uint32_t row) {
  std::vector<std::string> labels;
  for (Evaluator& names : element.dynamic_labels) {
    const Value value = names.evaluate(batch, {&row, 1}).get(row);
    for (std::string& label : written_labels(value, names.expression().position))
      labels.push_back(std::move(label));
  }
  return labels;
}

catalog::EdgeLabelId PatternInserter::edge_label(Element& element, const Batch& batch,
                                                 std::uint32_t row) {
  const std::vector<std::string> labels = computed_labels(element, batch, row);
  if (labels.size() != 1) {
    throw Error(status::kInvalidValueType,
                "a new edge needs exactly one label, not " + std::to_string(labels.size()),
                element.dynamic_labels[0].expression().position)
        .category("TypeError", "InvalidArgumentType");
  }
  return context_->graph->intern_edge_label(graph_, labels[0], element.directed);
}

void PatternInserter::open(ExecutionContext& context) {
  context_ = &context;
  for (Element& node : nodes_) {
    open_element(node);
    node.label_ids.clear();
    for (const std::string& label : node.labels)
      node.label_ids.push_back(context.graph->intern_label(graph_, label));
  }
  for (Element& edge : edges_) {
    open_element(edge);
    if (edge.dynamic_labels.empty())
      edge.edge_label = context.graph->intern_edge_label(graph_, edge.labels[0], edge.directed);
  }
}

graph::Properties PatternInserter::properties_of(Element& element,
                                                 const std::vector<const Vector*>& values,
                                                 std::uint32_t row) {
  graph::Properties properties;
  properties.reserve(element.keys.size());
  auto add = [&](catalog::PropertyKeyId key, const std::string& name, Value value,
                 Position position) {
    if (value.is_null()) {
      if (!refuse_nulls_) return;
      throw Error(status::kNullNotAllowed,
                  "MERGE cannot use property `" + name + "`: its value is null", position)
          .hint(
              "a null equals nothing, so that each run would insert again; leave the property out")
          .category("SemanticError", "MergeReadOwnWrites");
    }
    check_storable(value, name, position);
    charge_large_value(value);
    properties.emplace_back(key, std::move(value));
  };
  for (std::size_t i = 0; i < element.keys.size(); ++i) {
    add(element.keys[i], element.names[i], values[i]->get(row),
        element.values[i].expression().position);
  }
  if (!element.map.empty()) {
    Value map = values.back()->get(row);
    if (map.is_null()) return properties;
    if (map.type() != ValueType::kRecord) {
      throw Error(status::kInvalidValueType,
                  "properties are given by a record, got " + std::string(type_name(map.type())),
                  element.map[0].expression().position)
          .category("TypeError", "InvalidArgumentType");
    }
    for (const auto& [name, value] : map.as_record()) {
      add(context_->graph->intern_property_key(name), name, value,
          element.map[0].expression().position);
    }
  }
  return properties;
}

NodeId PatternInserter::end_node(const End& end, const Batch& batch, std::uint32_t row,
                                 std::size_t k,
                                 const std::vector<std::vector<NodeId>>& nodes) const {
  if (end.column < 0) return nodes[end.node][k];
  NodeId node{};
  if (!node_at(batch.columns[end.column], row, node)) {
    throw Error(status::kNullNotAllowed, "an edge cannot be inserted: one of its ends is null")
        .category("SemanticError", "MissingNode");
  }
  return node;
}

void PatternInserter::insert(const Batch& batch, std::span<const std::uint32_t> rows,
                             std::vector<std::vector<NodeId>>& nodes,
                             std::vector<std::vector<EdgeRef>>& edges) {
  auto evaluate = [&](Element& element) {
    std::vector<const Vector*> values;
    for (Evaluator& value : element.values) values.push_back(&value.evaluate(batch, rows));
    for (Evaluator& map : element.map) values.push_back(&map.evaluate(batch, rows));
    return values;
  };
  // Values of all elements are read before anything is written.
  std::vector<std::vector<const Vector*>> node_values, edge_values;
  for (Element& node : nodes_) node_values.push_back(evaluate(node));
  for (Element& edge : edges_) edge_values.push_back(evaluate(edge));
  // Names too; those that are new get their ids before anything is made with them.
  std::vector<std::vector<std::vector<catalog::LabelId>>> labels(nodes_.size());
  std::vector<std::vector<catalog::EdgeLabelId>> edge_labels(edges_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].dynamic_labels.empty()) continue;
    for (const std::uint32_t row : rows) {
      std::vector<catalog::LabelId>& ids = labels[i].emplace_back(nodes_[i].label_ids);
      for (const std::string& label : computed_labels(nodes_[i], batch, row))
        ids.push_back(context_->graph->intern_label(graph_, label));
    }
  }
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    if (edges_[i].dynamic_labels.empty()) continue;
    for (const std::uint32_t row : rows)
      edge_labels[i].push_back(edge_label(edges_[i], batch, row));
  }
  nodes.assign(nodes_.size(), std::vector<NodeId>(rows.size()));
  edges.assign(edges_.size(), std::vector<EdgeRef>(rows.size()));
  for (std::size_t k = 0; k < rows.size(); ++k) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      nodes[i][k] = context_->graph->insert_node(
          graph_, labels[i].empty() ? nodes_[i].label_ids : labels[i][k],
          properties_of(nodes_[i], node_values[i], rows[k]));
    }
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      const catalog::EdgeLabelId label =
          edge_labels[i].empty() ? edges_[i].edge_label : edge_labels[i][k];
      NodeId source = end_node(ends_[i].first, batch, rows[k], k, nodes);
      NodeId target = end_node(ends_[i].second, batch, rows[k], k, nodes);
      edges[i][k] = context_->graph->insert_edge(source, target, label,
                                                 properties_of(edges_[i], edge_values[i], rows[k]));
    }
  }
}

}  // namespace geode::gql::exec
