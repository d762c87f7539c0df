#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/statement_binder.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using bound::ExpressionKind;
using value::Type;

/// One RETURN or WITH while it is bound.
struct StatementBinder::Projection {
  struct Item {
    std::string name;
    VariableId variable = bound::kNoVariable;
    /// Over the projection's input; aggregates are still in place.
    ExpressionPtr source;
    Position position;
    bool needs_alias = false;
  };

  bound::Project project;
  std::vector<Item> items;
  bool with = false;
  bool explicit_groups = false;
  Position position;

  bool aggregating() const { return project.aggregating; }
  bool is_item(VariableId variable) const {
    return std::any_of(items.begin(), items.end(),
                       [&](const Item& item) { return item.variable == variable; });
  }
  /// Adds a column that is there for sort keys and conditions, but has no name.
  void add_hidden(VariableId variable, const Type& type) {
    for (const auto& [known, expression] : project.items) {
      if (known == variable) return;
    }
    project.items.emplace_back(variable, bound::make_variable(variable, type));
  }
};

namespace {

using VariableId = bound::VariableId;
using bound::ExpressionPtr;

/// A key that may be part of an aggregating expression without GROUP BY: `n` or `n.name`, but not
/// `n.a + n.b`.
bool is_simple(const bound::Expression& expression) {
  return expression.kind == ExpressionKind::kVariable ||
         (expression.kind == ExpressionKind::kProperty && is_simple(*expression.children[0]));
}

bool binds_variable(const bound::Expression& expression) {
  return expression.kind == ExpressionKind::kListComprehension ||
         expression.kind == ExpressionKind::kQuantifier ||
         expression.kind == ExpressionKind::kReduce;
}

/// Replaces parts of an expression, from the outside inwards, and checks what variables are left.
class Rewriter {
 public:
  /// Gives the replacement of a part, or null to go on with its children.
  using Replace = std::function<ExpressionPtr(const bound::Expression& part, bool whole)>;
  /// Called for each variable that was not replaced and is not bound within the expression.
  using Check = std::function<void(VariableId variable, Position position)>;

  Rewriter(Replace replace, Check check) : replace_(std::move(replace)), check_(std::move(check)) {}

  void rewrite(ExpressionPtr& expression) { rewrite(expression, true); }

 private:
  void rewrite(ExpressionPtr& expression, bool whole) {
    if (ExpressionPtr replacement = replace_(*expression, whole)) {
      replacement->position = expression->position;
      expression = std::move(replacement);
      return;
    }
    if (expression->kind == ExpressionKind::kVariable) check(*expression, expression->variable);
    if (expression->subquery) {
      bound::for_each_free_variable(*expression,
                                    [&](VariableId variable) { check(*expression, variable); });
    }
    const std::size_t before = inner_.size();
    if (binds_variable(*expression)) {
      inner_.push_back(expression->variable);
      if (expression->accumulator != bound::kNoVariable) inner_.push_back(expression->accumulator);
    }
    for (ExpressionPtr& child : expression->children) {
      if (child) rewrite(child, false);
    }
    inner_.resize(before);
  }

  void check(const bound::Expression& expression, VariableId variable) {
    if (std::find(inner_.begin(), inner_.end(), variable) == inner_.end()) {
      check_(variable, expression.position);
    }
  }

  Replace replace_;
  Check check_;
  std::vector<VariableId> inner_;
};

Error ambiguous(Position position) {
  return syntax_error("AmbiguousAggregationExpression",
                      "next to an aggregate, only grouping keys can be used", position,
                      "make it a column of its own in a WITH before, or aggregate it");
}

Error out_of_scope(const std::string& name, Position position) {
  return Error(status::kInvalidReference,
               "variable " + quoted(name) + " is not defined after this projection", position)
      .category("SyntaxError", "UndefinedVariable")
      .hint("project it, or sort by one of the projected columns")
      .phase(Phase::kCompile);
}

}  // namespace

