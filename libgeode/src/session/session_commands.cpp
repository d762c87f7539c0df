#include <algorithm>
#include <utility>

#include "session/session_impl.hpp"

namespace geode {

namespace session {

namespace {

using namespace gql::ast;

/// The rows of a query as records; a query of one column that is a list of records is a table
/// already.
Value table_of(const std::vector<std::string>& columns, std::vector<std::vector<Value>> rows,
               Position position) {
  if (columns.size() == 1 && rows.size() == 1 && rows[0][0].type() == ValueType::kList) {
    const List& list = rows[0][0].as_list();
    const bool records = std::all_of(list.begin(), list.end(), [](const Value& value) {
      return value.type() == ValueType::kRecord;
    });
    if (records) return rows[0][0];
    throw Error(status::kInvalidValueType, "a table is made of records", position)
        .hint("{ MATCH ... RETURN ... } makes one of the rows of a query");
  }
  List table;
  for (std::vector<Value>& row : rows) {
    Record record;
    for (std::size_t i = 0; i < columns.size(); ++i)
      record.emplace_back(columns[i], std::move(row[i]));
    table.emplace_back(std::move(record));
  }
  return Value(std::move(table));
}

/// RETURN $name IS TYPED type
Query type_test(const SessionSet& set) {
  auto parameter = std::make_unique<Expression>();
  parameter->node = gql::ast::Parameter{set.name.text};
  parameter->position = set.name.position;
  IsTyped typed;
  typed.operand = std::move(parameter);
  typed.type = *set.type;
  auto test = std::make_unique<Expression>();
  test->node = std::move(typed);
  test->position = set.type->position;
  ReturnClause result;
  result.projection.items.emplace_back().expression = std::move(test);
  Query query;
  query.parts.emplace_back().first.clauses.emplace_back(std::move(result));
  return query;
}

}  // namespace

}  // namespace session

inline namespace v1 {

void Session::Impl::require_transaction() const {
  if (snapshot || writer) return;
  throw Error(status::kNoTransaction, "there is no open transaction")
      .hint("begin one with START TRANSACTION");
}

void Session::Impl::start_transaction(const gql::ast::StartTransaction& start) {
  if (snapshot || writer) {
    throw Error(status::kActiveTransaction, "a transaction is open already")
        .hint("end it with COMMIT or ROLLBACK, or set a SAVEPOINT");
  }
  failed = false;
  savepoints.clear();
  std::optional<bool> asked = start.read_only ? start.read_only : next_transaction.read_only;
  // Who may only read is not to hold the writer's turn.
  if (!asked && state.catalog.access && !state.catalog.access->writes()) asked = true;
  next_transaction = {};
  if (asked.value_or(read_only)) {
    snapshot = graph::GraphTransaction::begin_read(database->environment);
    snapshot->rest();
  } else {
    require_writable();
    writer = database->writer.begin();
  }
  transaction_ticket = session::Activity::begin_transaction(context(), !writer);
}

void Session::Impl::end_transaction(bool commit) {
  require_transaction();
  bool was_failed = failed;
  failed = false;
  savepoints.clear();
  transaction_ticket.reset();
  snapshot.reset();
  if (!writer) return;
  // Else somebody else's user of that name would be taken for the one that came to nothing.
  std::string made = std::exchange(first_user, std::string());
  std::unique_ptr<session::WriterQueue::Lease> lease = std::move(writer);
  if (observer != nullptr) {
    try {
      observer->ends_transaction(commit && !was_failed);
    } catch (...) {
      lease->rollback();
      throw;
    }
  }
  if (commit && !was_failed) {
    lease->commit();
    first_user = std::move(made);
    return;
  }
  lease->rollback();
  if (commit) {
    throw Error(status::kStatementFailedTransaction,
                "the transaction was rolled back: a statement in it had failed");
  }
}

void Session::Impl::control_savepoint(const gql::ast::StatementNode& node) {
  using namespace gql::ast;
  require_transaction();
  if (const auto* savepoint = std::get_if<Savepoint>(&node)) {
    if (failed)
      throw Error(status::kStatementFailedTransaction,
                  "the transaction failed; only ROLLBACK can follow");
    if (writer) writer->run([](graph::GraphTransaction& graph) { graph.begin_savepoint(); });
    savepoints.push_back(savepoint->name.text);
    return;
  }
  const auto* rollback = std::get_if<RollbackTo>(&node);
  const Name& name = rollback ? rollback->name : std::get<ReleaseSavepoint>(node).name;
  auto found = std::find(savepoints.rbegin(), savepoints.rend(), name.text);
  if (found == savepoints.rend()) {
    throw Error(status::kUnknownSavepoint, "there is no savepoint `" + name.text + "`",
                name.position);
  }
  // Savepoints set after it go with it; after a rollback the named one stays.
  std::size_t count = static_cast<std::size_t>(found - savepoints.rbegin()) + 1;
  if (writer) {
    if (rollback && observer != nullptr) observer->rolls_back_to_savepoint();
    writer->run([&](graph::GraphTransaction& graph) {
      for (std::size_t i = 0; i < count; ++i) {
        if (rollback) {
          graph.rollback_savepoint();
        } else {
          graph.release_savepoint();
        }
      }
      if (rollback) forget_first_user(graph);
      if (rollback) graph.begin_savepoint();
    });
  }
  savepoints.resize(savepoints.size() - count + (rollback ? 1 : 0));
  if (rollback) failed = false;
}

void Session::Impl::inspect(const session::WriterQueue::Job& job) {
  if (writer) {
    writer->run(job);
  } else if (snapshot) {
    const graph::GraphTransaction::Use use(*snapshot);
    job(*snapshot);
  } else {
    job(*graph::GraphTransaction::begin_read(database->environment));
  }
}

/// What a query that is part of a statement to the session gives; it may only read.
std::vector<std::vector<Value>> Session::Impl::evaluate(const gql::ast::Query& query,
                                                        const Parameters& parameters,
                                                        const StatementOptions& options,
                                                        std::vector<std::string>& columns) {
  if (session::modifies(query)) {
    throw Error(status::kSyntaxError, "a value of the session cannot be made by changing the graph",
                query.position)
        .category("SyntaxError", "InvalidClauseComposition")
        .phase(Phase::kCompile);
  }
  std::vector<std::vector<Value>> rows;
  inspect([&](graph::GraphTransaction& graph) {
    std::shared_ptr<session::PreparedPlan> plan;
    try {
      plan = session::compile(query, "", graph, false, database->plan_settings, *interrupt,
                              database->routines(), state.catalog);
    } catch (Error& error) {
      error.set_phase(Phase::kCompile);
      throw;
    }
    auto result = session::run_to_end(plan, graph, parameters, settings(options));
    columns = *result->columns;
    rows = std::move(result->rows);
  });
  return rows;
}

void Session::Impl::set(const gql::ast::SessionSet& set, const Parameters& parameters,
                        const StatementOptions& options) {
  using Kind = gql::ast::SessionSet::Kind;
  if (set.kind == Kind::kSchema) {
    return inspect([&](graph::GraphTransaction& graph) {
      state.catalog.schema = gql::find_schema(set.schema, state.catalog, graph.catalog());
    });
  }
  if (set.kind == Kind::kGraphParameter && set.type &&
      set.type->type.kind != value::DeclaredType::Kind::kGraph) {
    throw Error(status::kInvalidValueType,
                "the type of a graph is a graph type, not " + set.type->type.name(),
                set.type->position)
        .phase(Phase::kCompile);
  }
  if (set.if_not_exists && state.parameters.find(set.name.text)) return;
  if (set.kind == Kind::kGraph || set.kind == Kind::kGraphParameter) {
    return inspect([&](graph::GraphTransaction& graph) {
      const catalog::GraphId found = gql::find_graph(set.graph, state.catalog, graph.catalog());
      if (set.kind == Kind::kGraph) {
        state.catalog.graph = found;
      } else {
        state.parameters.set(set.name.text, gql::graph_value(found, graph.catalog()));
      }
    });
  }
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows = evaluate(*set.value, parameters, options, columns);
  if (set.kind == Kind::kTable) {
    state.parameters.set(set.name.text,
                         session::table_of(columns, std::move(rows), set.value->position));
    return;
  }
  if (columns.size() != 1 || rows.size() > 1) {
    throw Error(
        status::kInvalidValueType,
        columns.size() != 1
            ? "one column is wanted, the query gives " + std::to_string(columns.size())
            : "one value is wanted, the query gives " + std::to_string(rows.size()) + " rows",
        set.value->position)
        .hint("SESSION SET TABLE keeps a whole table");
  }
  Value value = rows.empty() ? Value() : std::move(rows[0][0]);
  if (set.kind == Kind::kTimeZone) return state.set_time_zone(value);
  if (set.kind == Kind::kOption) return state.set_option(set.name, value);
  if (set.type) {
    std::vector<std::string> test_columns;
    const Value fits =
        evaluate(session::type_test(set), {{set.name.text, value}}, options, test_columns)[0][0];
    if (fits.type() != ValueType::kBool || !fits.as_bool()) {
      throw Error(status::kInvalidValueType,
                  value.to_string() + " is not of the type of `$" + set.name.text + "`",
                  set.type->position);
    }
  }
  state.parameters.set(set.name.text, std::move(value));
}

Result Session::Impl::control(const gql::ast::StatementNode& node, const Parameters& parameters,
                              const StatementOptions& options) {
  using namespace gql::ast;
  auto result = std::make_unique<Result::Impl>();
  result->summary.gqlstatus = status::kOmittedResult;
  if (const auto* start = std::get_if<StartTransaction>(&node)) {
    start_transaction(*start);
  } else if (std::holds_alternative<Commit>(node)) {
    end_transaction(true);
  } else if (std::holds_alternative<Rollback>(node)) {
    end_transaction(false);
  } else if (const auto* session_set = std::get_if<SessionSet>(&node)) {
    set(*session_set, parameters, options);
  } else if (const auto* reset = std::get_if<SessionReset>(&node)) {
    state.reset(*reset);
  } else if (std::holds_alternative<SessionClose>(node)) {
    if (snapshot || writer) end_transaction(false);
    state.closed = true;
  } else if (const auto* characteristics = std::get_if<SetTransaction>(&node)) {
    if (snapshot || writer) {
      throw Error(status::kActiveTransaction, "a transaction is open already")
          .hint("SET TRANSACTION is about the next one; or write START TRANSACTION READ ONLY");
    }
    next_transaction = characteristics->characteristics;
  } else if (std::holds_alternative<Analyze>(node)) {
    // Counts and statistics are changed by the commit that changes what they count.
    result->summary.gqlstatus = status::kSuccess;
  } else if (std::holds_alternative<Ping>(node)) {
    result->columns = std::make_shared<std::vector<std::string>>(1, "PING");
    result->has_columns = true;
    result->summary.gqlstatus = status::kSuccess;
    result->rows.push_back({Value("PONG")});
  } else {
    control_savepoint(node);
  }
  return Result(std::move(result));
}

}  // namespace v1
}  // namespace geode
