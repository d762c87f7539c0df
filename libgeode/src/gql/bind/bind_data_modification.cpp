#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/statement_binder.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using value::Type;

namespace {

const Type kElement = Type::of(ValueType::kNode, ValueType::kEdge);

/// What DELETE takes: elements, paths, and lists of these.
bool can_be_deleted(const Type& type) {
  const Type single =
      Type::of_kinds(kElement.kinds | Type::bit(ValueType::kPath) | Type::bit(ValueType::kList));
  if (!fits(type, single)) return false;
  return !type.only(ValueType::kList) || can_be_deleted(type.element_type());
}

std::vector<std::string> label_names(const std::vector<ast::WrittenLabel>& labels) {
  std::vector<std::string> result;
  for (const ast::WrittenLabel& label : labels) {
    if (!label.dynamic) result.push_back(label.name.text);
  }
  return result;
}

}  // namespace

bound::ExpressionPtr StatementBinder::bind_update_target(const ast::Expression& target,
                                                         const Scope& scope, std::string_view word,
                                                         bool nodes_only) {
  ExpressionPtr result = bind_expression(target, Place(scope));
  if (!fits(result->type, nodes_only ? Type::of(ValueType::kNode) : kElement)) {
    throw argument_type_error(std::string(word) + " needs " +
                                  (nodes_only ? "a node" : "a node or an edge") + ", but this is " +
                                  result->type.without_null().name(),
                              target.position);
  }
  return result;
}

/// The name of a property in brackets: n[key].
bound::ExpressionPtr StatementBinder::bind_key(const ast::Expression& key, const Scope& scope) {
  ExpressionPtr result = bind_expression(key, Place(scope));
  if (!fits(result->type, ValueType::kString)) {
    throw argument_type_error(
        "the name of a property is a text, not " + result->type.without_null().name(),
        key.position);
  }
  return result;
}

std::vector<bound::ExpressionPtr> StatementBinder::bind_computed_labels(
    const std::vector<ast::WrittenLabel>& labels, const Scope& scope) {
  std::vector<ExpressionPtr> result;
  for (const ast::WrittenLabel& label : labels) {
    if (label.dynamic) result.push_back(bind_label_names(*label.dynamic, scope));
  }
  return result;
}

std::vector<bound::SetItem> StatementBinder::bind_set_items(const std::vector<ast::SetItem>& items,
                                                            const Scope& scope) {
  std::vector<bound::SetItem> result;
  for (const ast::SetItem& item : items) {
    const bool labels = item.kind == ast::SetItem::Kind::kLabels;
    bound::SetItem set;
    set.kind = item.kind;
    set.target = bind_update_target(*item.target, scope, labels ? "SET of labels" : "SET", labels);
    switch (item.kind) {
      case ast::SetItem::Kind::kProperty:
        set.name = item.key.text;
        if (item.key_expression) set.dynamic_name = bind_key(*item.key_expression, scope);
        set.value = bind_expression(*item.value, Place(scope));
        break;
      case ast::SetItem::Kind::kAllProperties:
      case ast::SetItem::Kind::kAddProperties: {
        set.value = bind_expression(*item.value, Place(scope));
        const Type maps = Type::of_kinds(kElement.kinds | Type::bit(ValueType::kRecord));
        if (!fits(set.value->type, maps)) {
          throw argument_type_error("properties come from a record, a node or an edge, not from " +
                                        set.value->type.without_null().name(),
                                    item.value->position);
        }
        break;
      }
      case ast::SetItem::Kind::kLabels:
        set.labels = label_names(item.labels);
        set.dynamic_labels = bind_computed_labels(item.labels, scope);
        break;
    }
    result.push_back(std::move(set));
  }
  return result;
}

void StatementBinder::bind_set(const ast::SetClause& clause, const Scope& scope, Clauses& out) {
  note_modification();
  push_changes(bound::Set{bind_set_items(clause.items, scope)}, clause.position, out);
}

