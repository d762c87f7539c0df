#include "gql/bind/bind_graph_type.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include <geode/error.hpp>
#include "base/nearest_name.hpp"
#include "gql/bind/errors.hpp"

namespace geode::gql {
namespace {

using catalog::EdgeType;
using catalog::ElementType;
using Labels = std::vector<std::string>;

Labels sorted(const std::vector<ast::Name>& names) {
  Labels out;
  for (const ast::Name& name : names) out.push_back(name.text);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

[[noreturn]] void fail(std::string message, Position position, std::string hint = {}) {
  throw Error(status::kSyntaxError, std::move(message), position)
      .category("SyntaxError", "InvalidGraphType")
      .hint(std::move(hint))
      .phase(Phase::kCompile);
}

class Binder {
 public:
  explicit Binder(const catalog::GraphType* known) : known_(known) {}

  catalog::GraphType bind(const ast::GraphTypeSpecification& specification) {
    for (const ast::ElementTypeSpecification& node : specification.nodes) add_node(node);
    for (const ast::EdgeTypeSpecification& edge : specification.edges) add_edge(edge);
    return std::move(out_);
  }

 private:
  void add_node(const ast::ElementTypeSpecification& specification) {
    const ElementType* known = specification.reference ? find_node(specification) : nullptr;
    ElementType type = known != nullptr ? *known : bind_element_type(specification);
    for (const ElementType& other : out_.nodes) {
      if (other.key_labels == type.key_labels) {
        fail("two node types of one graph type have the same key labels", specification.position,
             "give one of them another label");
      }
    }
    if (specification.alias) aliases_[specification.alias->text] = type.labels;
    if (!type.name.empty()) aliases_.emplace(type.name, type.labels);
    out_.nodes.push_back(std::move(type));
  }

  void add_edge(const ast::EdgeTypeSpecification& specification) {
    const ast::ElementTypeSpecification& element = specification.element;
    const EdgeType* known = element.reference ? find_edge(element) : nullptr;
    EdgeType type;
    if (known != nullptr) {
      type = *known;
    } else {
      type.element = bind_element_type(element);
      if (type.element.labels.size() != 1) {
        fail("an edge has one label", element.position,
             "name the edge type, or write its label: (a)-[:KNOWS]->(b)");
      }
      type.source = end(specification.source);
      type.target = end(specification.target);
      type.directed = specification.directed;
    }
    for (const EdgeType& other : out_.edges) {
      const bool same_ends = other.source == type.source && other.target == type.target;
      const bool crossed =
          !type.directed && other.source == type.target && other.target == type.source;
      if (other.element.key_labels == type.element.key_labels && other.directed == type.directed &&
          (same_ends || crossed)) {
        fail("two edge types of one graph type have the same label and connect the same nodes",
             element.position, "give one of them another label");
      }
    }
    out_.edges.push_back(std::move(type));
  }

  Labels end(const ast::EndpointSpecification& specification) {
    if (specification.alias && specification.labels.empty()) {
      const auto found = aliases_.find(specification.alias->text);
      if (found != aliases_.end()) return found->second;
      std::vector<std::string_view> names;
      for (const auto& [name, labels] : aliases_) names.push_back(name);
      throw Error(
          status::kInvalidReference,
          "there is no node type " + quoted(specification.alias->text) + " in the graph type",
          specification.alias->position)
          .category("SyntaxError", "UndefinedVariable")
          .hint(did_you_mean(specification.alias->text, names))
          .phase(Phase::kCompile);
    }
    return sorted(specification.labels);
  }

  const ElementType* find_node(const ast::ElementTypeSpecification& specification) const {
    if (known_ == nullptr || !specification.name) return nullptr;
    const auto found = std::find_if(
        known_->nodes.begin(), known_->nodes.end(),
        [&](const ElementType& node) { return node.name == specification.name->text; });
    return found == known_->nodes.end() ? nullptr : &*found;
  }
  const EdgeType* find_edge(const ast::ElementTypeSpecification& specification) const {
    if (known_ == nullptr || !specification.name) return nullptr;
    const auto found = std::find_if(
        known_->edges.begin(), known_->edges.end(),
        [&](const EdgeType& edge) { return edge.element.name == specification.name->text; });
    return found == known_->edges.end() ? nullptr : &*found;
  }

  const catalog::GraphType* known_;
  std::map<std::string, Labels, std::less<>> aliases_;
  catalog::GraphType out_;
};

}  // namespace

ElementType bind_element_type(const ast::ElementTypeSpecification& specification) {
  ElementType type;
  if (specification.name) type.name = specification.name->text;
  type.key_labels = sorted(specification.key_labels);
  type.labels = sorted(specification.labels);
  if (specification.has_key) {
    // Key labels imply the others (24.7: GG21).
    Labels all;
    std::set_union(type.key_labels.begin(), type.key_labels.end(), type.labels.begin(),
                   type.labels.end(), std::back_inserter(all));
    type.labels = std::move(all);
  } else {
    if (type.labels.empty() && !type.name.empty()) type.labels = {type.name};
    type.key_labels = type.labels;
  }
  for (const auto& [name, declared] : specification.properties) {
    const bool twice = std::any_of(type.properties.begin(), type.properties.end(),
                                   [&](const auto& other) { return other.first == name.text; });
    if (twice) fail("property " + quoted(name.text) + " is declared twice", name.position);
    type.properties.emplace_back(name.text, declared.type);
  }
  return type;
}

catalog::GraphType bind_graph_type(const ast::GraphTypeSpecification& specification,
                                   const catalog::GraphType* known) {
  return Binder(known).bind(specification);
}

}  // namespace geode::gql
