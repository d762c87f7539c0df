#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {
namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// Words before INDEX that name the kind of index.
constexpr std::initializer_list<Keyword> kIndexMethods = {
    Keyword::kVector, Keyword::kText, Keyword::kFulltext, Keyword::kRange,
    Keyword::kLookup, Keyword::kHash, Keyword::kPoint,    Keyword::kSpatial};

}  // namespace

bool Parser::accept_if_exists() { return accept_words({Keyword::kIf, Keyword::kExists}); }

bool Parser::accept_if_not_exists() {
  return accept_words({Keyword::kIf, Keyword::kNot, Keyword::kExists});
}

/// CREATE begins a clause when a pattern follows, and a statement of the catalog when a word does.
bool Parser::at_catalog_create() const {
  return at(Keyword::kCreate) && at(TokenKind::kWord, 1) && !at(TokenKind::kEqual, 2);
}

ast::StatementNode Parser::parse_create() {
  skip();
  if (at_any({Keyword::kUnique, Keyword::kIndex})) {
    const bool unique = accept(Keyword::kUnique);
    expect(Keyword::kIndex, "UNIQUE");
    return parse_create_index(unique);
  }
  if (at_any(kIndexMethods) && at(Keyword::kIndex, 1)) {
    std::string method = lower_case(token().text);
    skip(2);
    ast::CreateIndex index = parse_create_index(false);
    index.method = std::move(method);
    return index;
  }
  if (accept(Keyword::kConstraint)) return parse_create_constraint();
  const bool replace = at_words({Keyword::kOr, Keyword::kReplace});
  if (replace || at_graph_object(0)) return parse_create_graph_object();
  // shortestPath(..) and the like are no patterns that could be created, but the pattern grammar
  // says so better.
  if (at(TokenKind::kLeftParen, 1)) fail_expected("a node pattern such as (n:Label) after CREATE");
  fail_expected(
      "a node pattern such as (n:Label), INDEX, CONSTRAINT, SCHEMA, GRAPH, GRAPH TYPE, NODE TYPE "
      "or "
      "EDGE TYPE after CREATE",
      {Keyword::kIndex, Keyword::kConstraint, Keyword::kUnique, Keyword::kSchema, Keyword::kGraph,
       Keyword::kNode, Keyword::kEdge});
}

// ---- indexes

ast::CreateIndex Parser::parse_create_index(bool unique) {
  ast::CreateIndex index;
  index.unique = unique;
  index.if_not_exists = accept_if_not_exists();
  const bool named = !at(Keyword::kOn) && !(at(Keyword::kFor) && at(TokenKind::kLeftParen, 1));
  if (named) index.name = parse_name("the name of the index, ON or FOR");
  if (accept_if_not_exists()) index.if_not_exists = true;
  parse_index_target(index);
  parse_index_options(index);
  return index;
}

void Parser::parse_index_target(ast::CreateIndex& index) {
  if (accept(Keyword::kOn)) {
    accept(TokenKind::kColon);
    index.label = parse_name("a label");
    index.keys = parse_key_list(nullptr);
  } else if (accept(Keyword::kFor)) {
    const ast::Name variable = parse_element_of_schema(index.label, index.on_edge);
    expect(Keyword::kOn, "the pattern");
    index.keys = parse_key_list(&variable);
  } else {
    fail_expected("ON Label(property) or FOR (n:Label) ON (n.property)",
                  {Keyword::kOn, Keyword::kFor});
  }
}

void Parser::parse_index_options(ast::CreateIndex& index) {
  while (true) {
    const Position place = token().position;
    if (accept(Keyword::kUsing)) {
      index.method = lower_case(parse_name("a kind of index such as btree or hash").text);
      if (at(TokenKind::kLeftBrace)) parse_property_map(index.options);
    } else if (accept(Keyword::kOptions)) {
      if (!at(TokenKind::kLeftBrace)) fail_expected("`{` and options");
      parse_property_map(index.options);
    } else if (at_any({Keyword::kDimension, Keyword::kDimensions, Keyword::kMetric})) {
      const bool metric = at(Keyword::kMetric);
      skip();
      index.options.emplace_back(ast::Name{metric ? "metric" : "dimensions", place},
                                 parse_expression());
    } else {
      return;
    }
  }
}