void StatementBinder::bind_items(const ast::Projection& projection, bool with, const Scope& scope,
                                 Projection& out) {
  if (projection.star) {
    if (!with && scope.names().empty()) {
      throw syntax_error("NoVariablesInScope", "RETURN * has no variables to return",
                         projection.position, "name the nodes or edges you want to return");
    }
    for (const auto& [name, binding] : scope.names()) {
      Projection::Item item;
      item.name = name;
      item.source = use_binding(binding, projection.position);
      item.variable = binding.substitute ? new_variable(name, item.source->type) : binding.variable;
      item.position = projection.position;
      out.items.push_back(std::move(item));
    }
  }
  for (const ast::ProjectionItem& ast_item : projection.items) {
    Place place(scope);
    place.aggregates = true;
    Projection::Item item;
    item.position = ast_item.expression->position;
    item.source = bind_expression(*ast_item.expression, place);
    const auto* variable = std::get_if<ast::Variable>(&ast_item.expression->node);
    item.name = ast_item.alias ? ast_item.alias->text : variable ? variable->name : ast_item.text;
    item.needs_alias = with && !ast_item.alias && !variable;
    // A variable that keeps its name stays the same variable.
    const bool same =
        variable && item.name == variable->name && item.source->kind == ExpressionKind::kVariable;
    item.variable = same ? item.source->variable : new_variable(item.name, item.source->type);
    note_graph(item.variable, *item.source);
    if (!ast_item.alias && !variable) unnamed_columns_.push_back(item.variable);
    out.items.push_back(std::move(item));
  }
  std::unordered_set<std::string_view> names;
  for (const Projection::Item& item : out.items) {
    if (!names.insert(item.name).second) {
      throw syntax_error("ColumnNameConflict", "two columns are named " + quoted(item.name),
                         item.position, "rename one of them with AS");
    }
  }
}

void StatementBinder::bind_groups(const ast::Projection& projection, const Scope& scope,
                                  Projection& out) {
  bound::Project& project = out.project;
  const auto add_key = [&](ExpressionPtr key, VariableId variable) {
    for (const auto& [known, expression] : project.groups) {
      if (bound::equal(*expression, *key)) return;
    }
    // A key that is a variable keeps its id, so that subqueries over it go on working after
    // grouping.
    if (key->kind == ExpressionKind::kVariable) variable = key->variable;
    if (variable == bound::kNoVariable) variable = new_variable("", key->type);
    project.groups.emplace_back(variable, std::move(key));
  };
  if (projection.group_by) {
    out.explicit_groups = true;
    for (const ast::ExpressionPtr& expression : *projection.group_by) {
      const auto* variable = std::get_if<ast::Variable>(&expression->node);
      const Projection::Item* alias = nullptr;
      if (variable && !scope.find(variable->name)) {
        for (const Projection::Item& item : out.items) {
          if (item.name == variable->name && !bound::contains_aggregate(*item.source))
            alias = &item;
        }
      }
      if (alias) {
        add_key(bound::clone(*alias->source), alias->variable);
      } else {
        add_key(bind_expression(*expression, Place(scope)), bound::kNoVariable);
      }
    }
  } else {
    for (const Projection::Item& item : out.items) {
      if (!bound::contains_aggregate(*item.source)) {
        add_key(bound::clone(*item.source), item.variable);
      }
    }
  }

  for (const Projection::Item& item : out.items) {
    ExpressionPtr expression = bound::clone(*item.source);
    const bool any_key = out.explicit_groups || !bound::contains_aggregate(*expression);
    const auto replace = [&](const bound::Expression& part, bool whole) -> ExpressionPtr {
      for (const auto& [variable, key] : project.groups) {
        if ((whole || any_key || is_simple(*key)) && bound::equal(part, *key)) {
          return bound::make_variable(variable, key->type);
        }
      }
      if (part.kind != ExpressionKind::kAggregate) return nullptr;
      for (const auto& [variable, aggregate] : project.aggregates) {
        if (bound::equal(part, *aggregate)) return bound::make_variable(variable, aggregate->type);
      }
      const VariableId variable = new_variable("", part.type);
      project.aggregates.emplace_back(variable, bound::clone(part));
      return bound::make_variable(variable, part.type);
    };
    const auto check = [&](VariableId variable, Position position) {
      if (is_outer(variable)) return;
      for (const auto& [key, expression] : project.groups) {
        if (key == variable) return;
      }
      throw ambiguous(position);
    };
    Rewriter(replace, check).rewrite(expression);
    project.items.emplace_back(item.variable, std::move(expression));
  }
}

