#include <utility>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {

/// `{ element types }`, apart by commas (18.1)
ast::GraphTypeSpecification Parser::parse_graph_type_specification() {
  const std::size_t open = next_;
  const TokenKind close =
      at(TokenKind::kLeftBrace) ? TokenKind::kRightBrace : TokenKind::kRightParen;
  skip();
  ast::GraphTypeSpecification out;
  while (!at(close)) {
    parse_element_type(out);
    if (!accept(TokenKind::kComma)) break;
  }
  expect_close(close, open, "the graph type");
  return out;
}

void Parser::parse_element_type(ast::GraphTypeSpecification& out) {
  if (at(TokenKind::kLeftParen)) {
    parse_element_type_pattern({}, out);
    return;
  }
  const bool undirected = at_word("UNDIRECTED");
  const std::size_t word = undirected || at(Keyword::kDirected) ? 1 : 0;
  const std::size_t kind = next_;
  const bool edge = at_any({Keyword::kEdge, Keyword::kRelationship}, word);
  if (!edge && (word == 1 || !at_any({Keyword::kNode, Keyword::kVertex}))) {
    fail_expected("NODE TYPE, EDGE TYPE or a pattern such as (:Label {property TYPE})",
                  {Keyword::kNode, Keyword::kEdge});
  }
  skip(word + 1);
  accept(Keyword::kType);
  std::optional<ast::Name> name;
  if (at_name() && !at_any({Keyword::kLabel, Keyword::kLabels, Keyword::kIs})) {
    name = parse_name("the name of the element type");
  }
  if (at(TokenKind::kLeftParen) && !at_property_types()) {
    parse_element_type_pattern(std::move(name), out);
    if (word == 1 && !out.edges.empty() && out.edges.back().directed == undirected) {
      fail(undirected ? "an undirected edge type is written (a)~[:Label]~(b)"
                      : "a directed edge type is written (a)-[:Label]->(b)",
           span(kind));
    }
    return;
  }
  if (!edge) {
    out.nodes.push_back(parse_element_filler_type(std::move(name)));
    if (accept(Keyword::kAs)) out.nodes.back().alias = parse_name("an alias of the node type");
    return;
  }
  ast::EdgeTypeSpecification type;
  type.element = parse_element_filler_type(std::move(name));
  type.directed = !undirected;
  if (at_word("CONNECTING")) parse_endpoint_pair(type);
  out.edges.push_back(std::move(type));
}

/// After `(`: a list of properties, not a pattern: `(name STRING, ..)` or `()`.
bool Parser::at_property_types() const {
  if (at(TokenKind::kRightParen, 1)) {
    const std::size_t after = 2;
    return !at(TokenKind::kMinus, after) && !at(TokenKind::kLess, after) &&
           !at(TokenKind::kTilde, after);
  }
  if (!at_name(1)) return false;
  if (at_any({Keyword::kLabel, Keyword::kLabels, Keyword::kIs}, 1)) return false;
  return at_name(2) || at(TokenKind::kDoubleColon, 2);
}

/// `[(alias) filler]` of a node, or `(a)-[filler]->(b)`, written like patterns (18.2, 18.3).
void Parser::parse_element_type_pattern(std::optional<ast::Name> name,
                                        ast::GraphTypeSpecification& out) {
  const std::size_t start = next_;
  ast::ElementTypeSpecification left = parse_node_type_pattern();
  const bool incoming = at(TokenKind::kLess);
  const bool undirected = at(TokenKind::kTilde);
  if (!incoming && !at(TokenKind::kMinus) && !undirected) {
    left.name = std::move(name);
    left.position = span(start);
    out.nodes.push_back(std::move(left));
    return;
  }
  accept(TokenKind::kLess);
  const TokenKind line = undirected ? TokenKind::kTilde : TokenKind::kMinus;
  expect(line, "`-` and the edge type");
  const std::size_t open = next_;
  expect(TokenKind::kLeftBracket, "`[` and the labels of the edge type");
  ast::EdgeTypeSpecification edge;
  std::optional<ast::Name> alias;
  if (at_name() && !at_any({Keyword::kLabel, Keyword::kLabels, Keyword::kIs})) {
    alias = parse_name("an alias of the edge type");
  }
  edge.element = parse_element_filler_type(std::move(name));
  edge.element.alias = std::move(alias);
  expect_close(TokenKind::kRightBracket, open, "the edge type");
  expect(line, undirected ? "`~` after the edge type" : "`-` after the edge type");
  if (!incoming && !undirected) {
    expect(TokenKind::kGreater, "`>`: an edge type written with `-` has a direction");
  }
  edge.directed = !undirected;
  ast::ElementTypeSpecification right = parse_node_type_pattern();
  const auto endpoint = [](ast::ElementTypeSpecification& node) {
    ast::EndpointSpecification end;
    end.alias = std::move(node.alias);
    end.labels = std::move(node.labels);
    end.labels.insert(end.labels.end(), node.key_labels.begin(), node.key_labels.end());
    end.position = node.position;
    return end;
  };
  edge.source = endpoint(incoming ? right : left);
  edge.target = endpoint(incoming ? left : right);
  edge.element.position = span(start);
  out.edges.push_back(std::move(edge));
}