/// `(n:Label)` or `()-[r:Label]-()`: what an index or a constraint is about. Returns the variable.
ast::Name Parser::parse_element_of_schema(ast::Name& label, bool& on_edge) {
  const std::size_t start = next_;
  if (!at(TokenKind::kLeftParen)) fail_expected("(n:Label) or ()-[r:Label]-()");
  const ast::PathPattern path = parse_path_pattern();
  const auto& factors = path.term.factors;
  const ast::ElementPattern* element = nullptr;
  if (factors.size() == 1) {
    const auto* node = std::get_if<ast::NodePattern>(&factors[0]);
    if (node != nullptr) element = &node->element;
  } else if (factors.size() == 3) {
    const auto* edge = std::get_if<ast::EdgePattern>(&factors[1]);
    if (edge != nullptr && !edge->quantifier) element = &edge->element;
    on_edge = true;
  }
  const bool simple = element != nullptr && element->variable && element->labels &&
                      element->labels->kind == ast::LabelExpression::Kind::kName &&
                      !element->has_properties && !element->condition;
  if (!simple) {
    fail(
        "expected one node or edge pattern with a variable and one label, such as (n:Label) or "
        "()-[r:Label]-()",
        span(start));
  }
  label = element->labels->name;
  return *element->variable;
}

ast::Name Parser::parse_property_of(const ast::Name& variable) {
  const Position place = token().position;
  const ast::Name name = parse_name(fmt::format("a property of `{}`", variable.text));
  if (name.text != variable.text) {
    fail(fmt::format("expected a property of `{}`, found one of `{}`", variable.text, name.text),
         place);
  }
  expect(TokenKind::kDot, "`.` and a property name");
  return parse_name("a property name");
}

/// `(a, b)`, or `(n.a, n.b)` where a variable was declared.
std::vector<ast::Name> Parser::parse_key_list(const ast::Name* variable) {
  // Neo4j writes a full-text index ON EACH [n.a, n.b].
  const bool each = at_word("EACH") && at(TokenKind::kLeftBracket, 1);
  if (each) skip();
  const std::size_t open = next_;
  expect(each ? TokenKind::kLeftBracket : TokenKind::kLeftParen, "`(` and property names");
  std::vector<ast::Name> keys;
  do {
    keys.push_back(variable != nullptr && at(TokenKind::kDot, 1) ? parse_property_of(*variable)
                                                                 : parse_name("a property name"));
  } while (accept(TokenKind::kComma));
  expect_close(each ? TokenKind::kRightBracket : TokenKind::kRightParen, open,
               "the list of properties");
  return keys;
}

// ---- constraints

ast::CreateConstraint Parser::parse_create_constraint() {
  ast::CreateConstraint constraint;
  constraint.if_not_exists = accept_if_not_exists();
  const bool named = !at(Keyword::kOn) && !(at(Keyword::kFor) && at(TokenKind::kLeftParen, 1));
  if (named) constraint.name = parse_name("the name of the constraint, ON or FOR");
  if (accept_if_not_exists()) constraint.if_not_exists = true;
  if (!at_any({Keyword::kOn, Keyword::kFor})) {
    fail_expected("FOR (n:Label) REQUIRE n.property IS UNIQUE, or ON Label(property) ASSERT UNIQUE",
                  {Keyword::kOn, Keyword::kFor});
  }
  skip();
  if (at(TokenKind::kLeftParen)) {
    parse_constraint_condition(constraint);
  } else {
    parse_constraint_on(constraint);
  }
  return constraint;
}

/// `Label(a, b) ASSERT [IS] UNIQUE | NOT NULL | NODE KEY | TYPED type`
void Parser::parse_constraint_on(ast::CreateConstraint& constraint) {
  accept(TokenKind::kColon);
  constraint.label = parse_name("a label");
  constraint.keys = parse_key_list(nullptr);
  if (!accept(Keyword::kAssert)) expect(Keyword::kRequire, "the properties");
  accept(Keyword::kIs);
  if (accept_key_predicate(constraint)) return;
  const Position written = token().position;
  if (!accept(Keyword::kTyped) && !accept(TokenKind::kDoubleColon)) {
    fail_expected("UNIQUE, NOT NULL, NODE KEY or TYPED and a type",
                  {Keyword::kUnique, Keyword::kNot, Keyword::kNode, Keyword::kTyped});
  }
  if (constraint.keys.size() > 1) fail("a type is that of one property", written);
  constraint.type = parse_type();
}

bool Parser::at_key_predicate(std::size_t ahead) const {
  const auto at_end = [this](std::size_t place) {
    return at(TokenKind::kEnd, place) || at(TokenKind::kSemicolon, place);
  };
  if (at(Keyword::kNot, ahead)) return at(Keyword::kNull, ahead + 1) && at_end(ahead + 2);
  return at(Keyword::kUnique, ahead) ||
         (at_any({Keyword::kNode, Keyword::kRelationship, Keyword::kEdge}, ahead) &&
          at(Keyword::kKey, ahead + 1));
}

