#include "graph/graph_type_check.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <geode/error.hpp>
#include "value/vector.hpp"

namespace geode::graph {
namespace {

using catalog::Catalog;
using catalog::ElementType;
using catalog::GraphType;
using Labels = std::vector<std::string>;

Labels label_names(const Catalog& catalog, std::span<const LabelId> labels) {
  Labels out;
  for (const LabelId label : labels) out.push_back(catalog.label_name(label));
  std::sort(out.begin(), out.end());
  return out;
}

std::string text_of(const Labels& labels) {
  if (labels.empty()) return "without labels";
  std::string out;
  for (const std::string& label : labels) out += (out.empty() ? ":" : "&") + label;
  return out;
}

[[noreturn]] void violated(std::string message) {
  throw Error(status::kGraphTypeViolation, std::move(message))
      .category("ConstraintVerificationFailed", "GraphTypeViolation");
}

bool includes(const Labels& all, const Labels& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

/// What of the properties does not fit; empty when all do.
std::string misfit(const Catalog& catalog, const ElementType& type, bool closed,
                   const std::string& what, const Properties& properties) {
  for (const auto& [name, declared] : type.properties) {
    const auto key = catalog.find_property_key(name);
    const auto found =
        std::find_if(properties.begin(), properties.end(),
                     [&](const auto& property) { return key && property.first == *key; });
    const Value value = found == properties.end() ? Value() : found->second;
    if (value::belongs(value, declared)) continue;
    if (value.is_null()) return what + " must have the property `" + name + "`";
    return "property `" + name + "` of " + what + " must be " + declared.name() + ", not " +
           value.to_string();
  }
  if (!closed) return {};
  for (const auto& [key, value] : properties) {
    const std::string& name = catalog.property_key_name(key);
    const bool declared = std::any_of(type.properties.begin(), type.properties.end(),
                                      [&](const auto& property) { return property.first == name; });
    if (!declared) return what + " has no property `" + name + "` by its graph type";
  }
  return {};
}

/// One of the types must fit when the graph type is closed, else all of those it concerns.
/// `concerns(type)` gives whether labels fit.
template <class Types, class Concerns, class ElementOf>
void check_element(const Catalog& catalog, const GraphType& type, const Types& types,
                   const std::string& what, const Properties& properties, Concerns concerns,
                   ElementOf element_of) {
  std::string first_misfit;
  bool concerned = false;
  for (const auto& each : types) {
    if (!concerns(each)) continue;
    concerned = true;
    std::string found = misfit(catalog, element_of(each), type.closed, what, properties);
    if (found.empty() && type.closed) return;
    if (first_misfit.empty()) first_misfit = std::move(found);
  }
  if (!concerned && type.closed) violated("the graph type knows no " + what);
  if (!first_misfit.empty()) violated(std::move(first_misfit));
}

const GraphType* type_of(const GraphTransaction& txn, GraphId graph) {
  if (graph == catalog::kNoGraph) return nullptr;
  const catalog::GraphDefinition* definition = txn.catalog().find_graph(graph);
  return definition != nullptr ? definition->type.get() : nullptr;
}

}  // namespace

void check_node(const Catalog& catalog, const GraphType& type, std::span<const LabelId> labels,
                const Properties& properties) {
  const Labels names = label_names(catalog, labels);
  check_element(
      catalog, type, type.nodes, "node " + text_of(names), properties,
      [&](const ElementType& node) {
        return type.closed ? node.labels == names : includes(names, node.labels);
      },
      [](const ElementType& node) -> const ElementType& { return node; });
}

void check_edge(const Catalog& catalog, const GraphType& type, EdgeLabelId label,
                std::span<const LabelId> source_labels, std::span<const LabelId> target_labels,
                const Properties& properties) {
  const std::string& name = catalog.edge_label_name(label);
  const Labels source = label_names(catalog, source_labels);
  const Labels target = label_names(catalog, target_labels);
  const auto fits = [&](const Labels& wanted, const Labels& present) {
    return wanted.empty() || (type.closed ? wanted == present : includes(present, wanted));
  };
  const bool directed = catalog.is_directed(label);
  const auto of_label = [&](const catalog::EdgeType& edge) {
    return edge.element.labels == Labels{name} && edge.directed == directed;
  };
  const auto connects = [&](const catalog::EdgeType& edge) {
    return of_label(edge) &&
           ((fits(edge.source, source) && fits(edge.target, target)) ||
            (!directed && fits(edge.source, target) && fits(edge.target, source)));
  };
  const bool known = std::any_of(type.edges.begin(), type.edges.end(), of_label);
  if (!known && !type.closed) return;
  const std::string what = (directed ? "edge :" : "undirected edge :") + name;
  if (!known) violated("the graph type knows no " + what);
  // An edge type of an open graph says what its edges connect, too.
  if (std::none_of(type.edges.begin(), type.edges.end(), connects)) {
    violated("the graph type knows no " + what + " from node " + text_of(source) + " to node " +
             text_of(target));
  }
  check_element(catalog, type, type.edges, what, properties, connects,
                [](const catalog::EdgeType& edge) -> const ElementType& { return edge.element; });
}

void check_graph_type(const GraphTransaction& txn, NodeId node) {
  const GraphType* type = type_of(txn, txn.graph_of(node));
  if (type == nullptr) return;
  check_node(txn.catalog(), *type, txn.labels(node), txn.node_properties(node));
}

void check_graph_type(const GraphTransaction& txn, EdgeId edge) {
  const EdgeLabelId label{edge_label_of(edge)};
  const GraphType* type = type_of(txn, txn.catalog().graph_of(label));
  if (type == nullptr) return;
  const auto found = txn.find_edge(edge);
  if (!found) return;
  check_edge(txn.catalog(), *type, label, txn.labels(found->source), txn.labels(found->target),
             txn.edge_properties(edge));
}

void check_graph_type(const GraphTransaction& txn, GraphId graph, const GraphType& type) {
  std::vector<NodeId> nodes(value::kBatchRows);
  for (NodeId from{0};;) {
    const std::uint32_t n = txn.scan_nodes(graph, from, nodes.data(), value::kBatchRows);
    for (std::uint32_t i = 0; i < n; ++i) {
      check_node(txn.catalog(), type, txn.labels(nodes[i]), txn.node_properties(nodes[i]));
      for (const EdgeLabelId label : txn.catalog().edge_labels(graph)) {
        const Neighbours all = txn.adjacency(label, Direction::kOut).neighbours(nodes[i]);
        for (std::uint32_t e = 0; e < all.size; ++e) {
          const EdgeId id = make_edge_id(static_cast<std::uint32_t>(label), all.edge_number(e));
          check_edge(txn.catalog(), type, label, txn.labels(nodes[i]),
                     txn.labels(NodeId{all.nodes[e]}), txn.edge_properties(id));
        }
      }
    }
    if (n < value::kBatchRows) return;
    from = NodeId{raw(nodes[n - 1]) + 1};
  }
}

}  // namespace geode::graph
