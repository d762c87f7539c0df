#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/statement_binder.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using bound::ExpressionKind;
using value::Type;

struct StatementBinder::NewPath {
  struct Node {
    VariableId variable = bound::kNoVariable;
    std::optional<std::size_t> inserted;  ///< index into Insert::nodes; absent: bound before
  };
  struct Edge {
    std::size_t inserted = 0;              ///< index into Insert::edges
    bound::EdgeOrientation orientation{};  ///< kEither too where the edge has no direction
  };
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  VariableId variable = bound::kNoVariable;
};

namespace {

using Kind = ast::LabelExpression::Kind;

Error already_bound(const ast::Name& name, std::string_view what) {
  return syntax_error("VariableAlreadyBound",
                      "variable " + quoted(name.text) + " is already defined, " + std::string(what),
                      name.position);
}

void collect_labels(const ast::LabelExpression& labels, Position position,
                    std::vector<std::string>& out, std::vector<const ast::Expression*>& dynamic) {
  switch (labels.kind) {
    case Kind::kName:
      for (const std::string& known : out) {
        if (known == labels.name.text) return;
      }
      out.push_back(labels.name.text);
      return;
    case Kind::kAnd:
      collect_labels(*labels.left, position, out, dynamic);
      collect_labels(*labels.right, position, out, dynamic);
      return;
    case Kind::kDynamic:
      if (labels.any) break;
      dynamic.push_back(labels.dynamic.get());
      return;
    case Kind::kWildcard:
    case Kind::kNot:
    case Kind::kOr:
      break;
  }
  throw syntax_error("UnexpectedSyntax", "a new node needs plain labels", position,
                     "join several labels with `&`");
}

void refuse_condition(const ast::ElementPattern& element) {
  if (element.condition) {
    throw syntax_error("UnexpectedSyntax", "a new element cannot have a WHERE",
                       element.condition->position);
  }
}

bound::EdgeOrientation new_edge_orientation(ast::EdgeDirection direction, bool merge,
                                            Position position) {
  switch (direction) {
    case ast::EdgeDirection::kRight:
      return bound::EdgeOrientation::kLeftToRight;
    case ast::EdgeDirection::kLeft:
      return bound::EdgeOrientation::kRightToLeft;
    case ast::EdgeDirection::kAny:
    case ast::EdgeDirection::kLeftOrRight:
      // MERGE finds the edge either way, and makes it from left to right.
      if (merge) return bound::EdgeOrientation::kEither;
      break;
    case ast::EdgeDirection::kUndirected:
      return bound::EdgeOrientation::kEither;
    case ast::EdgeDirection::kLeftOrUndirected:
    case ast::EdgeDirection::kUndirectedOrRight:
      break;
  }
  throw syntax_error("RequiresDirectedRelationship",
                     "a new edge has one direction, or explicitly none", position,
                     "write -[..]-> or <-[..]-, or ~[..]~ for an undirected edge");
}

}  // namespace

void StatementBinder::bind_insert(const ast::InsertClause& clause, Scope& scope, Clauses& out) {
  note_modification();
  // Values are computed before anything is made, so they cannot read the new elements.
  const Scope values = scope;
  bound::Insert insert;
  insert.graph = context_.graph;
  for (const ast::PathPattern& path : clause.paths) {
    bind_new_path(path, false, values, scope, insert);
  }
  if (context_.access) require(catalog::Privilege::kInsert, clause.position);
  bound::Check check;
  check_new(insert, check.conditions);
  out.push_back({std::move(insert), clause.position});
  if (!check.conditions.empty()) out.push_back({std::move(check), clause.position});
}

void StatementBinder::check_new(const bound::Insert& insert, std::vector<ExpressionPtr>& out) {
  const auto add = [&](VariableId variable) {
    add_check(*bound::make_variable(variable, type_of(variable)), catalog::PolicyCommand::kInsert,
              catalog::Privilege::kInsert, out);
  };
  for (const bound::InsertNode& node : insert.nodes) add(node.variable);
  for (const bound::InsertEdge& edge : insert.edges) add(edge.variable);
}

