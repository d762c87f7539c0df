#include <algorithm>

#include "base/out_of_memory.hpp"
#include "base/running_limits.hpp"
#include "gql/bind/catalog_reference.hpp"
#include "gql/plan/explain.hpp"
#include "gql/syntax/feature_list.hpp"
#include "gql/syntax/parser.hpp"
#include "gql/syntax/print.hpp"
#include "session/authorization.hpp"
#include "session/security_statements.hpp"
#include "session/session_host.hpp"
#include "session/session_impl.hpp"

namespace geode {

namespace session {

std::shared_ptr<PreparedPlan> plan_for(CachedStatement& statement, graph::GraphTransaction& graph,
                                       bool for_update, const Database::Impl& database,
                                       const base::Interrupt& interrupt,
                                       const gql::CatalogContext& context) {
  // A plan owns its operators' buffers: one that still feeds an unread result is not free.
  if (statement.plan && statement.plan.use_count() == 1 &&
      statement.plan->fits(graph, database.latest_routines(), context))
    return statement.plan;
  const auto& query = std::get<gql::ast::Query>(statement.statement.node);
  try {
    std::shared_ptr<PreparedPlan> plan =
        compile(query, statement.text, graph, for_update, database.plan_settings, interrupt,
                database.routines(), context);
    statement.plan = plan;
    return plan;
  } catch (Error& error) {
    error.set_phase(Phase::kCompile);
    throw;
  }
}

Counters counters_of(const graph::Changes& changes) {
  Counters counters;
  counters.nodes_created = changes.nodes_created;
  counters.nodes_deleted = changes.nodes_deleted;
  counters.edges_created = changes.edges_created;
  counters.edges_deleted = changes.edges_deleted;
  counters.labels_added = changes.labels_added;
  counters.labels_removed = changes.labels_removed;
  counters.properties_set = changes.properties_set;
  counters.properties_removed = changes.properties_removed;
  counters.indexes_added = changes.indexes_added;
  counters.indexes_removed = changes.indexes_removed;
  counters.constraints_added = changes.constraints_added;
  counters.constraints_removed = changes.constraints_removed;
  return counters;
}

namespace {

/// The line of EXPLAIN that says which optional features of GQL a statement uses.
std::string feature_line(const gql::ast::Statement& statement, std::string_view text) {
  const gql::FeatureSet used = gql::features_used(statement, text);
  return used.any() ? "\nfeatures: " + gql::feature_ids(used) : std::string();
}

std::string explain(const PreparedPlan& plan, bool profile) {
  gql::plan::FiguresOf figures;
  // How many rows a scan has found would tell of those that a policy took away.
  if (profile && !plan.hides) {
    figures = [&](const gql::plan::LogicalOp& op) -> std::optional<gql::plan::OperatorFigures> {
      // Threads that run copies of an operator are added up.
      std::optional<gql::plan::OperatorFigures> figures;
      for (const auto& [logical, physical] : plan.physical->origins) {
        if (logical != &op) continue;
        if (!figures) figures.emplace();
        figures->rows += physical->profile().rows;
        figures->time += physical->profile().time;
      }
      return figures;
    };
  }
  return gql::plan::explain(*plan.physical->logical.root, plan.program.variables, figures);
}

std::unique_ptr<Result::Impl> explain_query(const CachedStatement& statement,
                                            const PreparedPlan& plan) {
  std::string text = explain(plan, false);
  while (text.ends_with('\n')) text.pop_back();
  return plan_result(text + feature_line(statement.statement, statement.text));
}

/// What is not a query has a plan of one step, and is not run.
std::unique_ptr<Result::Impl> explain_command(const CachedStatement& cached) {
  const gql::ast::Statement& statement = cached.statement;
  const bool catalog =
      is_catalog_change(statement.node) || is_security_statement_node(statement.node);
  if (!catalog || statement.explain == gql::ast::ExplainMode::kProfile) {
    throw Error(status::kSyntaxError,
                catalog ? "PROFILE measures queries and data modifications, and would not run this"
                        : "transaction and session commands have no plan",
                statement.position)
        .hint("run the statement without EXPLAIN or PROFILE")
        .phase(Phase::kCompile);
  }
  return plan_result("catalog  " + gql::print_node(statement.node) +
                     feature_line(statement, cached.text));
}

std::unique_ptr<Result::Impl> result_of(const PreparedPlan& plan) {
  auto result = std::make_unique<Result::Impl>(plan.columns);
  result->has_columns = plan.program.query->returns;
  if (!result->has_columns) result->summary.gqlstatus = status::kOmittedResult;
  result->add_notices(plan.program.warnings);
  return result;
}

}  // namespace

std::unique_ptr<Result::Impl> plan_result(std::string text) {
  auto result =
      std::make_unique<Result::Impl>(std::make_shared<std::vector<std::string>>(1, "plan"));
  result->has_columns = true;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    result->rows.push_back({Value(std::string_view(text).substr(begin, end - begin))});
    begin = end + 1;
  }
  result->plan_text = std::move(text);
  return result;
}

std::unique_ptr<Result::Impl> run_to_end(const std::shared_ptr<PreparedPlan>& plan,
                                         graph::GraphTransaction& graph,
                                         const Parameters& parameters,
                                         const RunSettings& settings) {
  std::unique_ptr<Result::Impl> result = result_of(*plan);
  RunningPlan running(plan, {}, graph, parameters, settings);
  const base::RunningLimits limits = running.limits();
  base::MemoryCharge charge(&plan->memory);
  while (gql::Batch* batch = running.next()) {
    if (!result->has_columns) continue;
    std::uint64_t bytes = 0;
    for (std::uint32_t row : batch->rows()) {
      std::vector<Value>& values = result->rows.emplace_back();
      values.reserve(batch->columns.size());
      for (const value::Vector& column : batch->columns) {
        values.push_back(running.resolve(column.get(row)));
        bytes += sizeof(Value) + values.back().heap_bytes();
      }
    }
    charge.add(bytes + batch->row_count() * sizeof(std::vector<Value>));
  }
  result->summary.elapsed = running.elapsed();
  result->add_notices(running.warnings());
  if (settings.profile) {
    auto profiled = plan_result(explain(*plan, true));
    profiled->summary = result->summary;
    return profiled;
  }
  return result;
}

}  // namespace session

