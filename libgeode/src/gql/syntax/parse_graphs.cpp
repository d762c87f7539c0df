#include <utility>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {

// ---- references (17.1 - 17.3)

/// `/a/b`, `../c`, `.`, `a/b`, CURRENT_SCHEMA, HOME_SCHEMA, `$$s`: the part of a reference that
/// names a schema. `last_is_object`: the last name is that of a graph or a graph type in it.
ast::SchemaReference Parser::parse_schema_path(std::string_view what, bool last_is_object) {
  const std::size_t start = next_;
  ast::SchemaReference schema;
  // No blank stands between a slash and a name: AT / MATCH begins with the root.
  const auto at_step = [&] {
    return (at(TokenKind::kSlash) || at(TokenKind::kDot)) &&
           (at_name(1) || at(TokenKind::kDotDot, 1)) && token().end() == token(1).position.offset;
  };
  if (at(TokenKind::kParameter)) {
    schema.base = ast::SchemaReference::Base::kParameter;
    schema.parameter = {token().text, token().position};
    skip();
  } else if (at(TokenKind::kSlash)) {
    schema.base = ast::SchemaReference::Base::kRoot;
    if (!at_step()) skip();
  } else if (at_word("HOME_SCHEMA") || at_word("CURRENT_SCHEMA")) {
    if (at_word("HOME_SCHEMA")) schema.base = ast::SchemaReference::Base::kHome;
    skip();
  } else if (at(TokenKind::kDotDot)) {
    schema.up = 1;
    skip();
  } else if (at(TokenKind::kDot)) {
    skip();
  } else {
    schema.names.push_back(parse_name(what));
  }
  while (at_step()) {
    skip();
    if (accept(TokenKind::kDotDot)) {
      if (schema.names.empty()) {
        ++schema.up;
      } else {
        schema.names.pop_back();
      }
      continue;
    }
    schema.names.push_back(parse_name(what));
  }
  if (last_is_object && schema.names.empty()) fail_expected(what);
  schema.position = span(start);
  return schema;
}

ast::SchemaReference Parser::parse_schema_reference() {
  return parse_schema_path("a schema such as /sales", false);
}

ast::GraphReference Parser::parse_graph_reference(std::string_view what) {
  using Kind = ast::GraphReference::Kind;
  const std::size_t start = next_;
  ast::GraphReference graph;
  if (at(Keyword::kProperty) && at(Keyword::kGraph, 1) && at_name(2)) skip(2);
  if (at(Keyword::kGraph) && at_name(1)) skip();
  const bool path_follows = at(TokenKind::kSlash, 1) || at(TokenKind::kDot, 1);
  if (!path_follows && (at(Keyword::kCurrentGraph) || at(Keyword::kCurrentPropertyGraph))) {
    graph.kind = Kind::kCurrent;
    skip();
  } else if (!path_follows && (at(Keyword::kHomeGraph) || at_word("HOME_PROPERTY_GRAPH"))) {
    graph.kind = Kind::kHome;
    skip();
  } else if (!path_follows && at(TokenKind::kParameter)) {
    graph.kind = Kind::kParameter;
    graph.name = {token().text, token().position};
    skip();
  } else {
    ast::SchemaReference schema = parse_schema_path(what, true);
    graph.name = std::move(schema.names.back());
    schema.names.pop_back();
    const bool bare = schema.base == ast::SchemaReference::Base::kCurrent && schema.up == 0 &&
                      schema.names.empty();
    if (!bare) graph.schema = std::move(schema);
  }
  graph.position = span(start);
  return graph;
}

/// `[PROPERTY] GRAPH reference` in the place of a value; null: another thing, as a variable named
/// graph. What may follow such a variable is no reference: `graph / 2`, `graph IN graphs`.
ast::ExpressionPtr Parser::parse_graph_value() {
  const std::size_t start = next_;
  const std::size_t word = at(Keyword::kProperty) ? 1 : 0;
  if (!at(Keyword::kGraph, word)) return nullptr;
  const Token& first = token(word + 1);
  const bool named = first.kind == TokenKind::kQuotedName || first.kind == TokenKind::kParameter ||
                     (first.kind == TokenKind::kWord && first.keyword == Keyword::kNotAKeyword) ||
                     first.keyword == Keyword::kCurrentGraph ||
                     first.keyword == Keyword::kCurrentPropertyGraph ||
                     first.keyword == Keyword::kHomeGraph;
  const bool apart = token(word).end() < first.position.offset;
  const bool path =
      apart &&
      (first.kind == TokenKind::kSlash || first.kind == TokenKind::kDot ||
       first.kind == TokenKind::kDotDot) &&
      token(word + 2).position.offset == first.end() &&
      (first.kind == TokenKind::kSlash ? at_name(word + 2) : at(TokenKind::kSlash, word + 2));
  if (!named && !path) return nullptr;
  skip(word + 1);
  ast::GraphValue value{parse_graph_reference("a graph")};
  return make(start, std::move(value));
}

