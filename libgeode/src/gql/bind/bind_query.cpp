#include <algorithm>
#include <utility>

#include "base/stack.hpp"
#include "gql/bind/errors.hpp"
#include "gql/bind/statement_binder.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using value::Type;

namespace {

Error cannot_end(std::string_view clause, Position position) {
  return syntax_error("InvalidClauseComposition", "a query cannot end with " + std::string(clause),
                      position, "end it with RETURN, with FINISH or with a change of the graph");
}

/// The clause's name and place when a statement cannot end with it.
struct ReadingClause {
  std::string_view name;
  Position position;
};

std::optional<ReadingClause> reading_clause(const ast::Clause& clause) {
  if (const auto* match = std::get_if<ast::MatchClause>(&clause)) {
    return ReadingClause{"MATCH", match->position};
  }
  if (const auto* filter = std::get_if<ast::FilterClause>(&clause)) {
    return ReadingClause{"FILTER", filter->position};
  }
  if (const auto* let = std::get_if<ast::LetClause>(&clause)) {
    return ReadingClause{"LET", let->position};
  }
  if (const auto* loop = std::get_if<ast::ForClause>(&clause)) {
    return ReadingClause{"FOR or UNWIND", loop->position};
  }
  if (const auto* load = std::get_if<ast::LoadCsv>(&clause)) {
    return ReadingClause{"LOAD CSV", load->position};
  }
  if (const auto* with = std::get_if<ast::WithClause>(&clause)) {
    return ReadingClause{"WITH", with->projection.position};
  }
  if (const auto* page = std::get_if<ast::PageClause>(&clause)) {
    return ReadingClause{"ORDER BY, OFFSET or LIMIT", page->page.position};
  }
  return std::nullopt;
}

/// `CALL { WITH a, b ... }` names what it takes from outside, and sees nothing else from there.
const ast::Projection* importing_with(const ast::LinearQuery& linear) {
  if (linear.clauses.empty()) return nullptr;
  const auto* with = std::get_if<ast::WithClause>(&linear.clauses.front());
  if (!with) return nullptr;
  const ast::Projection& projection = with->projection;
  if (projection.star || projection.distinct || projection.group_by || projection.condition ||
      !projection.page.order_by.empty() || projection.page.offset || projection.page.limit) {
    return nullptr;
  }
  for (const ast::ProjectionItem& item : projection.items) {
    if (item.alias || !std::holds_alternative<ast::Variable>(item.expression->node)) return nullptr;
  }
  return &projection;
}

}  // namespace

std::shared_ptr<bound::Query> StatementBinder::bind_query(const ast::Query& query,
                                                          const Scope* outer, QueryUse use) {
  base::check_stack();
  auto result = std::make_shared<bound::Query>();
  begin_query();
  if (query.definitions.empty()) {
    bind_parts(query, outer, use, *result);
  } else {
    bind_defined(query, outer, use, *result);
  }
  end_query(*result);
  return result;
}

void StatementBinder::bind_parts(const ast::Query& query, const Scope* outer, QueryUse use,
                                 bound::Query& out) {
  Scope input(outer);
  const std::string schema = context_.schema;
  if (query.at) context_.schema = find_schema(*query.at, context_, catalog_);
  for (std::size_t i = 0; i < query.parts.size(); ++i) {
    const bool last = i + 1 == query.parts.size();
    bound::CompositeQuery part = bind_composite(query.parts[i], input, use);
    // What one part returns is what the next one works on.
    Scope result(outer);
    for (const auto& [name, variable] : part.columns) {
      result.declare(name, {variable, false, nullptr, nullptr});
    }
    input = std::move(result);
    if (last) {
      out.columns = part.columns;
      out.returns = part.first.returns;
    }
    out.parts.push_back(std::move(part));
  }
  context_.schema = schema;
}