inline namespace v1 {

using session::CachedStatement;
using session::PreparedPlan;

void Parameters::set(std::string name, Value value) {
  for (Entry& entry : entries_) {
    if (entry.first == name) {
      entry.second = std::move(value);
      return;
    }
  }
  entries_.emplace_back(std::move(name), std::move(value));
}

const Value* Parameters::find(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.first == name) return &entry.second;
  }
  return nullptr;
}

Session::Impl::~Impl() = default;

void Session::Impl::require_open() const {
  if (state.closed)
    throw Error(status::kConnection, "the session is closed").hint("open another one");
}

DiagnosticRecord Session::Impl::diagnostics(const CachedStatement& statement) const {
  return {session::operation_name(statement.statement.node), 0, state.catalog.schema};
}

const std::shared_ptr<const session::SessionContext>& Session::Impl::context() {
  if (context_ && context_->access == state.catalog.access && context_->interrupt == interrupt &&
      context_->time_zone == state.time_zone && context_->null_sums == state.null_sums) {
    return context_;
  }
  auto context = std::make_shared<session::SessionContext>(database->context());
  context->session = id;
  context->interrupt = interrupt;
  context->access = state.catalog.access;
  if (identity != Identity::kProgram) context->user = user;
  context->host = context_ ? context_->host
                           : std::make_shared<session::SessionHost>(database, weak_from_this());
  context->time_zone = state.time_zone;
  context->null_sums = state.null_sums;
  context_ = std::move(context);
  return context_;
}