/// `[BINDING] TABLE { query }`, `TABLE t`, `TABLE $t`; null: another thing.
ast::ExpressionPtr Parser::parse_table_value() {
  const std::size_t start = next_;
  const std::size_t word = at(Keyword::kTable) ? 0 : 1;
  if (at_subquery_body(word + 1)) {
    skip(word);
    return parse_subquery(ast::SubqueryKind::kTable, "the TABLE subquery");
  }
  const Token& first = token(word + 1);
  const bool named = first.kind == TokenKind::kQuotedName ||
                     (first.kind == TokenKind::kWord && first.keyword == Keyword::kNotAKeyword);
  if (!named && first.kind != TokenKind::kParameter) return nullptr;
  skip(word + 1);
  const std::size_t place = next_;
  ast::ExpressionPtr table =
      named ? make(place, ast::Variable{parse_name("a table").text}) : parse_primary();
  return make(start, ast::TableValue{std::move(table)});
}

/// What stands behind the `=` of a graph's definition.
ast::ExpressionPtr Parser::parse_graph_expression() {
  if (ast::ExpressionPtr graph = parse_graph_value()) return graph;
  const bool name = at_name() && !at(TokenKind::kLeftParen, 1) &&
                    !at_any({Keyword::kCase, Keyword::kValue, Keyword::kLet, Keyword::kNull});
  if (!name && !at(TokenKind::kSlash) && !at(TokenKind::kDot) && !at(TokenKind::kDotDot) &&
      !at(TokenKind::kParameter)) {
    return parse_expression();
  }
  const std::size_t start = next_;
  ast::GraphValue value{parse_graph_reference("a graph")};
  return make(start, std::move(value));
}

/// How many tokens from here the reference to a graph that begins at `ahead` ends.
std::size_t Parser::end_of_graph_reference(std::size_t ahead) const {
  if (at(Keyword::kProperty, ahead) && at(Keyword::kGraph, ahead + 1)) ++ahead;
  if (at(Keyword::kGraph, ahead) && at_name(ahead + 1)) ++ahead;
  for (bool name_before = false;; ++ahead) {
    const bool name = at_name(ahead) || at(TokenKind::kParameter, ahead);
    const bool joint =
        at(TokenKind::kSlash, ahead) || at(TokenKind::kDot, ahead) || at(TokenKind::kDotDot, ahead);
    if (!joint && (!name || name_before)) return ahead;
    name_before = name;
  }
}

/// USE and a graph are the whole statement: it is said to the session.
bool Parser::at_use_alone() const {
  const std::size_t end = end_of_graph_reference(1);
  return end > 1 && (at(TokenKind::kEnd, end) || at(TokenKind::kSemicolon, end));
}

ast::StatementNode Parser::parse_use_alone() {
  const std::size_t start = next_;
  skip();
  ast::SessionSet set;
  set.kind = ast::SessionSet::Kind::kGraph;
  set.graph = parse_graph_reference("the name of a graph");
  set.position = span(start);
  return set;
}

// ---- CREATE and DROP of schemas, graphs and graph types (12.2 - 12.7)

/// True when CREATE, and OR REPLACE if it is there, is followed by what parse_create_graph_object()
/// reads.
bool Parser::at_graph_object(std::size_t ahead) const {
  if (at(Keyword::kProperty, ahead)) return at(Keyword::kGraph, ahead + 1);
  if (at_any({Keyword::kNode, Keyword::kVertex, Keyword::kEdge, Keyword::kRelationship}, ahead))
    return at(Keyword::kType, ahead + 1);
  return at_any({Keyword::kGraph, Keyword::kSchema}, ahead);
}

ast::StatementNode Parser::parse_create_graph_object() {
  const bool or_replace = accept_words({Keyword::kOr, Keyword::kReplace});
  if (at(Keyword::kSchema) && !or_replace) {
    skip();
    const bool if_not_exists = accept_if_not_exists();
    return ast::CreateSchema{parse_schema_reference(), if_not_exists};
  }
  if (accept(Keyword::kProperty) || at(Keyword::kGraph)) {
    expect(Keyword::kGraph, "PROPERTY");
    if (at(Keyword::kType) && at_name_of_object(1)) {
      skip();
      return parse_create_graph_type(or_replace);
    }
    return parse_create_graph(or_replace);
  }
  if (at_graph_object(0)) return parse_create_element_type(or_replace);
  fail_expected("GRAPH, GRAPH TYPE, NODE TYPE or EDGE TYPE", {Keyword::kGraph, Keyword::kNode});
}

