#include <algorithm>
#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/statement_binder.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

void StatementBinder::bind_call_subquery(const ast::CallSubquery& clause, Scope& scope,
                                         Clauses& out) {
  Scope chosen;
  const Scope* outer = &scope;
  if (clause.scope) {
    for (const ast::Name& name : *clause.scope) chosen.declare(name.text, resolve(scope, name));
    outer = &chosen;
  }
  if (clause.batches) check_batches(clause, *clause.batches, scope);
  bound::CallSubquery call;
  call.optional = clause.optional;
  auto query = bind_query(*clause.query, outer, QueryUse::kCall);
  call.returns = query->returns;
  if (query->modifies) note_modification();
  for (const auto& [name, variable] : query->columns) {
    if (clause.optional) {
      set_type(variable, type_of(variable).with_null());
      known_graphs_.erase(variable);
    }
    declare_new(scope, {name, clause.position}, {variable, false, nullptr});
    call.introduces.push_back(variable);
  }
  if (clause.batches && clause.batches->status) {
    const VariableId status =
        new_variable(clause.batches->status->text, value::Type::of(ValueType::kRecord));
    declare_new(scope, *clause.batches->status, {status, false, nullptr, nullptr});
    call.introduces.push_back(status);
  }
  call.in_transactions = clause.batches.has_value();
  call.query = std::move(query);
  out.push_back({std::move(call), clause.position});
}

/// The session cuts the statement into pieces around the call (session/transaction_batches.cpp),
/// and can do so where the call is a clause of the statement itself.
void StatementBinder::check_batches(const ast::CallSubquery& clause,
                                    const ast::TransactionBatches& batches, const Scope& scope) {
  const auto fail = [&](std::string message, std::string hint = {}) {
    throw syntax_error("InvalidClauseComposition", std::move(message), clause.position,
                       std::move(hint));
  };
  if (frames_.size() != 1 || scope.outer() != nullptr)
    fail("CALL ... IN TRANSACTIONS cannot stand within another query");
  if (!only_linear_) {
    fail("CALL ... IN TRANSACTIONS cannot be combined with UNION, NEXT or definitions",
         "make it a statement of its own");
  }
  if (frames_.back().modifies) {
    fail("CALL ... IN TRANSACTIONS cannot stand behind a clause that changes the graph",
         "make the changes before it in a statement of their own");
  }
  if (clause.optional) fail("CALL ... IN TRANSACTIONS cannot be OPTIONAL");
  if (batches.status && batches.on_error == ast::TransactionBatches::OnError::kFail) {
    fail("REPORT STATUS needs ON ERROR CONTINUE or ON ERROR BREAK",
         "with ON ERROR FAIL the statement ends at the first error");
  }
  if (batches.rows) bind_page_count(*batches.rows, scope, "OF ... ROWS");
}

const Procedure& StatementBinder::find_procedure(const ast::CallProcedure& clause) const {
  const ast::Name& name = clause.name;
  if (const Procedure* procedure = routines_.procedures.find(name.text)) return *procedure;
  // What a server keeps a history of, or decides with its peers, a library has not.
  if (name.text.substr(0, 8) == "metrics." || name.text == "system.promote_to_primary") {
    throw Error(status::kNotSupported, quoted(name.text) + " needs the server", name.position)
        .hint("this database was opened by a program; geode serve keeps metrics and users")
        .phase(Phase::kCompile);
  }
  const std::vector<const Procedure*> all = routines_.procedures.all();
  std::vector<std::string_view> names;
  for (const Procedure* procedure : all) names.push_back(procedure->name);
  std::string hint = did_you_mean(name.text, names);
  if (hint.empty()) {
    hint = clause.table
               ? "nodes are found by a pattern: SELECT x.name FROM CURRENT_GRAPH MATCH (x:" +
                     name.text + ")"
               : "SHOW PROCEDURES lists what can be called";
  }
  throw Error(status::kInvalidReference,
              (clause.table ? "there is no table " : "there is no procedure ") + quoted(name.text),
              name.position)
      .category("ProcedureError", "ProcedureNotFound")
      .hint(std::move(hint))
      .phase(Phase::kCompile);
}