session::RunSettings Session::Impl::settings(const StatementOptions& options) {
  session::RunSettings settings;
  settings.session = context();
  settings.begin = begin_;
  settings.memory_limit_bytes = database->memory_limit(options);
  return settings;
}

void Session::Impl::require_writable() const {
  if (!read_only) return;
  throw Error(status::kReadOnlyTransaction, database->options.read_only
                                                ? "the database was opened read-only"
                                                : "the session is read-only");
}

void Session::Impl::write(const session::WriterQueue::Job& job) {
  if (!writer) require_writable();
  if (snapshot) throw Error(status::kReadOnlyTransaction, "the transaction is READ ONLY");
  if (!writer) {
    if (observer == nullptr) return database->writer.run(job);
    return database->writer.run([&](graph::GraphTransaction& graph) {
      job(graph);
      graph.check_statement_end();
      tell_changes(graph);
    });
  }
  // A statement that fails is undone alone; what it was part of must then be rolled back, or rolled
  // back to a savepoint.
  writer->run([&](graph::GraphTransaction& graph) {
    graph.begin_savepoint();
    try {
      job(graph);
      graph.check_statement_end();
      tell_changes(graph);
      graph.release_savepoint();
    } catch (...) {
      graph.rollback_savepoint();
      throw;
    }
  });
}

std::string Session::Impl::graph_path(graph::GraphTransaction& graph) const {
  const catalog::GraphDefinition* found = graph.catalog().find_graph(state.catalog.graph);
  return found == nullptr ? std::string() : gql::path_text(found->schema, found->name);
}

std::string Session::Impl::graph_path() {
  std::string path;
  inspect([&](graph::GraphTransaction& graph) { path = graph_path(graph); });
  return path;
}

void Session::Impl::tell_failure() {
  if (observer == nullptr) return;
  try {
    observer->fails(graph_path());
  } catch (const Error&) {
    // What the statement failed with is told, not that its graph cannot be.
  }
}

void Session::Impl::tell_changes(graph::GraphTransaction& graph) {
  if (observer != nullptr)
    observer->changes(graph_path(graph), session::counters_of(graph.changes()));
}

Result Session::Impl::read(const std::shared_ptr<CachedStatement>& statement,
                           const Parameters& parameters, const StatementOptions& options,
                           session::RunSnapshot snapshot) {
  graph::GraphTransaction& graph = snapshot.graph();
  const graph::GraphTransaction::Use use(graph, std::adopt_lock);
  std::shared_ptr<PreparedPlan> plan =
      session::plan_for(*statement, graph, false, *database, *interrupt, state.catalog);
  session::RunSettings settings = this->settings(options);
  if (statement->statement.explain == gql::ast::ExplainMode::kExplain) {
    return Result(session::explain_query(*statement, *plan));
  }
  if (statement->statement.explain == gql::ast::ExplainMode::kProfile) {
    settings.profile = true;
    return Result(session::run_to_end(plan, graph, parameters, settings));
  }
  std::unique_ptr<Result::Impl> result = session::result_of(*plan);
  result->running.emplace(std::move(plan), std::move(snapshot), graph, parameters, settings);
  return Result(std::move(result));
}

session::RunSnapshot Session::Impl::begin_read() {
  if (reader_ && reader_.use_count() == 1) {
    reader_->resume();
  } else {
    // The one before still feeds a result.
    reader_ = graph::GraphTransaction::begin_read(database->environment);
  }
  return {reader_, true};
}

