#include <algorithm>

#include "base/running_limits.hpp"
#include "gql/exec/evaluate_node.hpp"
#include "value/temporal.hpp"

namespace geode::gql::exec::evaluation {

using value::EdgeRef;
using value::Physical;
using value::Vector;

namespace {

[[noreturn]] void no_properties(const Value& value, Position position) {
  throw Error(status::kInvalidValueType,
              "a " + std::string(type_name(value.type())) + " value has no properties", position)
      .category("TypeError", "InvalidArgumentType");
}

void check_alive(const ExecutionContext& context, NodeId node, Position position) {
  if (context.graph->changes().nodes_deleted == 0 || context.graph->node_exists(node)) return;
  throw Error(status::kElementDeleted, "the node was deleted in this transaction", position)
      .category("EntityNotFound", "DeletedEntityAccess");
}

void check_edge_alive(const ExecutionContext& context, EdgeId edge, Position position) {
  if (context.graph->changes().edges_deleted == 0 || context.graph->find_edge(edge)) return;
  throw Error(status::kElementDeleted, "the edge was deleted in this transaction", position)
      .category("EntityNotFound", "DeletedEntityAccess");
}

/// Columns of properties the catalog got to know while the statement ran.
std::uint32_t current_key(Node& node, const ExecutionContext& context) {
  if (node.key == bound::kUnknownName && context.graph->writable()) {
    auto key = context.graph->catalog().find_property_key(node.expression->name);
    if (key) node.key = static_cast<std::uint32_t>(*key);
  }
  return node.key;
}

Value property_of(Node& node, ExecutionContext& context, const Value& base) {
  const bound::Expression& e = *node.expression;
  switch (base.type()) {
    case ValueType::kNull:
      return Value();
    case ValueType::kNode: {
      check_alive(context, base.node_id(), e.position);
      std::uint32_t key = current_key(node, context);
      if (key == bound::kUnknownName) return Value();
      return context.graph->node_column(catalog::PropertyKeyId{key}).get(raw(base.node_id()));
    }
    case ValueType::kEdge: {
      EdgeId id = base.as_edge().id;
      check_edge_alive(context, id, e.position);
      std::uint32_t key = current_key(node, context);
      if (key == bound::kUnknownName) return Value();
      return context.graph
          ->edge_column(catalog::EdgeLabelId{edge_label_of(id)}, catalog::PropertyKeyId{key})
          .get(edge_number_of(id));
    }
    case ValueType::kRecord: {
      const Value* field = base.field(e.name);
      return field ? *field : Value();
    }
    case ValueType::kDate:
    case ValueType::kLocalTime:
    case ValueType::kZonedTime:
    case ValueType::kLocalDateTime:
    case ValueType::kZonedDateTime:
    case ValueType::kDuration: {
      std::optional<Value> component = value::component(base, e.name);
      if (component) return *component;
      no_properties(base, e.position);
    }
    case ValueType::kBool:
    case ValueType::kInt64:
    case ValueType::kFloat64:
    case ValueType::kDecimal:
    case ValueType::kString:
    case ValueType::kBytes:
    case ValueType::kList:
    case ValueType::kPath:
    case ValueType::kGraph:
      no_properties(base, e.position);
  }
  return Value();
}

/// The property of all rows of a batch, read once for all who ask for it; null when the nodes are
/// not such that it can be.
const Vector* read_batch(Node& node, ExecutionContext& context, const Vector& base,
                         const Batch& batch, Rows rows) {
  // A statement that writes may find another value when it asks again.
  if (context.graph->writable() || base.may_have_nulls() || base.is_constant()) return nullptr;
  if (!base.is_flat()) {
    // Rows of an earlier batch, each perhaps several times.
    const Vector* known = base.derived(node.key, 0);
    if (!known) return nullptr;
    node.result.set_rows_as(*known, base);
    return &node.result;
  }
  if (const Vector* known = base.derived(node.key, batch.size)) {
    node.result = *known;
    return &node.result;
  }
  // Reading rows that are not there costs less than finding a place for each that is.
  if (rows.size() < batch.size / 4 || batch.size < 16) return nullptr;
  const NodeId* nodes = base.data<NodeId>();
  const graph::Column& column = context.graph->node_column(catalog::PropertyKeyId{node.key});
  Vector values;
  if (base.is_consecutive()) {
    column.read_range(raw(nodes[0]), batch.size, values);
  } else {
    node.ids.resize(batch.size);
    for (std::uint32_t i = 0; i < batch.size; ++i) node.ids[i] = raw(nodes[i]);
    column.read(node.ids.data(), batch.size, values);
  }
  base.keep_derived(node.key, batch.size, values);
  node.result = std::move(values);
  return &node.result;
}

const Vector& read_nodes(Node& node, ExecutionContext& context, const Vector& base,
                         const Batch& batch, Rows rows) {
  if (const Vector* read = read_batch(node, context, base, batch, rows)) return *read;
  node.ids.clear();
  bool nulls = false;
  bool check = context.graph->changes().nodes_deleted != 0;
  for (std::uint32_t row : rows) {
    bool null = base.is_null(row);
    nulls = nulls || null;
    NodeId id = null ? NodeId{0} : base.at<NodeId>(row);
    if (check && !null) check_alive(context, id, node.expression->position);
    node.ids.push_back(raw(id));
  }
  context.graph->node_column(catalog::PropertyKeyId{node.key})
      .read(node.ids.data(), static_cast<std::uint32_t>(node.ids.size()), node.dense);
  if (nulls) {
    for (std::uint32_t k = 0; k < rows.size(); ++k) {
      if (base.is_null(rows[k])) node.dense.set_null(k);
    }
  }
  return scatter(node, node.dense, batch, rows);
}

const Vector* read_edges(Node& node, ExecutionContext& context, const Vector& base,
                         const Batch& batch, Rows rows) {
  node.ids.clear();
  std::uint32_t label = 0;
  for (std::uint32_t row : rows) {
    if (base.is_null(row)) return nullptr;
    EdgeId id = base.at<EdgeRef>(row).id;
    check_edge_alive(context, id, node.expression->position);
    if (node.ids.empty()) label = edge_label_of(id);
    if (edge_label_of(id) != label) return nullptr;
    node.ids.push_back(edge_number_of(id));
  }
  if (node.ids.empty()) return nullptr;
  context.graph->edge_column(catalog::EdgeLabelId{label}, catalog::PropertyKeyId{node.key})
      .read(node.ids.data(), static_cast<std::uint32_t>(node.ids.size()), node.dense);
  return &scatter(node, node.dense, batch, rows);
}

bool test_passes(const bound::LabelTest& test, const ExecutionContext& context,
                 std::span<const catalog::LabelId> labels) {
  using Kind = ast::LabelExpression::Kind;
  switch (test.kind) {
    case Kind::kName: {
      const catalog::LabelId id{test.node_label};
      if (std::find(labels.begin(), labels.end(), id) != labels.end()) return true;
      if (labels.empty()) return false;
      // The number is that of one graph, and of a label that was there when the statement was
      // bound.
      const catalog::Catalog& catalog = context.graph->catalog();
      const bool known = test.node_label != bound::kUnknownName || !context.graph->writable();
      if (known && catalog.graph_of(labels.front()) == test.graph) return false;
      return std::any_of(labels.begin(), labels.end(), [&](catalog::LabelId label) {
        return catalog.label_name(label) == test.name;
      });
    }
    case Kind::kWildcard:
      return !labels.empty();
    case Kind::kNot:
      return !test_passes(*test.left, context, labels);
    case Kind::kAnd:
      return test_passes(*test.left, context, labels) && test_passes(*test.right, context, labels);
    case Kind::kOr:
      return test_passes(*test.left, context, labels) || test_passes(*test.right, context, labels);
    case Kind::kDynamic:
      break;  // bound as a condition
  }
  return false;
}

bool edge_passes(const bound::LabelTest& test, const std::string& label) {
  using Kind = ast::LabelExpression::Kind;
  switch (test.kind) {
    case Kind::kName:
      return test.name == label;
    case Kind::kWildcard:
      return true;
    case Kind::kNot:
      return !edge_passes(*test.left, label);
    case Kind::kAnd:
      return edge_passes(*test.left, label) && edge_passes(*test.right, label);
    case Kind::kOr:
      return edge_passes(*test.left, label) || edge_passes(*test.right, label);
    case Kind::kDynamic:
      break;  // bound as a condition
  }
  return false;
}

/// Adds an edge to a path that stands at its last node.
void walk(Path& path, const Value& edge) {
  const Edge& e = edge.as_edge();
  NodeId at = path.nodes.back().node_id();
  path.edges.push_back(edge);
  path.nodes.push_back(Value::node_reference(e.source == at ? e.target : e.source));
}

}  // namespace

const Vector& evaluate_property(Node& node, ExecutionContext& context, const Batch& batch,
                                Rows rows) {
  const Vector& base = evaluate(node.children[0], context, batch, rows);
  if (base.physical() == Physical::kNode || base.physical() == Physical::kEdge) {
    if (current_key(node, context) == bound::kUnknownName) {
      node.result.set_constant(Value());
      return node.result;
    }
    if (base.physical() == Physical::kNode) return read_nodes(node, context, base, batch, rows);
    if (const Vector* read = read_edges(node, context, base, batch, rows)) return *read;
  }
  RowValues values(node);
  for (std::uint32_t row : rows) values.add(property_of(node, context, base.get(row)));
  return values.publish(batch, rows);
}

const Vector& evaluate_label_test(Node& node, ExecutionContext& context, const Batch& batch,
                                  Rows rows) {
  const bound::Expression& e = *node.expression;
  const Vector& base = evaluate(node.children[0], context, batch, rows);
  node.result.reset(Physical::kBool);
  std::uint8_t* out = node.result.mutable_data<std::uint8_t>();
  const bound::LabelTest& test = *e.label_test;
  bool simple =
      test.kind == ast::LabelExpression::Kind::kName && test.node_label != bound::kUnknownName;
  if (simple && base.physical() == Physical::kNode && base.is_flat() && !base.may_have_nulls() &&
      is_identity(rows)) {
    context.graph->test_label(catalog::LabelId{test.node_label}, base.data<NodeId>(),
                              static_cast<std::uint32_t>(rows.size()), out);
    if (context.graph->catalog().graphs().size() > 1) {
      for (std::uint32_t row : rows) {
        if (!out[row])
          out[row] = test_passes(test, context, context.graph->labels(base.at<NodeId>(row)));
      }
    }
    if (e.negated) {
      for (std::uint32_t row : rows) out[row] ^= 1;
    }
    return node.result;
  }
  for (std::uint32_t row : rows) {
    NodeId id{};
    EdgeRef edge;
    bool passes = false;
    if (node_at(base, row, id)) {
      passes = test_passes(test, context, context.graph->labels(id));
    } else if (edge_at(base, row, edge)) {
      passes = edge_passes(test, context.functions.graph->edge_label(edge.id));
    } else if (base.get(row).is_null()) {
      node.result.set_null(row);
      continue;
    } else {
      throw Error(status::kInvalidValueType, "only nodes and edges have labels", e.position)
          .category("TypeError", "InvalidArgumentType");
    }
    out[row] = passes != e.negated;
  }
  return node.result;
}

/// Data exception, malformed path (ISO/IEC 39075:2024, table 8).
constexpr std::string_view kMalformedPath = "22G0Z";

/// PATH[..]: each edge must connect the nodes it stands between, in either direction.
Value checked_path(const bound::Expression& e, const std::vector<const Vector*>& parts,
                   std::uint32_t row) {
  Path path;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Position position = e.children[i]->position;
    Value element = parts[i]->get(row);
    if (element.is_null()) return Value();
    const bool node = i % 2 == 0;
    if (element.type() != (node ? ValueType::kNode : ValueType::kEdge)) {
      throw Error(status::kInvalidValueType,
                  std::string(node ? "a node" : "an edge") +
                      " is wanted at this place of a path, not " +
                      std::string(type_name(element.type())),
                  position)
          .category("TypeError", "InvalidArgumentType");
    }
    if (!node) {
      path.edges.push_back(std::move(element));
      continue;
    }
    if (i > 0) {
      const Edge& edge = path.edges.back().as_edge();
      const NodeId from = path.nodes.back().node_id();
      const NodeId to = element.node_id();
      if (!(edge.source == from && edge.target == to) &&
          !(edge.source == to && edge.target == from)) {
        throw Error(kMalformedPath, "this edge does not connect the nodes before and behind it",
                    e.children[i - 1]->position)
            .category("ArgumentError", "InvalidArgumentValue");
      }
    }
    path.nodes.push_back(std::move(element));
  }
  return Value(std::move(path));
}