bound::CompositeQuery StatementBinder::bind_composite(const ast::CompositeQuery& composite,
                                                      const Scope& input, QueryUse use) {
  bound::CompositeQuery result;
  const bool only = composite.rest.empty();
  result.first = bind_linear(composite.first, input, use);
  if (!only && !result.first.returns && use != QueryUse::kPredicate) {
    throw syntax_error("InvalidClauseComposition",
                       "each query that is combined with others must return columns",
                       composite.position, "add RETURN");
  }
  result.columns = result.first.columns;
  if (only) return result;

  for (std::size_t i = 1; i < composite.rest.size(); ++i) {
    if (composite.rest[i].first != composite.rest.front().first) {
      throw syntax_error("InvalidClauseComposition",
                         "different set operators cannot be mixed in one query", composite.position,
                         "put one of them into CALL { ... }");
    }
  }
  std::vector<Type> types;
  for (const auto& [name, variable] : result.columns) types.push_back(type_of(variable));
  for (const auto& [op, ast_linear] : composite.rest) {
    bound::LinearQuery linear = bind_linear(ast_linear, input, use);
    align_columns(result, linear, composite.position);
    for (std::size_t i = 0; i < types.size(); ++i) {
      types[i] = types[i].unite(type_of(linear.columns[i].second));
    }
    result.rest.emplace_back(op, std::move(linear));
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    auto& [name, variable] = result.columns[i];
    variable = new_variable(name, types[i]);
  }
  return result;
}

void StatementBinder::align_columns(const bound::CompositeQuery& composite,
                                    bound::LinearQuery& linear, Position position) const {
  const auto& wanted = composite.columns;
  const auto fail = [&]() {
    return syntax_error("DifferentColumnsInUnion",
                        "queries that are combined must return the same columns", position,
                        "give the columns the same names with AS");
  };
  if (wanted.size() != linear.columns.size() || linear.returns != composite.first.returns) {
    throw fail();
  }
  // Columns are found by name, in whatever order; those that nobody named match by their place.
  std::vector<std::pair<std::string, VariableId>> ordered;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& [name, variable] = wanted[i];
    const auto found = std::find_if(
        linear.columns.begin(), linear.columns.end(),
        [&, &wanted_name = name](const auto& column) { return column.first == wanted_name; });
    if (found != linear.columns.end()) {
      ordered.push_back(*found);
    } else if (has_given_name(variable) && has_given_name(linear.columns[i].second)) {
      throw fail();
    } else {
      ordered.push_back(linear.columns[i]);
    }
  }
  std::vector<VariableId> used;
  for (const auto& [name, variable] : ordered) {
    if (std::find(used.begin(), used.end(), variable) != used.end()) throw fail();
    used.push_back(variable);
  }
  linear.columns = std::move(ordered);
}

bool StatementBinder::has_given_name(VariableId column) const {
  return std::find(unnamed_columns_.begin(), unnamed_columns_.end(), column) ==
         unnamed_columns_.end();
}

bound::LinearQuery StatementBinder::bind_linear(const ast::LinearQuery& linear, Scope scope,
                                                QueryUse use) {
  bound::LinearQuery result;
  check_end(linear, use);
  if (use == QueryUse::kStatement && linear.clauses.size() == 1) {
    if (const auto* call = std::get_if<ast::CallProcedure>(&linear.clauses.front())) {
      bind_call_procedure(*call, true, scope, result);
      return result;
    }
  }
  std::size_t first = 0;
  std::unique_ptr<Scope> imported;
  if (use == QueryUse::kCall) {
    if (const ast::Projection* with = importing_with(linear)) {
      imported = std::make_unique<Scope>();
      for (const ast::ProjectionItem& item : with->items) {
        const ast::Name name{std::get<ast::Variable>(item.expression->node).name,
                             item.expression->position};
        imported->declare(name.text, resolve(scope, name));
      }
      scope = Scope(imported.get());
      first = 1;
    }
  }
  // USE reaches to the end of the linear query.
  const catalog::GraphId graph = context_.graph;
  for (std::size_t i = first; i < linear.clauses.size(); ++i) {
    bind_clause(linear.clauses[i], scope, result);
  }
  context_.graph = graph;
  return result;
}