/// `( [alias] filler )`
ast::ElementTypeSpecification Parser::parse_node_type_pattern() {
  const std::size_t open = next_;
  expect(TokenKind::kLeftParen, "`(` and a node type");
  std::optional<ast::Name> alias;
  if (at_name() && !at_any({Keyword::kLabel, Keyword::kLabels, Keyword::kIs})) {
    alias = parse_name("an alias of the node type");
  }
  ast::ElementTypeSpecification node = parse_element_filler_type({});
  node.alias = std::move(alias);
  expect_close(TokenKind::kRightParen, open, "the node type");
  node.position = span(open);
  return node;
}

/// `[key labels =>] [labels] [{properties}]`
ast::ElementTypeSpecification Parser::parse_element_filler_type(std::optional<ast::Name> name) {
  const std::size_t start = next_;
  ast::ElementTypeSpecification type;
  type.name = std::move(name);
  type.labels = parse_label_set();
  bool filled = !type.labels.empty();
  if (at(TokenKind::kEqual) && at(TokenKind::kGreater, 1)) {
    skip(2);
    type.has_key = true;
    type.key_labels = std::move(type.labels);
    type.labels = parse_label_set();
    filled = true;
  }
  if (at(TokenKind::kLeftBrace) || at(TokenKind::kLeftParen)) {
    parse_property_types(type);
    filled = true;
  }
  type.reference = !filled;
  type.position = span(start);
  return type;
}

/// `:A&B`, `IS A&B`, `LABEL A`, `LABELS A&B`; nothing when there is none.
std::vector<ast::Name> Parser::parse_label_set() {
  std::vector<ast::Name> labels;
  if (accept(Keyword::kLabel)) {
    labels.push_back(parse_name("a label"));
  } else if (accept(Keyword::kLabels) || accept(Keyword::kIs) || accept(TokenKind::kColon)) {
    do {
      labels.push_back(parse_name("a label"));
    } while (accept(TokenKind::kColon) || accept(TokenKind::kAmpersand));
  }
  return labels;
}

/// `{name [TYPED | ::] TYPE, ..}`, also in parentheses
void Parser::parse_property_types(ast::ElementTypeSpecification& type) {
  const std::size_t open = next_;
  const TokenKind close =
      at(TokenKind::kLeftBrace) ? TokenKind::kRightBrace : TokenKind::kRightParen;
  skip();
  while (!at(close)) {
    ast::Name name = parse_name("a property");
    if (!accept(TokenKind::kDoubleColon)) accept(Keyword::kTyped);
    type.properties.emplace_back(std::move(name), parse_type());
    if (!accept(TokenKind::kComma)) break;
  }
  expect_close(close, open, "the properties");
}

/// `CONNECTING (source -> target)`, `(target <- source)`, `(source TO target)`; `(a ~ b)` without a
/// direction
void Parser::parse_endpoint_pair(ast::EdgeTypeSpecification& type) {
  skip();
  const std::size_t open = next_;
  expect(TokenKind::kLeftParen, "`(` and the node types that the edge type connects");
  const auto end = [this] {
    ast::EndpointSpecification out;
    out.position = token().position;
    out.alias = parse_name("a node type");
    return out;
  };
  type.source = end();
  if (!type.directed) {
    if (!accept(Keyword::kTo)) expect(TokenKind::kTilde, "TO or `~`");
    type.target = end();
  } else if (accept(TokenKind::kLess)) {
    expect(TokenKind::kMinus, "`-`");
    type.target = std::exchange(type.source, end());
  } else {
    if (!accept(Keyword::kTo)) {
      expect(TokenKind::kMinus, "TO or `->`");
      expect(TokenKind::kGreater, "`>`: a directed edge type has a direction");
    }
    type.target = end();
  }
  expect_close(TokenKind::kRightParen, open, "the end points");
}

ast::StatementNode Parser::parse_create_element_type(bool or_replace) {
  ast::CreateElementType create;
  create.or_replace = or_replace;
  create.edge = at_any({Keyword::kEdge, Keyword::kRelationship});
  skip(2);
  create.if_not_exists = accept_if_not_exists();
  const std::size_t start = next_;
  ast::Name name = parse_name("the name of the element type");
  if (at(TokenKind::kLeftParen) && !at_property_types()) {
    ast::GraphTypeSpecification pattern;
    parse_element_type_pattern(std::move(name), pattern);
    if (create.edge == pattern.edges.empty()) {
      fail(create.edge ? "expected an edge type such as (:A)-[:E]->(:B)"
                       : "expected a node type such as (:Label {property TYPE})",
           span(start));
    }
    if (create.edge) {
      create.type = std::move(pattern.edges.front());
    } else {
      create.type.element = std::move(pattern.nodes.front());
    }
    create.type.element.reference = false;
    return create;
  }
  create.type.element = parse_element_filler_type(std::move(name));
  create.type.element.reference = false;
  if (create.edge && at_word("CONNECTING"))
    parse_endpoint_pair(create.type);
  return create;
}

}  // namespace geode::gql
