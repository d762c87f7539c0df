#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include <geode/error.hpp>
#include "gql/function/arguments.hpp"
#include "value/compare.hpp"

namespace geode::gql {

namespace {

using Arguments = std::span<const Value>;
using value::Physical;
using value::Type;
using value::Vector;
using Columns = std::span<const Vector* const>;
using Rows = std::span<const std::uint32_t>;

void check_lives(NodeId node, const FunctionContext& context) {
  if (context.graph->node_exists(node)) return;
  throw Error(status::kElementDeleted, "node " + std::to_string(raw(node)) + " has been deleted",
              context.position)
      .category("EntityNotFound", "DeletedEntityAccess");
}

/// A node whose labels or properties are about to be read.
NodeId living_node(const Call& call, std::size_t index) {
  const NodeId id = call[index].node_id();
  check_lives(id, call.context());
  return id;
}

const Edge& edge_argument(const Call& call, std::size_t index) {
  if (call[index].type() != ValueType::kEdge) call.refuse(index, "an edge");
  return call[index].as_edge();
}

// ---- identity

Value id(Arguments arguments, const FunctionContext& context) {
  const Call call("id", arguments, context);
  if (call[0].type() == ValueType::kNode) {
    return static_cast<std::int64_t>(raw(call[0].node_id()));
  }
  if (call[0].type() != ValueType::kEdge) call.refuse(0, "a node or edge");
  return static_cast<std::int64_t>(raw(call[0].as_edge().id));
}

bool id_vector(Columns arguments, Rows rows, Vector& out, const FunctionContext&) {
  const Vector& in = *arguments[0];
  const bool nodes = in.physical() == Physical::kNode;
  if (!nodes && in.physical() != Physical::kEdge) return false;
  out.reset(Physical::kInt64);
  auto* results = out.mutable_data<std::int64_t>();
  for (const std::uint32_t row : rows) {
    if (in.is_null(row)) {
      out.set_null(row);
    } else {
      results[row] = static_cast<std::int64_t>(nodes ? raw(in.at<NodeId>(row))
                                                     : raw(in.at<value::EdgeRef>(row).id));
    }
  }
  return true;
}

/// "n:12", "e:34": nodes and edges are numbered apart, so the number alone would not be an id of
/// the whole graph.
Value element_id(Arguments arguments, const FunctionContext& context) {
  const Call call("elementId", arguments, context);
  if (call[0].type() == ValueType::kNode) {
    return "n:" + std::to_string(raw(call[0].node_id()));
  }
  if (call[0].type() != ValueType::kEdge) call.refuse(0, "a node or edge");
  return "e:" + std::to_string(raw(call[0].as_edge().id));
}

/// Both are elements; whether they are the same one. Nodes and edges never are.
bool same_element(const Call& call, std::size_t a, std::size_t b) {
  for (const std::size_t index : {a, b}) {
    if (call[index].type() != ValueType::kNode && call[index].type() != ValueType::kEdge) {
      call.refuse(index, "a node or edge");
    }
  }
  if (call[a].type() != call[b].type()) return false;
  if (call[a].type() == ValueType::kNode) return call[a].node_id() == call[b].node_id();
  return call[a].as_edge().id == call[b].as_edge().id;
}

Value same(Arguments arguments, const FunctionContext& context) {
  const Call call("same", arguments, context);
  bool all_same = true;
  for (std::size_t i = 1; i < call.size(); ++i) all_same = same_element(call, 0, i) && all_same;
  return all_same;
}

Value all_different(Arguments arguments, const FunctionContext& context) {
  const Call call("all_different", arguments, context);
  bool different = true;
  for (std::size_t i = 0; i < call.size(); ++i) {
    for (std::size_t j = i + 1; j < call.size(); ++j) {
      different = !same_element(call, i, j) && different;
    }
  }
  return different;
}

// ---- labels and properties

Value labels(Arguments arguments, const FunctionContext& context) {
  const Call call("labels", arguments, context);
  if (call[0].type() == ValueType::kNode) {
    return call.graph().labels(living_node(call, 0));
  }
  if (call[0].type() != ValueType::kEdge) call.refuse(0, "a node or edge");
  return List{call.graph().edge_label(call[0].as_edge().id)};
}

/// Sets `out` at the given rows to what is the same for all rows that `key_of` gives the same
/// number for: made once for each number.
template <class KeyOf, class Make>
void fill_shared(Rows rows, Vector& out, const KeyOf& key_of, const Make& make) {
  std::vector<std::uint32_t> codes(std::size_t{1} + *std::max_element(rows.begin(), rows.end()));
  std::unordered_map<std::uint64_t, std::uint32_t> known;
  std::vector<Value> values;
  std::uint64_t last = 0;
  std::uint32_t code = 0;
  for (const std::uint32_t row : rows) {
    const std::uint64_t key = key_of(row);
    if (values.empty() || key != last) {
      const auto [found, added] = known.try_emplace(key, static_cast<std::uint32_t>(values.size()));
      if (added) values.push_back(make(row));
      code = found->second;
      last = key;
    }
    codes[row] = code;
  }
  Vector entries;
  entries.assign(values);
  out.set_coded(entries, static_cast<std::uint32_t>(values.size()), codes);
}

bool can_be_shared(const Vector& elements, Rows rows, const FunctionContext& context) {
  return !elements.may_have_nulls() && !rows.empty() && context.graph != nullptr;
}

/// Nodes have few different sets of labels.
bool labels_vector(Columns arguments, Rows rows, Vector& out, const FunctionContext& context) {
  const Vector& in = *arguments[0];
  if (in.physical() != Physical::kNode || !can_be_shared(in, rows, context)) return false;
  const GraphAccess& graph = *context.graph;
  const auto key_of = [&](std::uint32_t row) {
    const NodeId node = in.at<NodeId>(row);
    const std::uint64_t set = graph.label_set(node);
    if (set == 0) check_lives(node, context);
    return set;
  };
  fill_shared(rows, out, key_of,
              [&](std::uint32_t row) { return graph.labels(in.at<NodeId>(row)); });
  return true;
}

bool edge_label_vector(Columns arguments, Rows rows, Vector& out, const FunctionContext& context) {
  const Vector& in = *arguments[0];
  if (in.physical() != Physical::kEdge || !can_be_shared(in, rows, context)) return false;
  const auto edge = [&](std::uint32_t row) { return in.at<value::EdgeRef>(row).id; };
  fill_shared(
      rows, out, [&](std::uint32_t row) { return std::uint64_t{edge_label_of(edge(row))}; },
      [&](std::uint32_t row) { return context.graph->edge_label(edge(row)); });
  return true;
}

/// The label of an edge is part of its id, so that it can be told even after the edge is gone.
Value edge_label(Arguments arguments, const FunctionContext& context) {
  const Call call("type", arguments, context);
  return call.graph().edge_label(edge_argument(call, 0).id);
}

Record properties_of(const Call& call) {
  switch (call[0].type()) {
    case ValueType::kRecord:
      return call[0].as_record();
    case ValueType::kNode:
      return call.graph().node_properties(living_node(call, 0));
    case ValueType::kEdge:
      return call.graph().edge_properties(call[0].as_edge());
    default:
      call.refuse(0, "a node, edge or record");
  }
}

Value properties(Arguments arguments, const FunctionContext& context) {
  if (arguments[0].type() == ValueType::kRecord) return arguments[0];
  return properties_of(Call("properties", arguments, context));
}

Value keys(Arguments arguments, const FunctionContext& context) {
  List names;
  for (const auto& [name, value] : properties_of(Call("keys", arguments, context))) {
    names.emplace_back(name);
  }
  return names;
}

Value property_exists(Arguments arguments, const FunctionContext& context) {
  const Call call("property_exists", arguments, context);
  const std::string_view key = call.string(1);
  switch (call[0].type()) {
    case ValueType::kRecord: {
      const Value* field = call[0].field(key);
      return field != nullptr && !field->is_null();
    }
    case ValueType::kNode:
      return !call.graph().node_property(living_node(call, 0), key).is_null();
    case ValueType::kEdge:
      return !call.graph().edge_property(call[0].as_edge(), key).is_null();
    default:
      call.refuse(0, "a node, edge or record");
  }
}

// ---- edges and their ends

// An edge without a direction starts and ends nowhere.

Value start_node(Arguments arguments, const FunctionContext& context) {
  const Call call("startNode", arguments, context);
  const Edge& edge = edge_argument(call, 0);
  return call.graph().is_directed(edge.id) ? Value::node_reference(edge.source) : Value();
}

Value end_node(Arguments arguments, const FunctionContext& context) {
  const Call call("endNode", arguments, context);
  const Edge& edge = edge_argument(call, 0);
  return call.graph().is_directed(edge.id) ? Value::node_reference(edge.target) : Value();
}

NodeId node_argument(const Call& call, std::size_t index) {
  if (call[index].type() != ValueType::kNode) call.refuse(index, "a node");
  return call[index].node_id();
}

Value is_source_of(Arguments arguments, const FunctionContext& context) {
  const Call call("is_source_of", arguments, context);
  const Edge& edge = edge_argument(call, 1);
  return node_argument(call, 0) == edge.source && call.graph().is_directed(edge.id);
}

Value is_destination_of(Arguments arguments, const FunctionContext& context) {
  const Call call("is_destination_of", arguments, context);
  const Edge& edge = edge_argument(call, 1);
  return node_argument(call, 0) == edge.target && call.graph().is_directed(edge.id);
}

Value is_directed(Arguments arguments, const FunctionContext& context) {
  const Call call("is_directed", arguments, context);
  return call.graph().is_directed(edge_argument(call, 0).id);
}

template <bool kOut, bool kIn>
Value degree(Arguments arguments, const FunctionContext& context) {
  const Call call(kOut && kIn ? "degree" : kOut ? "outDegree" : "inDegree", arguments, context);
  node_argument(call, 0);
  return static_cast<std::int64_t>(call.graph().degree(living_node(call, 0), kOut, kIn));
}

// ---- paths

Value nodes(Arguments arguments, const FunctionContext& context) {
  return Call("nodes", arguments, context).path(0).nodes;
}

Value edges(Arguments arguments, const FunctionContext& context) {
  return Call("edges", arguments, context).path(0).edges;
}

Value elements(Arguments arguments, const FunctionContext& context) {
  const Path& path = Call("elements", arguments, context).path(0);
  List all;
  all.reserve(path.nodes.size() + path.edges.size());
  for (std::size_t i = 0; i < path.nodes.size(); ++i) {
    all.push_back(path.nodes[i]);
    if (i < path.edges.size()) all.push_back(path.edges[i]);
  }
  return all;
}

/// kMayClose: the first node may be the last one, too.
template <bool kMayClose>
Value meets_no_node_twice(Arguments arguments, const FunctionContext& context) {
  const Path& path = Call(kMayClose ? "is_simple" : "is_acyclic", arguments, context).path(0);
  std::vector<NodeId> nodes;
  for (const Value& node : path.nodes) nodes.push_back(node.node_id());
  if (kMayClose && nodes.size() > 1 && nodes.front() == nodes.back()) nodes.pop_back();
  std::sort(nodes.begin(), nodes.end());
  return std::adjacent_find(nodes.begin(), nodes.end()) == nodes.end();
}

Value meets_no_edge_twice(Arguments arguments, const FunctionContext& context) {
  std::vector<EdgeId> edges;
  for (const Value& edge : Call("is_trail", arguments, context).path(0).edges)
    edges.push_back(edge.as_edge().id);
  std::sort(edges.begin(), edges.end());
  return std::adjacent_find(edges.begin(), edges.end()) == edges.end();
}

Value path_length(Arguments arguments, const FunctionContext& context) {
  const Path& path = Call("path_length", arguments, context).path(0);
  return static_cast<std::int64_t>(path.edges.size());
}

/// length() is of paths; of strings and lists too, as older Cypher had it.
Value length(Arguments arguments, const FunctionContext& context) {
  if (arguments[0].type() == ValueType::kPath) return path_length(arguments, context);
  static const ScalarFunction* const kSize = FunctionRegistry::builtin().find_scalar("size");
  if (arguments[0].type() == ValueType::kString || arguments[0].type() == ValueType::kList) {
    return kSize->evaluate(arguments, context);
  }
  Call("length", arguments, context).refuse(0, "a path, string or list");
}

// ---- registration

/// A function of one argument.
void add_unary(FunctionRegistry& registry, std::initializer_list<std::string_view> names,
               Type parameter, Type result, ScalarImplementation evaluate,
               std::string_view signature, std::string_view description,
               VectorImplementation vectorized = nullptr) {
  add_scalar(registry, names,
             {.name = {},
              .parameters = {std::move(parameter)},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = std::move(result),
              .evaluate = evaluate,
              .signature = std::string(signature),
              .description = std::string(description),
              .vectorized = vectorized});
}

void add_elements(FunctionRegistry& registry) {
  const Type with_properties = any_of(ValueType::kNode, ValueType::kEdge, ValueType::kRecord);
  add_unary(registry, {"id"}, element_type(), integer_type(), id, "(element NODE | EDGE) :: INT",
            "The number of a node, or of an edge.", id_vector);
  add_unary(registry, {"elementId", "element_id"}, element_type(), text_type(), element_id,
            "(element NODE | EDGE) :: STRING", "The identifier of a node or edge in its graph.");
  add_unary(registry, {"labels"}, element_type(), Type::list_of(text_type()), labels,
            "(element NODE | EDGE) :: LIST<STRING>", "The labels of a node or edge.",
            labels_vector);
  add_unary(registry, {"type", "label"}, edge_type(), text_type(), edge_label,
            "(edge EDGE) :: STRING", "The label of an edge.", edge_label_vector);
  add_unary(registry, {"properties"}, with_properties, record_type(), properties,
            "(element NODE | EDGE | RECORD) :: RECORD", "The properties of a node or edge.");
  add_unary(registry, {"keys"}, with_properties, Type::list_of(text_type()), keys,
            "(element NODE | EDGE | RECORD) :: LIST<STRING>",
            "The names of the properties of a node or edge, or of the fields of a record.");
  add_scalar(registry, {"property_exists"},
             {.name = {},
              .parameters = {with_properties, text_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = boolean_type(),
              .evaluate = property_exists,
              .signature = "(element NODE | EDGE | RECORD, name STRING) :: BOOL",
              .description = "Whether a node or edge has a property of that name."});
  add_scalar(registry, {"same"},
             {.name = {},
              .parameters = {element_type(), element_type()},
              .minimum_arguments = 2,
              .maximum_arguments = ScalarFunction::kVariadic,
              .result = boolean_type(),
              .evaluate = same,
              .signature = "(element NODE | EDGE, ...) :: BOOL",
              .description = "Whether all of them are one node or edge."});
  add_scalar(registry, {"all_different"},
             {.name = {},
              .parameters = {element_type(), element_type()},
              .minimum_arguments = 2,
              .maximum_arguments = ScalarFunction::kVariadic,
              .result = boolean_type(),
              .evaluate = all_different,
              .signature = "(element NODE | EDGE, ...) :: BOOL",
              .description = "Whether no two of them are one node or edge."});
}

void add_ends(FunctionRegistry& registry) {
  const value::Type end = value::Type::nullable(ValueType::kNode);
  add_unary(registry, {"startNode", "start_node"}, edge_type(), end, start_node,
            "(edge EDGE) :: NODE", "The node an edge leaves.");
  add_unary(registry, {"endNode", "end_node"}, edge_type(), end, end_node, "(edge EDGE) :: NODE",
            "The node an edge enters.");
  add_unary(registry, {"is_directed"}, edge_type(), boolean_type(), is_directed,
            "(edge EDGE) :: BOOL", "Whether an edge has a direction.");
  add_unary(registry, {"degree"}, node_type(), integer_type(), degree<true, true>,
            "(node NODE) :: INT", "The number of edges at a node; a loop counts twice.");
  add_unary(registry, {"outDegree", "out_degree"}, node_type(), integer_type(), degree<true, false>,
            "(node NODE) :: INT", "The number of edges that leave a node.");
  add_unary(registry, {"inDegree", "in_degree"}, node_type(), integer_type(), degree<false, true>,
            "(node NODE) :: INT", "The number of edges that enter a node.");
  add_scalar(registry, {"is_source_of"},
             {.name = {},
              .parameters = {node_type(), edge_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = boolean_type(),
              .evaluate = is_source_of,
              .signature = "(node NODE, edge EDGE) :: BOOL",
              .description = "Whether an edge leaves a node."});
  add_scalar(registry, {"is_destination_of"},
             {.name = {},
              .parameters = {node_type(), edge_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = boolean_type(),
              .evaluate = is_destination_of,
              .signature = "(node NODE, edge EDGE) :: BOOL",
              .description = "Whether an edge enters a node."});
}

void add_paths(FunctionRegistry& registry) {
  add_unary(registry, {"nodes"}, path_type(), Type::list_of(node_type()), nodes,
            "(path PATH) :: LIST<NODE>", "The nodes of a path, in its order.");
  add_unary(registry, {"edges", "relationships"}, path_type(), Type::list_of(edge_type()), edges,
            "(path PATH) :: LIST<EDGE>", "The edges of a path, in its order.");
  add_unary(registry, {"elements"}, path_type(), Type::list_of(element_type()), elements,
            "(path PATH) :: LIST<NODE | EDGE>", "The nodes and edges of a path in turn.");
  add_unary(registry, {"is_acyclic"}, path_type(), boolean_type(), meets_no_node_twice<false>,
            "(path PATH) :: BOOL", "Whether a path meets no node twice.");
  add_unary(registry, {"is_simple"}, path_type(), boolean_type(), meets_no_node_twice<true>,
            "(path PATH) :: BOOL",
            "Whether a path meets no node twice, except that it may end where it began.");
  add_unary(registry, {"is_trail"}, path_type(), boolean_type(), meets_no_edge_twice,
            "(path PATH) :: BOOL", "Whether a path meets no edge twice.");
  add_unary(registry, {"path_length"}, path_type(), integer_type(), path_length,
            "(path PATH) :: INT", "The number of edges of a path.");
  add_unary(registry, {"length"}, any_of(ValueType::kPath, ValueType::kString, ValueType::kList),
            integer_type(), length, "(value PATH | STRING | LIST) :: INT",
            "The number of edges of a path, of characters or of elements.");
}

}  // namespace

void register_graph_functions(FunctionRegistry& registry) {
  add_elements(registry);
  add_ends(registry);
  add_paths(registry);
}

}  // namespace geode::gql