void StatementBinder::check_end(const ast::LinearQuery& linear, QueryUse use) const {
  for (std::size_t i = 0; i + 1 < linear.clauses.size(); ++i) {
    if (const auto* end = std::get_if<ast::ReturnClause>(&linear.clauses[i])) {
      throw syntax_error("InvalidClauseComposition", "RETURN must be the last clause of a query",
                         end->projection.position, "use WITH to go on with chosen columns");
    }
  }
  if (linear.clauses.empty() || use == QueryUse::kPredicate) return;
  const ast::Clause& end = linear.clauses.back();
  if (std::holds_alternative<ast::ReturnClause>(end)) return;
  if (const auto reading = reading_clause(end)) throw cannot_end(reading->name, reading->position);
}

void StatementBinder::bind_clause(const ast::Clause& clause, Scope& scope,
                                  bound::LinearQuery& out) {
  if (interrupt_) interrupt_->check();
  Clauses& clauses = out.clauses;
  struct Visitor {
    StatementBinder& binder;
    Scope& scope;
    bound::LinearQuery& out;
    Clauses& clauses;

    void operator()(const ast::MatchClause& c) { binder.bind_match(c, scope, clauses); }
    void operator()(const ast::FilterClause& c) {
      bound::Filter filter{binder.bind_condition(*c.condition, Place(scope), "FILTER")};
      clauses.push_back({std::move(filter), c.position});
    }
    void operator()(const ast::LetClause& c) { binder.bind_let(c, scope, clauses); }
    void operator()(const ast::ForClause& c) { binder.bind_for(c, scope, clauses); }
    void operator()(const ast::LoadCsv& c) { binder.bind_load_csv(c, scope, clauses); }
    void operator()(const ast::WithClause& c) {
      binder.bind_projection(c.projection, true, scope, out);
    }
    void operator()(const ast::ReturnClause& c) {
      if (c.finish) return;
      binder.bind_projection(c.projection, false, scope, out);
      out.returns = true;
    }
    void operator()(const ast::PageClause& c) { binder.bind_page(c, scope, clauses); }
    void operator()(const ast::CallSubquery& c) { binder.bind_call_subquery(c, scope, clauses); }
    void operator()(const ast::CallProcedure& c) {
      binder.bind_call_procedure(c, false, scope, out);
    }
    void operator()(const ast::UseClause& c) {
      binder.context_.graph =
          find_graph(c.graph, binder.context_, binder.catalog_, binder.graphs_in(scope));
    }
    void operator()(const ast::InsertClause& c) { binder.bind_insert(c, scope, clauses); }
    void operator()(const ast::SetClause& c) { binder.bind_set(c, scope, clauses); }
    void operator()(const ast::RemoveClause& c) { binder.bind_remove(c, scope, clauses); }
    void operator()(const ast::DeleteClause& c) { binder.bind_delete(c, scope, clauses); }
    void operator()(const ast::MergeClause& c) { binder.bind_merge(c, scope, clauses); }
    void operator()(const std::unique_ptr<ast::ForeachClause>& c) {
      binder.bind_foreach(*c, scope, clauses);
    }
  };
  std::visit(Visitor{*this, scope, out, clauses}, clause);
}

void StatementBinder::declare_new(Scope& scope, const ast::Name& name, Binding binding) const {
  if (scope.find(name.text)) {
    throw syntax_error("VariableAlreadyBound",
                       "variable " + quoted(name.text) + " is already defined", name.position,
                       "choose another name");
  }
  scope.declare(name.text, std::move(binding));
}