bool Parser::accept_key_predicate(ast::CreateConstraint& constraint) {
  if (!at_key_predicate(0)) return false;
  if (accept_words({Keyword::kNot, Keyword::kNull})) {
    constraint.not_null = true;
    return true;
  }
  constraint.unique = true;
  constraint.not_null = !at(Keyword::kUnique);
  skip(at(Keyword::kUnique) ? 1 : 2);
  return true;
}

/// `(n:Label) REQUIRE n.a IS UNIQUE`, or `(n.a, n.b) IS UNIQUE`; what is no matter of keys is a
/// condition, of which a test for null or for a type is a kind of its own.
void Parser::parse_constraint_condition(ast::CreateConstraint& constraint) {
  const ast::Name variable = parse_element_of_schema(constraint.label, constraint.on_edge);
  if (!accept(Keyword::kAssert)) expect(Keyword::kRequire, "the pattern");
  const std::size_t behind_first = at(TokenKind::kDot, 2) ? 4 : 2;
  const bool listed = at(TokenKind::kLeftParen) && (at(TokenKind::kComma, behind_first) ||
                                                    at(TokenKind::kRightParen, behind_first));
  const std::size_t behind = listed ? closing(next_) - next_ + 1 : 3;
  if (at(Keyword::kIs, behind) && at_key_predicate(behind + 1) &&
      (listed || at(TokenKind::kDot, 1))) {
    if (listed) {
      constraint.keys = parse_key_list(&variable);
    } else {
      constraint.keys.push_back(parse_property_of(variable));
    }
    skip();
    accept_key_predicate(constraint);
    return;
  }
  ast::ExpressionPtr condition = parse_condition();
  const auto property_of = [&](const ast::ExpressionPtr& operand) -> const ast::Name* {
    const auto* property = std::get_if<ast::PropertyAccess>(&operand->node);
    if (property == nullptr) return nullptr;
    const auto* base = std::get_if<ast::Variable>(&property->base->node);
    return base != nullptr && base->name == variable.text ? &property->key : nullptr;
  };
  if (std::holds_alternative<ast::PropertyAccess>(condition->node) && !at(TokenKind::kEnd) &&
      !at(TokenKind::kSemicolon)) {
    expect(Keyword::kIs, "the property");
  }
  if (const auto* test = std::get_if<ast::IsLabeled>(&condition->node);
      test && property_of(test->operand)) {
    fail("expected UNIQUE, NOT NULL, NODE KEY or TYPED and a type behind IS",
         test->labels->name.position);
  }
  const ast::Name* required = nullptr;
  if (const auto* test = std::get_if<ast::IsNull>(&condition->node); test && test->negated) {
    required = property_of(test->operand);
  } else if (const auto* call = std::get_if<ast::FunctionCall>(&condition->node);
             call && equals_ignoring_case(call->name, "EXISTS") && call->arguments.size() == 1) {
    required = property_of(call->arguments[0]);
  }
  if (required != nullptr) {
    constraint.keys.push_back(*required);
    constraint.not_null = true;
    return;
  }
  if (const auto* test = std::get_if<ast::IsTyped>(&condition->node); test && !test->negated) {
    if (const ast::Name* key = property_of(test->operand)) {
      constraint.keys.push_back(*key);
      constraint.type = test->type;
      return;
    }
  }
  constraint.variable = variable;
  constraint.condition = std::move(condition);
}

// ---- DROP, SHOW

ast::StatementNode Parser::parse_drop() {
  skip();
  if (at_graph_object(0)) return parse_drop_graph_object();
  const bool index = at(Keyword::kIndex);
  if (!index && !at(Keyword::kConstraint)) {
    fail_expected("INDEX, CONSTRAINT, SCHEMA, GRAPH, GRAPH TYPE, NODE TYPE or EDGE TYPE after DROP",
                  {Keyword::kIndex, Keyword::kConstraint, Keyword::kSchema, Keyword::kGraph,
                   Keyword::kNode, Keyword::kEdge});
  }
  skip();
  bool if_exists = accept_if_exists();
  ast::Name name = parse_name(index ? "the name of the index" : "the name of the constraint");
  if (accept_if_exists()) if_exists = true;
  if (index) return ast::DropIndex{std::move(name), if_exists};
  return ast::DropConstraint{std::move(name), if_exists};
}