void StatementBinder::bind_result_order(const ast::Projection& projection, const Scope& scope,
                                        Projection& out) {
  bound::Project& project = out.project;
  // Sort keys see the columns, and behind them what the projection was made from.
  Scope names(&scope);
  for (const Projection::Item& item : out.items) {
    names.declare(item.name, {item.variable, false, nullptr});
  }
  const auto bind_over_result = [&](const ast::Expression& expression, bool condition) {
    Place place(names);
    place.aggregates = !condition;
    place.aggregate_scope = &scope;
    ExpressionPtr result =
        condition ? bind_condition(expression, place, "WHERE") : bind_expression(expression, place);
    const bool has_aggregate = bound::contains_aggregate(*result);
    if (has_aggregate && !out.aggregating()) {
      throw syntax_error("InvalidAggregation",
                         "ORDER BY cannot aggregate the rows of a projection that does not",
                         expression.position);
    }
    const bool narrow = out.aggregating() && has_aggregate && !out.explicit_groups;
    const bool closed = out.aggregating() || project.distinct;

    const auto hidden = [&](VariableId variable, const Type& type, Position position) {
      if (project.distinct && !out.is_item(variable)) {
        throw syntax_error("UndefinedVariable", "after DISTINCT, only the columns can be used here",
                           position);
      }
      out.add_hidden(variable, type);
      return bound::make_variable(variable, type);
    };
    const auto replace = [&](const bound::Expression& part, bool whole) -> ExpressionPtr {
      if (part.kind == ExpressionKind::kLiteral) return nullptr;
      for (const Projection::Item& item : out.items) {
        if (narrow && !whole && !is_simple(*item.source) &&
            !bound::contains_aggregate(*item.source)) {
          continue;
        }
        if (bound::equal(part, *item.source)) {
          return bound::make_variable(item.variable, item.source->type);
        }
      }
      if (!out.aggregating()) return nullptr;
      for (const auto& [variable, key] : project.groups) {
        if (narrow && !whole && !is_simple(*key)) continue;
        if (bound::equal(part, *key)) return hidden(variable, key->type, part.position);
      }
      if (part.kind != ExpressionKind::kAggregate) return nullptr;
      for (const auto& [variable, aggregate] : project.aggregates) {
        if (bound::equal(part, *aggregate)) {
          return hidden(variable, aggregate->type, part.position);
        }
      }
      if (out.with) {
        // After WITH only its columns exist, so a new aggregate has nothing to read but these.
        bound::for_each_free_variable(part, [&](VariableId variable) {
          if (!is_outer(variable) && !out.is_item(variable)) {
            throw out_of_scope(program_.variables[static_cast<std::uint32_t>(variable)].name,
                               part.position);
          }
        });
      }
      const VariableId variable = new_variable("", part.type);
      project.aggregates.emplace_back(variable, bound::clone(part));
      return hidden(variable, part.type, part.position);
    };
    const auto check = [&](VariableId variable, Position position) {
      if (is_outer(variable) || out.is_item(variable)) return;
      if (!closed) {
        if (condition) out.add_hidden(variable, type_of(variable));
        return;
      }
      bool in_key = false;
      for (const auto& [id, key] : project.groups) {
        bound::for_each_free_variable(*key, [&](VariableId used) { in_key |= used == variable; });
      }
      if (has_aggregate && in_key) throw ambiguous(position);
      throw out_of_scope(program_.variables[static_cast<std::uint32_t>(variable)].name, position);
    };
    Rewriter(replace, check).rewrite(result);
    return result;
  };

  for (const ast::SortItem& item : projection.page.order_by) {
    project.sort.push_back(sort_key(item, bind_over_result(*item.expression, false)));
  }
  if (projection.condition) project.condition = bind_over_result(*projection.condition, true);
  if (projection.page.offset) {
    project.offset = bind_page_count(*projection.page.offset, names, "OFFSET");
  }
  if (projection.page.limit) {
    project.limit = bind_page_count(*projection.page.limit, names, "LIMIT");
  }
}