/// An update, with what is asked of its targets before and after it.
template <class Update>
void StatementBinder::push_changes(Update update, Position position, Clauses& out) {
  bound::Check check;
  if (context_.access) {
    std::vector<const bound::Expression*> targets;
    for (const auto& item : update.items) targets.push_back(item.target.get());
    keep_changeable(targets, catalog::PolicyCommand::kUpdate, catalog::Privilege::kUpdate, position,
                    out);
    for (const bound::Expression* target : targets) {
      add_check(*target, catalog::PolicyCommand::kUpdate, catalog::Privilege::kUpdate,
                check.conditions);
    }
  }
  out.push_back({std::move(update), position});
  if (!check.conditions.empty()) out.push_back({std::move(check), position});
}

/// The same of items whose rows cannot be left out: those that may not be changed are errors.
void StatementBinder::check_changes(const std::vector<bound::SetItem>& items,
                                    std::vector<ExpressionPtr>& before,
                                    std::vector<ExpressionPtr>& after) {
  for (const bound::SetItem& item : items) {
    if (ExpressionPtr granted = within_extent(*item.target, catalog::Privilege::kUpdate)) {
      before.push_back(std::move(granted));
    }
    if (ExpressionPtr passes =
            passes_policies(*item.target, catalog::PolicyCommand::kUpdate, false, nullptr)) {
      before.push_back(std::move(passes));
    }
    add_check(*item.target, catalog::PolicyCommand::kUpdate, catalog::Privilege::kUpdate, after);
  }
}

void StatementBinder::bind_remove(const ast::RemoveClause& clause, const Scope& scope,
                                  Clauses& out) {
  note_modification();
  bound::Remove remove;
  for (const ast::RemoveItem& item : clause.items) {
    bound::RemoveItem bound;
    const bool property = item.key || item.key_expression;
    bound.target = bind_update_target(*item.target, scope, property ? "REMOVE" : "REMOVE of labels",
                                      !property);
    if (item.key_expression) {
      bound.dynamic_property = bind_key(*item.key_expression, scope);
    } else if (item.key) {
      bound.property = item.key->text;
    } else {
      bound.labels = label_names(item.labels);
      bound.dynamic_labels = bind_computed_labels(item.labels, scope);
    }
    remove.items.push_back(std::move(bound));
  }
  push_changes(std::move(remove), clause.position, out);
}

void StatementBinder::bind_delete(const ast::DeleteClause& clause, const Scope& scope,
                                  Clauses& out) {
  note_modification();
  bound::Delete result;
  result.detach = clause.detach;
  for (const ast::ExpressionPtr& target : clause.targets) {
    if (std::holds_alternative<ast::IsLabeled>(target->node)) {
      throw syntax_error("InvalidDelete", "DELETE takes elements, not labels", target->position,
                         "REMOVE n:Label takes a label away");
    }
    ExpressionPtr expression = bind_expression(*target, Place(scope));
    if (!can_be_deleted(expression->type)) {
      throw argument_type_error(
          "DELETE takes nodes, edges and paths, not " + expression->type.without_null().name(),
          target->position);
    }
    result.targets.push_back(std::move(expression));
  }
  std::vector<const bound::Expression*> targets;
  for (const ExpressionPtr& target : result.targets) targets.push_back(target.get());
  keep_changeable(targets, catalog::PolicyCommand::kDelete, catalog::Privilege::kDelete,
                  clause.position, out);
  if (context_.access && !context_.access->sees_everything(context_.graph)) {
    for (const bound::Expression* target : targets) {
      if (target->type.may_be(ValueType::kNode)) result.seen_edges.push_back(seen_edges(*target));
    }
  }
  out.push_back({std::move(result), clause.position});
}

void StatementBinder::bind_foreach(const ast::ForeachClause& clause, const Scope& scope,
                                   Clauses& out) {
  bound::Foreach loop;
  loop.list = bind_list(*clause.list, Place(scope), "FOREACH");
  loop.variable = new_variable(clause.variable.text, loop.list->type.element_type());
  // What the body binds is gone after it.
  Scope inner(&scope);
  inner.declare(clause.variable.text, {loop.variable, false, nullptr});
  bound::LinearQuery body;
  for (const ast::Clause& step : clause.body) bind_clause(step, inner, body);
  loop.body = std::move(body.clauses);
  out.push_back({std::move(loop), clause.position});
}

}  // namespace geode::gql