/// What SHOW lists is the result of a procedure: it may be filtered, renamed and returned like any
/// other. `SHOW subject [YIELD columns] [WHERE condition] [further clauses]`
ast::StatementNode Parser::parse_show() {
  const std::size_t start = next_;
  skip();
  ast::CallProcedure call;
  call.name = {std::string(parse_show_subject()), tokens_[start].position};
  if (accept(Keyword::kYield)) {
    parse_yield(call);
  } else {
    call.has_yield = true;
    call.yield_star = true;
    if (accept(Keyword::kWhere)) call.condition = parse_condition();
  }
  call.position = span(start);
  ast::Query query;
  ast::CompositeQuery& part = query.parts.emplace_back();
  part.first.clauses.emplace_back(std::move(call));
  if (at_clause()) parse_clauses(part.first.clauses);
  part.position = query.position = span(start);
  return query;
}

/// The procedure that lists what stands behind SHOW.
std::string_view Parser::parse_show_subject() {
  static constexpr struct {
    Keyword first, second;
    std::string_view procedure;
  } kSubjects[] = {
      {Keyword::kIndex, Keyword::kNotAKeyword, "db.indexes"},
      {Keyword::kIndexes, Keyword::kNotAKeyword, "db.indexes"},
      {Keyword::kConstraint, Keyword::kNotAKeyword, "db.constraints"},
      {Keyword::kConstraints, Keyword::kNotAKeyword, "db.constraints"},
      {Keyword::kLabels, Keyword::kNotAKeyword, "db.labels"},
      {Keyword::kNode, Keyword::kLabels, "db.labels"},
      {Keyword::kEdge, Keyword::kLabels, "db.edgeLabels"},
      {Keyword::kEdge, Keyword::kTypes, "db.edgeLabels"},
      {Keyword::kRelationship, Keyword::kTypes, "db.edgeLabels"},
      {Keyword::kProperty, Keyword::kKeys, "db.propertyKeys"},
      {Keyword::kGraphs, Keyword::kNotAKeyword, "db.graphs"},
      {Keyword::kSchemas, Keyword::kNotAKeyword, "db.schemas"},
      {Keyword::kGraph, Keyword::kTypes, "db.graphTypes"},
      {Keyword::kElement, Keyword::kTypes, "db.elementTypes"},
      {Keyword::kNode, Keyword::kTypes, "db.elementTypes"},
      {Keyword::kFunction, Keyword::kNotAKeyword, "dbms.functions"},
      {Keyword::kFunctions, Keyword::kNotAKeyword, "dbms.functions"},
      {Keyword::kProcedure, Keyword::kNotAKeyword, "dbms.procedures"},
      {Keyword::kProcedures, Keyword::kNotAKeyword, "dbms.procedures"},
      {Keyword::kTransaction, Keyword::kNotAKeyword, "system.transactions"},
      {Keyword::kTransactions, Keyword::kNotAKeyword, "system.transactions"},
      {Keyword::kSetting, Keyword::kNotAKeyword, "system.settings"},
      {Keyword::kSettings, Keyword::kNotAKeyword, "system.settings"},
  };
  if (accept_word("FEATURES")) return "dbms.features";
  if (accept_word("USERS") || accept_word("USER")) return "system.users";
  if (accept_word("ROLES") || accept_word("ROLE")) return "system.roles";
  if (accept_word("PRIVILEGES") || accept_word("GRANTS")) return "system.privileges";
  if (accept_word("POLICIES") || accept_word("POLICY")) return "system.policies";
  if (at_word("CURRENT") && at_word("USER", 1)) {
    skip(2);
    return "system.current_user";
  }
  for (const auto& subject : kSubjects) {
    const bool two = subject.second != Keyword::kNotAKeyword;
    if (!at(subject.first) || (two && !at(subject.second, 1))) continue;
    skip(two ? 2 : 1);
    return subject.procedure;
  }
  fail_expected(
      "INDEXES, CONSTRAINTS, LABELS, EDGE LABELS, PROPERTY KEYS, GRAPHS, SCHEMAS, GRAPH TYPES, "
      "ELEMENT TYPES, FUNCTIONS, PROCEDURES, FEATURES, TRANSACTIONS, SETTINGS, USERS, ROLES, "
      "PRIVILEGES, POLICIES or CURRENT USER after SHOW",
      {Keyword::kIndexes, Keyword::kConstraints, Keyword::kLabels, Keyword::kGraphs,
       Keyword::kFunctions, Keyword::kProcedures, Keyword::kTransactions, Keyword::kSettings,
       Keyword::kEdge, Keyword::kProperty});
}

}  // namespace geode::gql