StatementBinder::NewPath StatementBinder::bind_new_path(const ast::PathPattern& path, bool merge,
                                                        const Scope& values, Scope& scope,
                                                        bound::Insert& out) {
  if (path.prefix.written || path.prefix.cypher_function || !path.term.alternatives.empty()) {
    throw syntax_error("UnexpectedSyntax", "only plain paths can be made", path.position);
  }
  NewPath result;
  const bool alone = path.term.factors.size() == 1 && !path.variable;
  const ast::EdgePattern* pending = nullptr;
  for (const ast::PathFactor& factor : path.term.factors) {
    if (const auto* node = std::get_if<ast::NodePattern>(&factor)) {
      if (!pending && !result.nodes.empty()) {
        throw syntax_error("UnexpectedSyntax", "two nodes need an edge between them",
                           node->element.position);
      }
      add_new_node(node->element, alone, merge, values, scope, out, result);
      if (pending) add_new_edge(*pending, merge, values, scope, out, result);
      pending = nullptr;
    } else if (const auto* edge = std::get_if<ast::EdgePattern>(&factor)) {
      pending = edge;
    } else {
      throw syntax_error("UnexpectedSyntax", "only plain paths can be made",
                         std::get<ast::ParenthesizedPath>(factor).position);
    }
  }
  if (path.variable) {
    ExpressionPtr value =
        bound::make_expression(ExpressionKind::kPath, Type::of(ValueType::kPath), path.position);
    for (std::size_t i = 0; i < result.nodes.size(); ++i) {
      if (i > 0) {
        const VariableId edge = out.edges[result.edges[i - 1].inserted].variable;
        value->children.push_back(bound::make_variable(edge, type_of(edge), path.position));
      }
      const VariableId node = result.nodes[i].variable;
      value->children.push_back(bound::make_variable(node, type_of(node), path.position));
    }
    result.variable = new_variable(path.variable->text, Type::of(ValueType::kPath));
    declare_new(scope, *path.variable, {result.variable, false, nullptr});
    out.paths.emplace_back(result.variable, std::move(value));
  }
  return result;
}

void StatementBinder::add_new_node(const ast::ElementPattern& element, bool alone, bool merge,
                                   const Scope& values, Scope& scope, bound::Insert& out,
                                   NewPath& path) {
  refuse_condition(element);
  if (merge && element.property_parameter) {
    throw syntax_error("InvalidParameterUse", "MERGE needs its properties one by one",
                       element.property_parameter->position,
                       "write {key: $map.key} for each property");
  }
  const Binding* binding = element.variable ? scope.find(element.variable->text) : nullptr;
  if (binding) {
    const ast::Name& name = *element.variable;
    const Type type = binding_type(*binding);
    if (element.labels || element.has_properties || element.property_parameter) {
      throw already_bound(name, "so labels and properties cannot be given here");
    }
    if (!fits(type, ValueType::kNode)) {
      throw syntax_error("VariableTypeConflict",
                         "variable " + quoted(name.text) + " is " + type.without_null().name() +
                             " and cannot stand for a node",
                         name.position);
    }
    if (alone || binding->substitute) throw already_bound(name, "there is nothing to make");
    note_use(binding->variable);
    NewPath::Node node;
    node.variable = binding->variable;
    for (std::size_t i = 0; i < out.nodes.size(); ++i) {
      if (out.nodes[i].variable == binding->variable) node.inserted = i;
    }
    path.nodes.push_back(node);
    return;
  }
  bound::InsertNode node;
  std::vector<const ast::Expression*> dynamic;
  if (element.labels) collect_labels(*element.labels, element.position, node.labels, dynamic);
  for (const ast::Expression* names : dynamic)
    node.dynamic_labels.push_back(bind_label_names(*names, values));
  node.properties = bind_new_properties(element, values);
  if (element.property_parameter) {
    node.property_map = bind_expression(*element.property_parameter, Place(values));
  }
  node.variable =
      new_variable(element.variable ? element.variable->text : "", Type::of(ValueType::kNode));
  if (element.variable) scope.declare(element.variable->text, {node.variable, false, nullptr});
  path.nodes.push_back({node.variable, out.nodes.size()});
  out.nodes.push_back(std::move(node));
}