void StatementBinder::bind_let(const ast::LetClause& clause, Scope& scope, Clauses& out) {
  bound::Let let;
  for (const ast::ValueBinding& binding : clause.bindings) {
    ExpressionPtr expression = bind_assigned(binding, Place(scope));
    const std::shared_ptr<const TableColumns> table =
        table_columns(*binding.value, *expression, scope);
    // The bindings of one Let are computed side by side: one that reads another comes after it.
    bool reads_own = false;
    bound::for_each_free_variable(*expression, [&](VariableId variable) {
      for (const auto& [own, own_value] : let.bindings) reads_own = reads_own || own == variable;
    });
    if (reads_own) {
      out.push_back({std::move(let), clause.position});
      let = {};
    }
    const VariableId variable = new_variable(binding.variable.text, expression->type);
    declare_new(scope, binding.variable, {variable, false, nullptr, table});
    note_graph(variable, *expression);
    let.bindings.emplace_back(variable, std::move(expression));
  }
  out.push_back({std::move(let), clause.position});
}

void StatementBinder::bind_for(const ast::ForClause& clause, Scope& scope, Clauses& out) {
  bound::Unwind unwind;
  unwind.list = bind_expression(*clause.list, Place(scope));
  unwind.only_lists = clause.only_lists;
  const Type& list = unwind.list->type;
  if (clause.only_lists && !fits(list, ValueType::kList)) {
    throw argument_type_error("FOR expects a list, got " + list.without_null().name(),
                              clause.list->position, "FOR x IN [value] has one row");
  }
  Type element = list.may_be(ValueType::kList) ? list.element_type() : Type::none();
  // UNWIND takes a value that is not a list as a list of one.
  if (!clause.only_lists) {
    element = element.unite(
        Type::of_kinds(list.kinds & ~(Type::bit(ValueType::kList) | Type::kNullKind)));
  }
  unwind.variable = new_variable(clause.variable.text, std::move(element));
  declare_new(scope, clause.variable, {unwind.variable, false, nullptr});
  if (clause.counter) {
    unwind.counter = new_variable(clause.counter->text, Type::of(ValueType::kInt64));
    unwind.counter_from_one = clause.counter_from_one;
    declare_new(scope, *clause.counter, {unwind.counter, false, nullptr});
  }
  out.push_back({std::move(unwind), clause.position});
}

void StatementBinder::bind_load_csv(const ast::LoadCsv& clause, Scope& scope, Clauses& out) {
  // The files are those that the server can read.
  if (context_.access) context_.access->require_administrator("LOAD CSV", clause.position);
  bound::LoadCsv load;
  load.source = bind_expression(*clause.source, Place(scope));
  if (!fits(load.source->type, ValueType::kString)) {
    throw argument_type_error(
        "LOAD CSV needs the name of a file, not " + load.source->type.without_null().name(),
        clause.source->position);
  }
  load.headers = clause.headers;
  load.separator = clause.separator.front();
  load.position = clause.source->position;
  const Type text = Type::nullable(ValueType::kString);
  load.row = new_variable(clause.variable.text,
                          clause.headers ? Type::of(ValueType::kRecord) : Type::list_of(text));
  load.line = new_variable("", Type::of(ValueType::kInt64));
  load.file = new_variable("", Type::of(ValueType::kString));
  declare_new(scope, clause.variable, {load.row, false, nullptr, nullptr});
  scope.set_file_row({load.line, load.file});
  out.push_back({std::move(load), clause.position});
}

void StatementBinder::bind_page(const ast::PageClause& clause, Scope& scope, Clauses& out) {
  bound::Page page;
  for (const ast::SortItem& item : clause.page.order_by) {
    page.sort.push_back(sort_key(item, bind_expression(*item.expression, Place(scope))));
  }
  if (clause.page.offset) page.offset = bind_page_count(*clause.page.offset, scope, "OFFSET");
  if (clause.page.limit) page.limit = bind_page_count(*clause.page.limit, scope, "LIMIT");
  out.push_back({std::move(page), clause.page.position});
}

}  // namespace geode::gql