/// What may follow CREATE GRAPH TYPE when TYPE is not itself the name of the graph.
bool Parser::at_name_of_object(std::size_t ahead) const {
  return at_name(ahead) || at(TokenKind::kSlash, ahead) || at(TokenKind::kDot, ahead) ||
         at(TokenKind::kDotDot, ahead);
}

ast::StatementNode Parser::parse_create_graph(bool or_replace) {
  ast::CreateGraph create;
  create.or_replace = or_replace;
  create.if_not_exists = accept_if_not_exists();
  create.graph = parse_graph_reference("the name of the graph");
  create.type = parse_graph_type_source();
  if (accept(Keyword::kAs)) {
    if (!at_word("COPY")) fail_expected("COPY OF and a graph after AS");
    skip();
    expect(Keyword::kOf, "COPY");
    create.copy_of = parse_graph_reference("the graph to copy");
  }
  return create;
}

/// `[TYPED | ::] ANY [PROPERTY GRAPH]`, the same with a graph type or `{ element types }`, or
/// `LIKE graph`; nothing is ANY.
ast::GraphTypeSource Parser::parse_graph_type_source() {
  using Kind = ast::GraphTypeSource::Kind;
  ast::GraphTypeSource source;
  if (accept(Keyword::kLike)) {
    source.kind = Kind::kLike;
    source.reference = parse_graph_reference("a graph whose type is taken");
    return source;
  }
  const bool typed = accept(Keyword::kTyped) || accept(TokenKind::kDoubleColon);
  if (accept(Keyword::kAny)) {
    if (accept(Keyword::kProperty) || at(Keyword::kGraph)) expect(Keyword::kGraph, "PROPERTY");
    return source;
  }
  if (at(Keyword::kProperty) && at(Keyword::kGraph, 1)) skip();
  if (at(Keyword::kGraph) && (at(TokenKind::kLeftBrace, 1) || at(TokenKind::kLeftParen, 1))) skip();
  if (at(TokenKind::kLeftBrace) || at(TokenKind::kLeftParen)) {
    source.kind = Kind::kInline;
    source.specification = parse_graph_type_specification();
    return source;
  }
  if (!typed && (at(Keyword::kAs) || !at_name_of_object(0))) return source;
  source.kind = Kind::kReference;
  source.reference = parse_graph_reference("a graph type, ANY or `{`");
  return source;
}

ast::StatementNode Parser::parse_create_graph_type(bool or_replace) {
  using Kind = ast::GraphTypeSource::Kind;
  ast::CreateGraphType create;
  create.or_replace = or_replace;
  create.if_not_exists = accept_if_not_exists();
  create.type = parse_graph_reference("the name of the graph type");
  const bool as = accept(Keyword::kAs);
  if (at_word("COPY")) {
    skip();
    expect(Keyword::kOf, "COPY");
    create.source.kind = Kind::kReference;
    create.source.reference = parse_graph_reference("the graph type to copy");
  } else if (!as && accept(Keyword::kLike)) {
    create.source.kind = Kind::kLike;
    create.source.reference = parse_graph_reference("a graph whose type is taken");
  } else if (at(TokenKind::kLeftBrace) || at(TokenKind::kLeftParen)) {
    create.source.kind = Kind::kInline;
    create.source.specification = parse_graph_type_specification();
  } else {
    fail_expected("`{` and element types, AS COPY OF or LIKE", {Keyword::kAs, Keyword::kLike});
  }
  return create;
}

ast::StatementNode Parser::parse_drop_graph_object() {
  if (accept(Keyword::kSchema)) {
    const bool if_exists = accept_if_exists();
    return ast::DropSchema{parse_schema_reference(), if_exists};
  }
  if (at_any({Keyword::kNode, Keyword::kVertex, Keyword::kEdge, Keyword::kRelationship})) {
    ast::DropElementType drop;
    drop.edge = !at(Keyword::kNode) && !at(Keyword::kVertex);
    skip();
    expect(Keyword::kType, "NODE or EDGE");
    drop.if_exists = accept_if_exists();
    drop.name = parse_name("the name of the element type");
    return drop;
  }
  accept(Keyword::kProperty);
  expect(Keyword::kGraph, "DROP");
  if (at(Keyword::kType) && (at_name_of_object(1) || at(Keyword::kIf, 1))) {
    skip();
    ast::DropGraphType drop;
    drop.if_exists = accept_if_exists();
    drop.type = parse_graph_reference("the name of the graph type");
    return drop;
  }
  ast::DropGraph drop;
  drop.if_exists = accept_if_exists();
  drop.graph = parse_graph_reference("the name of the graph");
  return drop;
}

}  // namespace geode::gql