const Vector& evaluate_path(Node& node, ExecutionContext& context, const Batch& batch, Rows rows) {
  std::vector<const Vector*> parts;
  for (Node& child : node.children) parts.push_back(&evaluate(child, context, batch, rows));
  RowValues values(node);
  for (std::uint32_t row : rows) {
    if (node.expression->checked) {
      values.add(checked_path(*node.expression, parts, row));
      continue;
    }
    NodeId first{};
    if (!node_at(*parts[0], row, first)) {
      values.add({});
      continue;
    }
    Path path;
    path.nodes.push_back(Value::node_reference(first));
    bool whole = true;
    for (std::size_t i = 1; i + 1 < parts.size() && whole; i += 2) {
      EdgeRef edge;
      if (edge_at(*parts[i], row, edge)) {
        walk(path, value::edge_value(edge));
        continue;
      }
      Value list = parts[i]->get(row);
      whole = list.type() == ValueType::kList;
      if (!whole) break;
      for (const Value& element : list.as_list()) walk(path, element);
    }
    values.add(whole ? Value(std::move(path)) : Value());
  }
  return values.publish(batch, rows);
}

Value index_value(const Value& base, const Value& index, const ExecutionContext& context,
                  Position position) {
  if (base.is_null() || index.is_null()) return Value();
  auto mismatch = [&](const char* expected) {
    return Error(status::kInvalidValueType,
                 "an element of a " + std::string(type_name(base.type())) + " is chosen by " +
                     expected + ", not by a " + std::string(type_name(index.type())),
                 position)
        .category("TypeError", base.type() == ValueType::kList ? "InvalidArgumentType"
                                                               : "MapElementAccessByNonString");
  };
  if (base.type() == ValueType::kList) {
    if (index.type() != ValueType::kInt64) throw mismatch("an INT64");
    const List& list = base.as_list();
    std::int64_t i = index.as_int64();
    if (i < 0) i += static_cast<std::int64_t>(list.size());
    if (i < 0 || i >= static_cast<std::int64_t>(list.size())) return Value();
    return list[i];
  }
  if (base.type() != ValueType::kRecord && base.type() != ValueType::kNode &&
      base.type() != ValueType::kEdge) {
    throw Error(
        status::kInvalidValueType,
        "a " + std::string(type_name(base.type())) + " value has no elements to choose from",
        position)
        .category("TypeError", "InvalidArgumentType");
  }
  if (index.type() != ValueType::kString) throw mismatch("a STRING");
  if (base.type() == ValueType::kRecord) {
    const Value* field = base.field(index.as_string());
    return field ? *field : Value();
  }
  if (base.type() == ValueType::kNode)
    return context.functions.graph->node_property(base.node_id(), index.as_string());
  return context.functions.graph->edge_property(base.as_edge(), index.as_string());
}

Value slice_value(const Value& base, const Value* from, const Value* to, Position position) {
  if (base.is_null() || (from && from->is_null()) || (to && to->is_null())) return Value();
  if (base.type() != ValueType::kList) {
    throw Error(status::kInvalidValueType,
                "a slice is taken of a list, got " + std::string(type_name(base.type())), position)
        .category("TypeError", "InvalidArgumentType");
  }
  const List& list = base.as_list();
  std::int64_t size = static_cast<std::int64_t>(list.size());
  auto bound_of = [&](const Value* value, std::int64_t otherwise) {
    if (!value) return otherwise;
    std::int64_t i = value->as_int64();
    return std::clamp(i < 0 ? i + size : i, std::int64_t{0}, size);
  };
  std::int64_t begin = bound_of(from, 0), end = bound_of(to, size);
  if (begin >= end) return List();
  base::check_room(static_cast<std::uint64_t>(end - begin) * sizeof(Value));
  return List(list.begin() + begin, list.begin() + end);
}

}  // namespace geode::gql::exec::evaluation
