#include "session/graph_statements.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <geode/error.hpp>
#include "gql/bind/bind_graph_type.hpp"
#include "gql/bind/errors.hpp"

namespace geode::session {

using namespace gql::ast;

namespace {

Error exists_already(std::string_view what, const std::string& name, Position position) {
  return Error(status::kDuplicateObject,
               "there is a " + std::string(what) + " named " + gql::quoted(name) + " already",
               position)
      .hint("IF NOT EXISTS makes this a no-op");
}

/// Runs one statement; what is not of the catalog's graphs does nothing.
class GraphStatements {
 public:
  GraphStatements(graph::GraphTransaction& graph, const gql::CatalogContext& context)
      : graph_(graph), context_(context) {}

  void operator()(const CreateSchema& create) {
    const std::string path = gql::schema_path(create.schema, context_);
    if (graph_.catalog().has_schema(path)) {
      if (create.if_not_exists) return;
      throw exists_already("schema", path, create.schema.position);
    }
    graph_.create_schema(path);
  }

  void operator()(const DropSchema& drop) {
    const std::string path = gql::schema_path(drop.schema, context_);
    if (!graph_.catalog().has_schema(path) && drop.if_exists) return;
    gql::find_schema(drop.schema, context_, graph_.catalog());
    if (path == catalog::kRootSchema) {
      throw Error(status::kInvalidReference, "the root of the catalog cannot be dropped",
                  drop.schema.position);
    }
    graph_.drop_schema(path);
  }

  void operator()(const CreateGraph& create) {
    const auto [schema, name] = gql::object_path(create.graph, context_);
    if (create.graph.schema) {
      gql::find_schema(*create.graph.schema, context_, graph_.catalog());
    }
    std::optional<catalog::GraphId> source;
    if (create.copy_of) source = find(*create.copy_of);
    if (const auto* present = graph_.catalog().find_graph(schema, name)) {
      if (create.if_not_exists) return;
      if (!create.or_replace) {
        throw exists_already("graph", gql::path_text(schema, name), create.graph.position);
      }
      if (present->id == source) {
        throw Error(status::kInvalidReference, "a graph cannot be replaced by a copy of itself",
                    create.graph.position);
      }
      graph_.drop_graph(present->id);
    }
    const catalog::GraphId made = graph_.create_graph(schema, name);
    if (auto type = type_of(create.type)) graph_.set_graph_type(made, std::move(type));
    if (source) graph_.copy_graph(*source, made);
  }

  void operator()(const DropGraph& drop) {
    if (drop.if_exists && drop.graph.kind == gql::ast::GraphReference::Kind::kNamed) {
      const auto [schema, name] = gql::object_path(drop.graph, context_);
      if (graph_.catalog().find_graph(schema, name) == nullptr) return;
    }
    const catalog::GraphId graph = find(drop.graph);
    if (graph == catalog::kHomeGraph) {
      throw Error(status::kInvalidReference, "the home graph cannot be dropped",
                  drop.graph.position)
          .hint("MATCH (n) DETACH DELETE n empties it");
    }
    graph_.drop_graph(graph);
  }

  void operator()(const CreateGraphType& create) {
    const auto [schema, name] = gql::object_path(create.type, context_);
    if (create.type.schema) gql::find_schema(*create.type.schema, context_, graph_.catalog());
    if (graph_.catalog().find_graph_type(schema, name) != nullptr && !create.or_replace) {
      if (create.if_not_exists) return;
      throw exists_already("graph type", gql::path_text(schema, name), create.type.position);
    }
    auto type = type_of(create.source);
    if (type == nullptr) {
      throw Error(status::kInvalidReference, "the graph has no type that could be taken",
                  create.source.reference.position)
          .hint("anything may be in it; write the element types in braces");
    }
    graph_.put_graph_type({schema, name, std::move(type)});
  }

  void operator()(const DropGraphType& drop) {
    const auto [schema, name] = gql::object_path(drop.type, context_);
    if (graph_.catalog().find_graph_type(schema, name) == nullptr) {
      if (drop.if_exists) return;
      find_type(drop.type);
    }
    graph_.drop_graph_type(schema, name);
  }