/// A call without parentheses takes its arguments from the parameters of the statement, by name;
/// only one that stands alone may.
std::vector<bound::ExpressionPtr> StatementBinder::bind_procedure_arguments(
    const ast::CallProcedure& clause, const Procedure& procedure, bool alone, const Scope& scope) {
  std::vector<ExpressionPtr> arguments;
  if (clause.implicit_arguments) {
    if (!alone && !procedure.parameters.empty()) {
      throw syntax_error("InvalidArgumentPassingMode",
                         "a call within a query needs its arguments in parentheses",
                         clause.name.position, procedure.signature());
    }
    for (const ProcedureField& parameter : procedure.parameters) {
      arguments.push_back(
          bind_node(ast::Parameter{parameter.name}, clause.name.position, Place(scope)));
    }
    return arguments;
  }
  if (clause.arguments.size() != procedure.parameters.size()) {
    const std::size_t wanted = procedure.parameters.size();
    throw syntax_error("InvalidNumberOfArguments",
                       quoted(procedure.name) + " takes " + std::to_string(wanted) +
                           (wanted == 1 ? " argument, " : " arguments, ") +
                           std::to_string(clause.arguments.size()) + " given",
                       clause.position, procedure.signature());
  }
  for (std::size_t i = 0; i < clause.arguments.size(); ++i) {
    ExpressionPtr argument = bind_expression(*clause.arguments[i], Place(scope));
    const ProcedureField& parameter = procedure.parameters[i];
    // An integer stands for the float it is equal to.
    const bool widened =
        parameter.type.may_be(ValueType::kFloat64) && argument->type.may_be(ValueType::kInt64);
    if (!widened && !fits(argument->type, parameter.type)) {
      throw argument_type_error(quoted(procedure.name) + " takes " + parameter.type_name + " for " +
                                    quoted(parameter.name) + ", not " +
                                    argument->type.without_null().name(),
                                clause.arguments[i]->position, procedure.signature());
    }
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

/// The columns that a call hands on, with their names; `call.columns` gets their variables.
std::vector<std::pair<ast::Name, bound::VariableId>> StatementBinder::bind_yield(
    const ast::CallProcedure& clause, const Procedure& procedure, bool alone,
    bound::CallProcedure& call) {
  std::vector<std::pair<ast::Name, VariableId>> yielded;
  call.columns.assign(procedure.columns.size(), bound::kNoVariable);
  const auto take = [&](std::size_t column, const ast::Name& name) {
    value::Type type = procedure.columns[column].type;
    const VariableId variable =
        new_variable(name.text, clause.optional ? type.with_null() : std::move(type));
    call.columns[column] = variable;
    yielded.emplace_back(name, variable);
  };
  if (clause.yield_star || (alone && !clause.has_yield)) {
    for (std::size_t i = 0; i < procedure.columns.size(); ++i)
      take(i, {procedure.columns[i].name, clause.position});
    return yielded;
  }
  for (const auto& [column, alias] : clause.yield) {
    const auto found =
        std::find_if(procedure.columns.begin(), procedure.columns.end(),
                     [&name = column](const ProcedureField& f) { return f.name == name.text; });
    if (found == procedure.columns.end()) {
      std::vector<std::string_view> names;
      for (const ProcedureField& field : procedure.columns) names.push_back(field.name);
      std::string hint = did_you_mean(column.text, names);
      if (hint.empty()) hint = procedure.signature();
      throw Error(status::kInvalidReference,
                  quoted(procedure.name) + " has no result column " + quoted(column.text),
                  column.position)
          .category("SyntaxError", "UndefinedVariable")
          .hint(std::move(hint))
          .phase(Phase::kCompile);
    }
    const auto index = static_cast<std::size_t>(found - procedure.columns.begin());
    if (call.columns[index] != bound::kNoVariable) {
      throw syntax_error("VariableAlreadyBound",
                         "column " + quoted(column.text) + " is yielded twice", column.position);
    }
    take(index, alias ? *alias : column);
  }
  return yielded;
}

void StatementBinder::bind_call_procedure(const ast::CallProcedure& clause, bool alone,
                                          Scope& scope, bound::LinearQuery& out) {
  if (bind_table_source(clause, scope, out.clauses)) return;
  const Procedure& procedure = find_procedure(clause);
  // With OPTIONAL the call and its WHERE are a subquery, whose lack of rows gives nulls.
  const bool subquery = clause.optional && !procedure.columns.empty();
  if (subquery) begin_query();
  bound::CallProcedure call;
  call.procedure = &procedure;
  call.graph = context_.graph;
  if (context_.access) {
    require_right(*call.procedure, *context_.access, context_.graph, catalog_, clause.position);
  }
  call.arguments = bind_procedure_arguments(clause, procedure, alone, scope);
  const auto yielded = bind_yield(clause, procedure, alone, call);
  std::vector<std::pair<std::string, VariableId>> columns;
  for (const auto& [name, variable] : yielded) {
    declare_new(scope, name, {variable, false, nullptr});
    columns.emplace_back(name.text, variable);
  }
  Clauses clauses;
  clauses.push_back({std::move(call), clause.position});
  if (clause.condition) {
    bound::Filter filter{bind_condition(*clause.condition, Place(scope), "WHERE")};
    clauses.push_back({std::move(filter), clause.position});
  }
  if (subquery) {
    bound::CompositeQuery composite;
    composite.first.clauses = std::move(clauses);
    composite.first.columns = columns;
    composite.first.returns = true;
    composite.columns = columns;
    auto query = std::make_shared<bound::Query>();
    query->columns = columns;
    query->returns = true;
    query->parts.push_back(std::move(composite));
    end_query(*query);
    bound::CallSubquery optional;
    optional.optional = true;
    for (const auto& column : columns) optional.introduces.push_back(column.second);
    optional.query = std::move(query);
    out.clauses.push_back({std::move(optional), clause.position});
  } else {
    for (bound::Clause& made : clauses) out.clauses.push_back(std::move(made));
  }
  if (alone && !procedure.columns.empty()) {
    out.columns = std::move(columns);
    out.returns = true;
  }
}

}  // namespace geode::gql