Result Session::Impl::run_query(const std::shared_ptr<CachedStatement>& statement,
                                const Parameters& parameters, const StatementOptions& options) {
  gql::ast::ExplainMode explain = statement->statement.explain;
  if (explain != gql::ast::ExplainMode::kExplain &&
      session::find_batches(statement->statement.node) != session::kNoBatches) {
    return run_batches(statement, parameters, options);
  }
  if (!statement->modifies || explain == gql::ast::ExplainMode::kExplain) {
    if (snapshot) {
      snapshot->wake();
      return read(statement, parameters, options, {snapshot, false});
    }
    if (!writer) return read(statement, parameters, options, begin_read());
  }
  session::RunSettings settings = this->settings(options);
  settings.profile = explain == gql::ast::ExplainMode::kProfile;
  std::unique_ptr<Result::Impl> result;
  bool modifying = statement->modifies && explain != gql::ast::ExplainMode::kExplain;
  auto job = [&](graph::GraphTransaction& graph) {
    graph.reset_changes();
    std::shared_ptr<PreparedPlan> plan =
        session::plan_for(*statement, graph, modifying, *database, *interrupt, state.catalog);
    if (explain == gql::ast::ExplainMode::kExplain) {
      result = session::explain_query(*statement, *plan);
      return;
    }
    result = session::run_to_end(plan, graph, parameters, settings);
    result->summary.counters = session::counters_of(graph.changes());
  };
  write(job);
  return Result(std::move(result));
}

Result Session::Impl::run(const std::shared_ptr<CachedStatement>& statement,
                          const Parameters& parameters, const StatementOptions& options) {
  using namespace gql::ast;
  const StatementNode& node = statement->statement.node;
  bool ends = std::holds_alternative<Rollback>(node) || std::holds_alternative<RollbackTo>(node) ||
              std::holds_alternative<Commit>(node) || std::holds_alternative<SessionClose>(node);
  if (failed && !ends) {
    throw Error(status::kStatementFailedTransaction,
                "a statement of this transaction failed; it can only be rolled back")
        .hint("ROLLBACK, or ROLLBACK TO a savepoint");
  }
  if (state.catalog.access) session::authorize(node, *state.catalog.access, state.catalog);
  if (std::holds_alternative<Query>(node)) return run_query(statement, parameters, options);
  if (statement->statement.explain != ExplainMode::kNone) {
    return Result(session::explain_command(*statement));
  }
  if (session::is_security_statement_node(node)) return run_security(node, parameters);
  if (session::is_catalog_change(node)) {
    auto result = std::make_unique<Result::Impl>();
    result->summary.gqlstatus = status::kOmittedResult;
    write([&](graph::GraphTransaction& graph) {
      graph.reset_changes();
      session::run_catalog_statement(node, graph, state.catalog);
      result->summary.counters = session::counters_of(graph.changes());
      state.leave_dropped_graph(graph.catalog());
    });
    return Result(std::move(result));
  }
  return control(node, parameters, options);
}

Result Session::Impl::execute(const std::shared_ptr<CachedStatement>& statement,
                              const Parameters& parameters, const StatementOptions& options) {
  require_open();
  if (observer != nullptr) {
    const gql::ast::StatementNode& node = statement->statement.node;
    observer->begins(session::kind_of(node), session::operation_name(node));
  }
  authorize();
  // The text lives in the statement, which the ticket shares.
  auto ticket = session::Activity::begin_query(
      context(), std::shared_ptr<const std::string>(statement, &statement->text), begin_);
  try {
    const bool own = !state.parameters.entries().empty();
    const Parameters all = own ? state.with(parameters) : Parameters();
    state.catalog.graph_parameters = session::graph_parameters(own ? all : parameters);
    Result result = run(statement, own ? all : parameters, options);
    if (result.impl().running) result.impl().ticket = std::move(ticket);
    result.impl().summary.diagnostics = diagnostics(*statement);
    return result;
  } catch (Error& error) {
    error.set_diagnostics(diagnostics(*statement));
    tell_failure();
    // Found when the statement is over, by what it left: the place is that of its change.
    const bool deletion = error.gqlstatus() == status::kEdgesStillConnected;
    if ((deletion || error.gqlstatus() == status::kGraphTypeViolation ||
         error.gqlstatus() == status::kConstraintViolation) &&
        error.position().line == 0)
      error.set_position(session::position_of_change(statement->statement.node, deletion));
    // A statement that only reads, or that never ran, has left nothing half done.
    if (writer && error.when() == Phase::kRun && statement->modifies) failed = true;
    throw;
  } catch (const std::bad_alloc&) {
    if (writer && statement->modifies) failed = true;
    throw;
  }
}