  void operator()(const CreateElementType& create) {
    catalog::GraphType type = element_types();
    const std::string& name = create.type.element.name->text;
    const bool present = remove(type, create.edge, name);
    if (present && create.if_not_exists) return;
    if (present && !create.or_replace) {
      throw exists_already(create.edge ? "edge type" : "node type", name,
                           create.type.element.name->position);
    }
    if (create.edge) {
      GraphTypeSpecification specification;
      specification.edges.push_back(create.type);
      for (const catalog::ElementType& node : type.nodes) {
        specification.nodes.emplace_back().name = Name{node.name, {}};
        specification.nodes.back().reference = true;
      }
      type.edges.push_back(std::move(gql::bind_graph_type(specification, &type).edges.front()));
    } else {
      type.nodes.push_back(gql::bind_element_type(create.type.element));
    }
    set_element_types(std::move(type));
  }

  void operator()(const DropElementType& drop) {
    catalog::GraphType type = element_types();
    if (!remove(type, drop.edge, drop.name.text)) {
      if (drop.if_exists) return;
      std::vector<std::string_view> names;
      for (const auto& node : type.nodes) {
        if (!drop.edge) names.push_back(node.name);
      }
      for (const auto& edge : type.edges) {
        if (drop.edge) names.push_back(edge.element.name);
      }
      throw Error(status::kInvalidReference,
                  std::string("there is no ") + (drop.edge ? "edge" : "node") + " type " +
                      gql::quoted(drop.name.text) + " in the graph",
                  drop.name.position)
          .hint(gql::did_you_mean(drop.name.text, names));
    }
    set_element_types(std::move(type));
  }

  template <class Other>
  void operator()(const Other&) {}

 private:
  catalog::GraphId find(const gql::ast::GraphReference& reference) const {
    return gql::find_graph(reference, context_, graph_.catalog());
  }

  const catalog::GraphTypeDefinition& find_type(const gql::ast::GraphReference& reference) const {
    const auto [schema, name] = gql::object_path(reference, context_);
    if (const auto* found = graph_.catalog().find_graph_type(schema, name)) return *found;
    std::vector<std::string_view> names;
    for (const auto& type : graph_.catalog().graph_types()) {
      if (type.schema == schema) names.push_back(type.name);
    }
    throw Error(status::kInvalidReference,
                "there is no graph type " + gql::quoted(gql::path_text(schema, name)),
                reference.position)
        .hint(gql::did_you_mean(name, names));
  }

  /// Null: anything may be in the graph.
  std::shared_ptr<const catalog::GraphType> type_of(const GraphTypeSource& source) const {
    using Kind = GraphTypeSource::Kind;
    switch (source.kind) {
      case Kind::kOpen:
        return nullptr;
      case Kind::kReference:
        return find_type(source.reference).type;
      case Kind::kLike:
        return graph_.catalog().find_graph(find(source.reference))->type;
      case Kind::kInline:
        break;
    }
    const auto& known = graph_.catalog().find_graph(context_.graph)->type;
    return std::make_shared<catalog::GraphType>(
        gql::bind_graph_type(source.specification, known.get()));
  }

  /// The element types of the current graph; an open type without any when it has none.
  catalog::GraphType element_types() const {
    const auto& type = graph_.catalog().find_graph(context_.graph)->type;
    if (type != nullptr) return *type;
    catalog::GraphType open;
    open.closed = false;
    return open;
  }

  void set_element_types(catalog::GraphType type) {
    const bool anything = !type.closed && type.nodes.empty() && type.edges.empty();
    graph_.set_graph_type(
        context_.graph, anything ? nullptr : std::make_shared<catalog::GraphType>(std::move(type)));
  }

  static bool remove(catalog::GraphType& type, bool edge, std::string_view name) {
    if (edge) {
      return std::erase_if(type.edges,
                           [&](const auto& each) { return each.element.name == name; }) > 0;
    }
    return std::erase_if(type.nodes, [&](const auto& each) { return each.name == name; }) > 0;
  }

  graph::GraphTransaction& graph_;
  const gql::CatalogContext& context_;
};

}  // namespace

void run_graph_statement(const StatementNode& node, graph::GraphTransaction& graph,
                         const gql::CatalogContext& context) {
  std::visit(GraphStatements(graph, context), node);
}

}  // namespace geode::session