void StatementBinder::bind_having(const ast::Projection& projection, const Scope& scope,
                                  Projection& out) {
  bound::Project& project = out.project;
  Scope names(&scope);
  for (const Projection::Item& item : out.items) {
    names.declare(item.name, {item.variable, false, nullptr});
  }
  Place place(names);
  place.aggregates = true;
  place.aggregate_scope = &scope;
  ExpressionPtr condition = bind_condition(*projection.having, place, "HAVING");
  const auto replace = [&](const bound::Expression& part, bool) -> ExpressionPtr {
    for (const auto& [variable, key] : project.groups) {
      if (bound::equal(part, *key)) return bound::make_variable(variable, key->type);
    }
    if (part.kind == ExpressionKind::kVariable) {
      // HAVING runs before the columns are computed: a column's name stands for its expression.
      for (const auto& [variable, expression] : project.items) {
        if (variable == part.variable) return bound::clone(*expression);
      }
    }
    if (part.kind != ExpressionKind::kAggregate) return nullptr;
    for (const auto& [variable, aggregate] : project.aggregates) {
      if (bound::equal(part, *aggregate)) return bound::make_variable(variable, aggregate->type);
    }
    const VariableId variable = new_variable("", part.type);
    project.aggregates.emplace_back(variable, bound::clone(part));
    return bound::make_variable(variable, part.type);
  };
  const auto check = [&](VariableId variable, Position position) {
    if (!is_outer(variable)) throw ambiguous(position);
  };
  Rewriter(replace, check).rewrite(condition);
  project.having = std::move(condition);
}

void StatementBinder::bind_projection(const ast::Projection& projection, bool with, Scope& scope,
                                      bound::LinearQuery& out) {
  Projection state;
  state.with = with;
  state.position = projection.position;
  state.project.distinct = projection.distinct;
  bind_items(projection, with, scope, state);
  state.project.aggregating =
      projection.group_by || projection.having ||
      std::any_of(state.items.begin(), state.items.end(), [](const Projection::Item& item) {
        return bound::contains_aggregate(*item.source);
      });
  if (state.aggregating()) {
    bind_groups(projection, scope, state);
    if (projection.having) bind_having(projection, scope, state);
  } else {
    for (const Projection::Item& item : state.items) {
      state.project.items.emplace_back(item.variable, bound::clone(*item.source));
    }
  }
  bind_result_order(projection, scope, state);
  for (const Projection::Item& item : state.items) {
    if (item.needs_alias) {
      throw syntax_error("NoExpressionAlias", "an expression in WITH needs a name", item.position,
                         "add AS and a name");
    }
  }

  Scope result(scope.outer());
  if (!with) out.columns.clear();
  for (const Projection::Item& item : state.items) {
    const Binding* kept =
        item.source->kind == ExpressionKind::kVariable && item.source->variable == item.variable
            ? scope.find(item.name)
            : nullptr;
    result.declare(item.name, {item.variable, kept && kept->group, nullptr});
    if (!with) out.columns.emplace_back(item.name, item.variable);
  }
  scope = std::move(result);
  out.clauses.push_back({std::move(state.project), projection.position});
}

bound::SortKey StatementBinder::sort_key(const ast::SortItem& item,
                                         ExpressionPtr expression) const {
  bound::SortKey key;
  key.expression = std::move(expression);
  key.descending = item.descending;
  // Null counts as the largest value unless the statement says where it goes.
  key.nulls_first = item.nulls == ast::SortItem::Nulls::kFirst ||
                    (item.nulls == ast::SortItem::Nulls::kDefault && item.descending);
  return key;
}

bound::ExpressionPtr StatementBinder::bind_page_count(const ast::Expression& expression,
                                                      const Scope& scope, std::string_view word) {
  ExpressionPtr count = bind_expression(expression, Place(scope));
  bool constant = true;
  bound::for_each_free_variable(*count, [&](VariableId) { constant = false; });
  const std::string clause(word);
  if (!constant) {
    throw syntax_error("NonConstantExpression", clause + " must be the same for all rows",
                       expression.position, "use a number or a parameter");
  }
  if (!fits(count->type, ValueType::kInt64)) {
    throw argument_type_error(clause + " needs an integer, not " + count->type.name(),
                              expression.position);
  }
  const bool minus =
      count->kind == ExpressionKind::kUnary && count->unary == ast::UnaryOperator::kMinus;
  const bound::Expression& number = minus ? *count->children[0] : *count;
  if (number.kind == ExpressionKind::kLiteral && number.literal.type() == ValueType::kInt64) {
    const std::int64_t value = number.literal.as_int64();
    if (minus ? value > 0 : value < 0) {
      throw Error(status::kNegativeLimit, clause + " cannot be negative", expression.position)
          .category("SyntaxError", "NegativeIntegerArgument")
          .phase(Phase::kCompile);
    }
  }
  return count;
}

}  // namespace geode::gql
