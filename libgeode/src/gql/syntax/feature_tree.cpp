#include "gql/syntax/feature_finder.hpp"
#include "gql/syntax/feature_list.hpp"

namespace geode::gql {
namespace {

std::size_t matches(const ast::LinearQuery& query) {
  std::size_t count = 0;
  for (const ast::Clause& clause : query.clauses)
    count += std::holds_alternative<ast::MatchClause>(clause) ? 1 : 0;
  return count;
}

}  // namespace

void FeatureFinder::read_tree(const ast::Statement& statement) {
  std::visit([&](const auto& node) { read(node); }, statement.node);
}

// ---- transactions and sessions

void FeatureFinder::read(const ast::StartTransaction& start) {
  add(feature_index("GT01"));
  add_if(start.read_only.has_value(), feature_index("GT02"));
}

void FeatureFinder::read(const ast::SetTransaction&) { add(feature_index("GT02")); }

void FeatureFinder::read(const ast::Commit&) { add(feature_index("GT01")); }

void FeatureFinder::read(const ast::Rollback&) { add(feature_index("GT01")); }

void FeatureFinder::read(const ast::SessionSet& set) {
  using Kind = ast::SessionSet::Kind;
  if (set.type) read_type(set.type->position);
  // The value of an expression is a query that the parser made of it.
  bool subquery = false;
  if (set.value) {
    const std::string_view before = text_.substr(0, set.value->position.offset);
    const std::size_t last = before.find_last_not_of(" \t\r\n");
    subquery = last != std::string_view::npos && before[last] == '{';
  }
  if (set.value) read(*set.value);
  switch (set.kind) {
    case Kind::kSchema:
    case Kind::kGraph:
      return;
    case Kind::kOption:
      return;
    case Kind::kTimeZone:
      return add(feature_index("GS15"));
    case Kind::kValue:
      add(feature_index("GS03"));
      return add(subquery || found_.test(feature_index("GQ18")) ? feature_index("GS11")
                                                                : feature_index("GS14"));
    case Kind::kTable:
      add(feature_index("GS02"));
      return add(subquery ? feature_index("GS10") : feature_index("GS13"));
    case Kind::kGraphParameter:
      add(feature_index("GS01"));
      return add(feature_index("GS12"));
  }
}

void FeatureFinder::read(const ast::SessionReset& reset) {
  using Kind = ast::SessionReset::Kind;
  switch (reset.kind) {
    case Kind::kAll:
      return add(feature_index("GS04"));
    case Kind::kSchema:
      return add(feature_index("GS05"));
    case Kind::kGraph:
      return add(feature_index("GS06"));
    case Kind::kTimeZone:
      return add(feature_index("GS07"));
    case Kind::kParameters:
      return add(feature_index("GS08"));
    case Kind::kParameter:
      return add(feature_index("GS16"));
  }
}

void FeatureFinder::read(const ast::CreateConstraint& create) {
  if (create.type) read_type(create.type->position);
  read(create.condition);
}

// ---- queries

void FeatureFinder::read(const ast::Query& query) {
  add_if(query.at.has_value(), feature_index("GP16"));
  add_if(query.definitions.size() > 1, feature_index("GP17"));
  for (const ast::Definition& definition : query.definitions) read(definition);
  add_if(query.parts.size() > 1, feature_index("GQ20"));
  const auto read_linear = [&](const ast::LinearQuery& linear) {
    for (const ast::Clause& clause : linear.clauses) read_clause(clause);
  };
  for (const ast::CompositeQuery& part : query.parts) {
    read_linear(part.first);
    for (const auto& [op, linear] : part.rest) {
      switch (op) {
        case ast::SetOperator::kUnion:
        case ast::SetOperator::kUnionAll:
          add(feature_index("GQ03"));
          break;
        case ast::SetOperator::kExcept:
          add(feature_index("GQ04"));
          break;
        case ast::SetOperator::kExceptAll:
          add(feature_index("GQ05"));
          break;
        case ast::SetOperator::kIntersect:
          add(feature_index("GQ06"));
          break;
        case ast::SetOperator::kIntersectAll:
          add(feature_index("GQ07"));
          break;
        case ast::SetOperator::kOtherwise:
          add(feature_index("GQ02"));
          break;
      }
      read_linear(linear);
    }
  }
}

void FeatureFinder::read_clause(const ast::Clause& clause) {
  std::visit([&](const auto& of_its_kind) { read(of_its_kind); }, clause);
}

void FeatureFinder::read(const ast::MatchClause& match) {
  add_if(match.block.size() > 1, feature_index("GQ21"));
  read(match.pattern);
  for (const ast::MatchClause& inner : match.block) read(inner);
}

// The WHERE of SELECT, and a WHERE behind another clause, is a filter for the parser.
void FeatureFinder::read(const ast::FilterClause& filter) {
  add_if(begins_with(filter.position, "FILTER"), feature_index("GQ08"));
  read(filter.condition);
}

void FeatureFinder::read(const ast::LetClause& let) {
  add(feature_index("GQ09"));
  read(let.bindings);
}

void FeatureFinder::read(const std::vector<ast::ValueBinding>& bindings) {
  for (const ast::ValueBinding& binding : bindings) {
    if (binding.type) read_type(binding.type->position);
    read(binding.value);
  }
}

void FeatureFinder::read(const ast::Definition& definition) {
  using Kind = ast::Definition::Kind;
  const bool subquery = std::holds_alternative<ast::Subquery>(definition.value->node);
  switch (definition.kind) {
    case Kind::kValue:
      add(feature_index("GP05"));
      add(subquery ? feature_index("GP07") : feature_index("GP06"));
      break;
    case Kind::kTable:
      add(feature_index("GP08"));
      add(subquery ? feature_index("GP10") : feature_index("GP09"));
      add_if(std::holds_alternative<ast::Parameter>(definition.value->node), feature_index("GE05"));
      break;
    case Kind::kGraph:
      add(feature_index("GP11"));
      add(subquery ? feature_index("GP13") : feature_index("GP12"));
      break;
  }
  if (definition.type) read_type(definition.type->position);
  read(definition.value);
}

void FeatureFinder::read(const ast::ForClause& clause) {
  if (begins_with(clause.position, "FOR")) {
    const auto* subquery = std::get_if<ast::Subquery>(&clause.list->node);
    const bool table = subquery && subquery->kind == ast::SubqueryKind::kTable;
    add(table ? feature_index("GQ23") : feature_index("GQ10"));
    add_if(clause.counter && clause.counter_from_one, feature_index("GQ11"));
    add_if(clause.counter && !clause.counter_from_one, feature_index("GQ24"));
  }
  read(clause.list);
}

void FeatureFinder::read(const ast::PageClause& clause) { read_page(clause.page); }

void FeatureFinder::read(const ast::CallSubquery& call) {
  // `{ .. }` as a whole query, and as a source of SELECT, is no call.
  if (begins_with(call.position, "CALL") || begins_with(call.position, "OPTIONAL")) {
    add(feature_index("GP01"));
    add(call.scope ? feature_index("GP03") : feature_index("GP02"));
  }
  read(*call.query);
}

void FeatureFinder::read(const ast::CallProcedure& call) {
  add_if(begins_with(call.position, "CALL") || begins_with(call.position, "OPTIONAL"),
         feature_index("GP04"));
  read(call.arguments);
  read(call.condition);
}

void FeatureFinder::read(const ast::UseClause& use) {
  add(feature_index("GQ01"));
  read_reference(use.graph);
}

// ---- data modification

void FeatureFinder::read(const ast::InsertClause& insert) {
  add(feature_index("GD01"));
  for (const ast::PathPattern& path : insert.paths) read_path(path, true);
}

void FeatureFinder::read(const ast::SetItem& item) {
  add_if(item.kind == ast::SetItem::Kind::kLabels, feature_index("GD02"));
  read(item.target);
  read(item.key_expression);
  for (const ast::WrittenLabel& label : item.labels) read(label.dynamic);
  read(item.value);
}

void FeatureFinder::read(const ast::SetClause& set) {
  add(feature_index("GD01"));
  for (const ast::SetItem& item : set.items) read(item);
}

void FeatureFinder::read(const ast::RemoveClause& remove) {
  add(feature_index("GD01"));
  for (const ast::RemoveItem& item : remove.items) {
    add_if(!item.key && !item.key_expression, feature_index("GD02"));
    read(item.target);
    read(item.key_expression);
    for (const ast::WrittenLabel& label : item.labels) read(label.dynamic);
  }
}

void FeatureFinder::read(const ast::DeleteClause& clause) {
  add(feature_index("GD01"));
  for (const ast::ExpressionPtr& target : clause.targets) {
    add_if(std::holds_alternative<ast::Subquery>(target->node), feature_index("GD03"));
    add_if(!std::holds_alternative<ast::Variable>(target->node), feature_index("GD04"));
    read(target);
  }
}

void FeatureFinder::read(const ast::MergeClause& merge) {
  add(feature_index("GD01"));
  read_path(merge.path, true);
  for (const ast::SetItem& item : merge.on_create) read(item);
  for (const ast::SetItem& item : merge.on_match) read(item);
}

void FeatureFinder::read(const std::unique_ptr<ast::ForeachClause>& clause) {
  read(clause->list);
  for (const ast::Clause& inner : clause->body) read_clause(inner);
}

// ---- projections

void FeatureFinder::read(const ast::Projection& projection) {
  for (const ast::ProjectionItem& item : projection.items) read(item.expression);
  if (projection.group_by) {
    add(feature_index("GQ15"));
    read(*projection.group_by);
  }
  read(projection.having);
  read_page(projection.page);
  read_discarded_sort_keys(projection);
  read(projection.condition);
}

void FeatureFinder::read_page(const ast::OrderAndPage& page) {
  for (const ast::SortItem& item : page.order_by) {
    add_if(item.nulls != ast::SortItem::Nulls::kDefault, feature_index("GA03"));
    add_if(!std::holds_alternative<ast::Variable>(item.expression->node), feature_index("GQ14"));
    in_sort_key_ = true;
    read(item.expression);
    in_sort_key_ = false;
  }
  add_if(page.offset != nullptr, feature_index("GQ12"));
  add_if(page.limit != nullptr, feature_index("GQ13"));
  read(page.offset);
  read(page.limit);
}

/// Sort keys that read what the projection gives another name, or does not keep.
void FeatureFinder::read_discarded_sort_keys(const ast::Projection& projection) {
  if (projection.star || projection.page.order_by.empty()) return;
  std::set<std::string> columns, renamed;
  for (const ast::ProjectionItem& item : projection.items) {
    const auto* variable = std::get_if<ast::Variable>(&item.expression->node);
    if (item.alias) {
      columns.insert(item.alias->text);
      if (variable != nullptr) renamed.insert(variable->name);
    } else if (variable != nullptr) {
      columns.insert(variable->name);
    }
  }
  for (const ast::SortItem& item : projection.page.order_by) {
    for (const std::string& name : record(item.expression).used) {
      if (columns.contains(name)) continue;
      add(renamed.contains(name) ? feature_index("GQ16") : feature_index("GA07"));
    }
  }
}

// ---- subqueries

void FeatureFinder::read(const ast::Subquery& subquery) {
  add_if(subquery.kind == ast::SubqueryKind::kValue, feature_index("GQ18"));
  add_if(subquery.kind == ast::SubqueryKind::kTable, feature_index("GE02"));
  const ast::Query& query = *subquery.query;
  add_if(subquery.kind == ast::SubqueryKind::kExists && query.parts.size() == 1 &&
             matches(query.parts[0].first) > 1,
         feature_index("GQ22"));
  read(query);
}

}  // namespace geode::gql