void StatementBinder::add_new_edge(const ast::EdgePattern& pattern, bool merge, const Scope& values,
                                   Scope& scope, bound::Insert& out, NewPath& path) {
  const ast::ElementPattern& element = pattern.element;
  refuse_condition(element);
  if (pattern.quantifier || pattern.cypher_range) {
    throw syntax_error("CreatingVarLength", "a new path has a fixed length", element.position,
                       "write each edge on its own");
  }
  if (merge && element.property_parameter) {
    throw syntax_error("InvalidParameterUse", "MERGE needs its properties one by one",
                       element.property_parameter->position,
                       "write {key: $map.key} for each property");
  }
  if (element.variable && scope.find(element.variable->text)) {
    throw already_bound(*element.variable, "a new edge needs a new name");
  }
  const auto orientation = new_edge_orientation(pattern.direction, merge, element.position);
  if (merge && element.labels && element.labels->kind == Kind::kDynamic) {
    throw syntax_error("NoSingleRelationshipType", "MERGE needs the label of an edge written out",
                       element.position, "MATCH the edge, or CREATE it");
  }
  const bool dynamic =
      element.labels && element.labels->kind == Kind::kDynamic && !element.labels->any;
  if (!element.labels || (element.labels->kind != Kind::kName && !dynamic)) {
    throw syntax_error("NoSingleRelationshipType", "a new edge needs exactly one label",
                       element.position, "write -[:LABEL]->");
  }
  bound::InsertEdge edge;
  edge.directed = pattern.direction != ast::EdgeDirection::kUndirected;
  if (dynamic) {
    edge.dynamic_label = bind_label_names(*element.labels->dynamic, values);
  } else {
    edge.label = element.labels->name.text;
  }
  edge.properties = bind_new_properties(element, values);
  if (element.property_parameter) {
    edge.property_map = bind_expression(*element.property_parameter, Place(values));
  }
  edge.variable =
      new_variable(element.variable ? element.variable->text : "", Type::of(ValueType::kEdge));
  if (element.variable) scope.declare(element.variable->text, {edge.variable, false, nullptr});
  const VariableId left = path.nodes[path.nodes.size() - 2].variable;
  const VariableId right = path.nodes.back().variable;
  const bool backwards = orientation == bound::EdgeOrientation::kRightToLeft;
  edge.source = backwards ? right : left;
  edge.target = backwards ? left : right;
  path.edges.push_back({out.edges.size(), orientation});
  out.edges.push_back(std::move(edge));
}

std::vector<bound::NewProperty> StatementBinder::bind_new_properties(
    const ast::ElementPattern& element, const Scope& values) {
  std::vector<bound::NewProperty> result;
  for (const auto& [key, value] : element.properties) {
    bound::NewProperty property;
    property.name = key.text;
    property.value = bind_expression(*value, Place(values));
    if (const auto id = catalog_.find_property_key(key.text)) {
      property.key = static_cast<std::uint32_t>(*id);
    } else {
      program_.has_unknown_names = true;
    }
    // A key written twice has its last value.
    std::erase_if(result, [&](const bound::NewProperty& p) { return p.name == key.text; });
    result.push_back(std::move(property));
  }
  return result;
}

void StatementBinder::bind_merge(const ast::MergeClause& clause, Scope& scope, Clauses& out) {
  note_modification();
  const Scope values = scope;
  bound::Merge merge;
  const NewPath path = bind_new_path(clause.path, true, values, scope, merge.insert);
  merge.pattern = merge_pattern(path, merge.insert);
  for (const bound::InsertNode& node : merge.insert.nodes) {
    merge.introduces.push_back(node.variable);
  }
  for (const bound::InsertEdge& edge : merge.insert.edges) {
    merge.introduces.push_back(edge.variable);
  }
  if (path.variable != bound::kNoVariable) merge.introduces.push_back(path.variable);
  merge.on_create = bind_set_items(clause.on_create, scope);
  merge.on_match = bind_set_items(clause.on_match, scope);
  if (context_.access) {
    protect(merge.pattern, clause.position);
    require(catalog::Privilege::kInsert, clause.position);
    check_new(merge.insert, merge.created);
    if (!merge.on_match.empty()) {
      require(catalog::Privilege::kUpdate, clause.position);
      check_changes(merge.on_match, merge.before_match, merge.after_match);
    }
  }
  out.push_back({std::move(merge), clause.position});
}