Session::Session(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result Session::execute(std::string_view text, const Parameters& parameters,
                        const StatementOptions& options) try {
  const Impl::Begin begin(*impl_, options);
  std::shared_ptr<CachedStatement> statement;
  try {
    statement = impl_->statements.get(text);
  } catch (Error& error) {
    error.set_diagnostics({"", 0, impl_->state.catalog.schema});
    throw;
  }
  return impl_->execute(statement, parameters, options);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

namespace {
constexpr std::size_t kGraphParameters = gql::feature_index("GE04");
}

struct PreparedStatement::Impl {
  std::shared_ptr<Session::Impl> session;
  std::shared_ptr<CachedStatement> statement;
  std::vector<std::string> parameters;
};

PreparedStatement Session::prepare(std::string_view text) try {
  impl_->require_open();
  impl_->authorize();
  auto prepared = std::make_unique<PreparedStatement::Impl>();
  prepared->session = impl_;
  // A statement of its own: what else the session runs cannot push it out of the cache.
  prepared->statement = std::make_shared<CachedStatement>();
  prepared->statement->text = std::string(text);
  prepared->statement->statement = gql::parse(prepared->statement->text);
  if (session::has_password(prepared->statement->statement.node))
    prepared->statement->text = gql::print_node(prepared->statement->statement.node);
  if (const auto* query = std::get_if<gql::ast::Query>(&prepared->statement->statement.node)) {
    prepared->statement->modifies = session::modifies(*query);
    // Which graph `$g` is will come with the values: there is nothing to be checked before.
    if (gql::features_used(prepared->statement->statement, text).test(kGraphParameters)) {
      prepared->parameters = gql::parameter_names(text);
      return PreparedStatement(std::move(prepared));
    }
    impl_->state.catalog.graph_parameters = session::graph_parameters(impl_->state.parameters);
    auto check = [&](graph::GraphTransaction& graph) {
      const base::Interrupt never;
      std::shared_ptr<PreparedPlan> plan = session::plan_for(
          *prepared->statement, graph, false, *impl_->database, never, impl_->state.catalog);
      prepared->parameters = plan->program.parameters;
      if (prepared->statement->modifies || impl_->writer) prepared->statement->plan.reset();
    };
    if (impl_->writer) {
      impl_->writer->run(check);
    } else {
      check(*graph::GraphTransaction::begin_read(impl_->database->environment));
    }
  }
  return PreparedStatement(std::move(prepared));
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

TransactionState Session::transaction_state() const {
  if (impl_->failed) return TransactionState::kFailed;
  if (impl_->writer) return TransactionState::kWriting;
  return impl_->snapshot ? TransactionState::kReading : TransactionState::kNone;
}

bool Session::read_only() const { return impl_->read_only; }
void Session::refuse_writes() { impl_->read_only = true; }

PreparedStatement::PreparedStatement() = default;
PreparedStatement::PreparedStatement(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PreparedStatement::PreparedStatement(PreparedStatement&&) noexcept = default;
PreparedStatement& PreparedStatement::operator=(PreparedStatement&&) noexcept = default;
PreparedStatement::~PreparedStatement() = default;

Result PreparedStatement::execute(const Parameters& parameters,
                                  const StatementOptions& options) try {
  const Session::Impl::Begin begin(*impl_->session, options);
  return impl_->session->execute(impl_->statement, parameters, options);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}
const std::string& PreparedStatement::text() const { return impl_->statement->text; }
std::vector<std::string> PreparedStatement::parameters() const try {
  return impl_->parameters;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

}  // namespace v1
}  // namespace geode
