#include <utility>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {

ast::InsertClause Parser::parse_insert() {
  const std::size_t start = next_;
  ast::InsertClause insert;
  insert.cypher = at(Keyword::kCreate);
  skip();
  do {
    insert.paths.push_back(parse_path_pattern());
  } while (accept(TokenKind::kComma));
  insert.position = span(start);
  return insert;
}

ast::MergeClause Parser::parse_merge() {
  const std::size_t start = next_;
  skip();
  ast::MergeClause merge;
  merge.path = parse_path_pattern();
  while (accept(Keyword::kOn)) {
    if (!at_any({Keyword::kCreate, Keyword::kMatch})) {
      fail_expected("CREATE or MATCH after ON", {Keyword::kCreate, Keyword::kMatch});
    }
    auto& items = at(Keyword::kCreate) ? merge.on_create : merge.on_match;
    skip();
    expect(Keyword::kSet, "ON CREATE or ON MATCH");
    for (ast::SetItem& item : parse_set_items()) items.push_back(std::move(item));
  }
  merge.position = span(start);
  return merge;
}

// ---- SET, REMOVE

ast::SetClause Parser::parse_set() {
  const std::size_t start = next_;
  skip();
  ast::SetClause set;
  set.items = parse_set_items();
  set.position = span(start);
  return set;
}

std::vector<ast::SetItem> Parser::parse_set_items() {
  std::vector<ast::SetItem> items;
  do {
    items.push_back(parse_set_item());
  } while (accept(TokenKind::kComma));
  return items;
}

ast::SetItem Parser::parse_set_item() {
  using Kind = ast::SetItem::Kind;
  const std::size_t start = next_;
  ast::SetItem item{};
  item.target = parse_postfix(false);
  if (accept(TokenKind::kColon) || accept(Keyword::kIs)) {
    item.kind = Kind::kLabels;
    item.labels = parse_label_list();
  } else if (accept(TokenKind::kPlusEqual)) {
    item.kind = Kind::kAddProperties;
    item.value = parse_expression();
  } else if (accept(TokenKind::kEqual)) {
    item.kind = Kind::kAllProperties;
    if (auto* property = std::get_if<ast::PropertyAccess>(&item.target->node)) {
      item.kind = Kind::kProperty;
      item.key = std::move(property->key);
      ast::ExpressionPtr base = std::move(property->base);
      item.target = std::move(base);
    } else if (auto* index = std::get_if<ast::Index>(&item.target->node)) {
      item.kind = Kind::kProperty;
      item.key_expression = std::move(index->index);
      ast::ExpressionPtr base = std::move(index->base);
      item.target = std::move(base);
    }
    item.value = parse_expression();
  } else {
    fail_expected("`=`, `+=` or `:Label` after what is to be set");
  }
  item.position = span(start);
  return item;
}

std::vector<ast::WrittenLabel> Parser::parse_label_list() {
  std::vector<ast::WrittenLabel> labels;
  do {
    ast::WrittenLabel& label = labels.emplace_back();
    label.dynamic = parse_dynamic_name(nullptr);
    if (!label.dynamic) label.name = parse_name("a label");
  } while (accept(TokenKind::kColon) || accept(TokenKind::kAmpersand));
  return labels;
}

ast::RemoveClause Parser::parse_remove() {
  const std::size_t start = next_;
  skip();
  ast::RemoveClause remove;
  do {
    const std::size_t begin = next_;
    ast::RemoveItem item;
    item.target = parse_postfix(false);
    if (accept(TokenKind::kColon) || accept(Keyword::kIs)) {
      item.labels = parse_label_list();
    } else if (auto* property = std::get_if<ast::PropertyAccess>(&item.target->node)) {
      item.key = std::move(property->key);
      ast::ExpressionPtr base = std::move(property->base);
      item.target = std::move(base);
    } else if (auto* index = std::get_if<ast::Index>(&item.target->node)) {
      item.key_expression = std::move(index->index);
      ast::ExpressionPtr base = std::move(index->base);
      item.target = std::move(base);
    } else {
      fail_expected("`.property` or `:Label` after what is to lose it");
    }
    item.position = span(begin);
    remove.items.push_back(std::move(item));
  } while (accept(TokenKind::kComma));
  remove.position = span(start);
  return remove;
}

// ---- DELETE, FOREACH

ast::DeleteClause Parser::parse_delete() {
  const std::size_t start = next_;
  ast::DeleteClause clause;
  clause.detach = at(Keyword::kDetach);
  if (!at(Keyword::kDelete)) skip();
  expect(Keyword::kDelete, clause.detach ? "DETACH" : "NODETACH");
  do {
    clause.targets.push_back(parse_expression());
  } while (accept(TokenKind::kComma));
  clause.position = span(start);
  return clause;
}

std::unique_ptr<ast::ForeachClause> Parser::parse_foreach() {
  Nesting nesting(*this);
  const std::size_t start = next_;
  skip();
  const std::size_t open = next_;
  expect(TokenKind::kLeftParen, "`(` after FOREACH");
  auto clause = std::make_unique<ast::ForeachClause>();
  clause->variable = parse_name("a variable");
  expect(Keyword::kIn, "the variable of FOREACH");
  {
    Setting pipe(pipe_ends_, true);
    clause->list = parse_expression();
  }
  expect(TokenKind::kPipe, "`|` and updates after the list");
  while (
      at_any({Keyword::kCreate, Keyword::kInsert, Keyword::kMerge, Keyword::kSet, Keyword::kRemove,
              Keyword::kDelete, Keyword::kDetach, Keyword::kNodetach, Keyword::kForeach})) {
    parse_clause(clause->body);
  }
  if (clause->body.empty()) {
    fail_expected("an update such as SET or CREATE",
                  {Keyword::kCreate, Keyword::kInsert, Keyword::kMerge, Keyword::kSet,
                   Keyword::kRemove, Keyword::kDelete, Keyword::kDetach, Keyword::kForeach});
  }
  expect_close(TokenKind::kRightParen, open, "FOREACH");
  clause->position = span(start);
  return clause;
}

}  // namespace geode::gql