std::unique_ptr<bound::LabelTest> StatementBinder::all_labels(
    const std::vector<std::string>& labels) {
  std::unique_ptr<bound::LabelTest> result;
  for (const std::string& label : labels) {
    auto test = std::make_unique<bound::LabelTest>();
    test->kind = Kind::kName;
    test->name = label;
    test->graph = context_.graph;
    if (const auto id = catalog_.find_label(context_.graph, label)) {
      test->node_label = static_cast<std::uint32_t>(*id);
    } else {
      program_.has_unknown_names = true;
    }
    if (result) {
      auto both = std::make_unique<bound::LabelTest>();
      both->kind = Kind::kAnd;
      both->left = std::move(result);
      both->right = std::move(test);
      test = std::move(both);
    }
    result = std::move(test);
  }
  return result;
}

/// What MERGE looks for is what it would make: the same labels, and properties equal to the new
/// values.
bound::GraphPattern StatementBinder::merge_pattern(const NewPath& path,
                                                   const bound::Insert& insert) {
  bound::GraphPattern pattern;
  pattern.graph = context_.graph;
  bound::PatternPath pattern_path;
  const auto add_equalities = [&](VariableId variable,
                                  const std::vector<bound::NewProperty>& properties) {
    for (const bound::NewProperty& property : properties) {
      const Position position = property.value->position;
      ExpressionPtr actual =
          bound::make_expression(ExpressionKind::kProperty, Type::any(), position);
      actual->name = property.name;
      actual->key = property.key;
      actual->children.push_back(bound::make_variable(variable, type_of(variable), position));
      pattern.conditions.push_back(make_checked_binary(
          ast::BinaryOperator::kEqual, std::move(actual), bound::clone(*property.value), position));
    }
  };
  const auto add_computed_labels = [&](VariableId variable,
                                       const std::vector<ExpressionPtr>& labels) {
    for (const ExpressionPtr& names : labels) {
      pattern.conditions.push_back(
          has_labels(bound::clone(*names), false,
                     *bound::make_variable(variable, type_of(variable), names->position)));
    }
  };
  for (const NewPath::Node& node : path.nodes) {
    std::uint32_t index = 0;
    while (index < pattern.nodes.size() && pattern.nodes[index].variable != node.variable) ++index;
    pattern_path.nodes.push_back(index);
    if (index < pattern.nodes.size()) continue;
    bound::PatternNode pattern_node;
    pattern_node.variable = node.variable;
    pattern_node.bound_before = !node.inserted;
    if (node.inserted) {
      const bound::InsertNode& made = insert.nodes[*node.inserted];
      pattern_node.labels = all_labels(made.labels);
      add_computed_labels(node.variable, made.dynamic_labels);
      add_equalities(node.variable, made.properties);
    }
    pattern.nodes.push_back(std::move(pattern_node));
  }
  for (std::size_t i = 0; i < path.edges.size(); ++i) {
    const bound::InsertEdge& made = insert.edges[path.edges[i].inserted];
    bound::PatternEdge edge;
    edge.variable = made.variable;
    edge.left = pattern_path.nodes[i];
    edge.right = pattern_path.nodes[i + 1];
    edge.orientation = path.edges[i].orientation;
    auto label = catalog_.find_edge_label(context_.graph, made.label);
    if (label && !made.directed) label = catalog_.undirected_label(*label);
    if (label) {
      edge.labels.push_back(*label);
    } else {
      program_.has_unknown_names = true;
    }
    add_equalities(made.variable, made.properties);
    pattern_path.edges.push_back(static_cast<std::uint32_t>(pattern.edges.size()));
    pattern.edges.push_back(std::move(edge));
  }
  pattern_path.variable = path.variable;
  pattern.paths.push_back(std::move(pattern_path));
  return pattern;
}

}  // namespace geode::gql
