#include <algorithm>

#include "gql/plan/explain.hpp"
#include "gql/syntax/parser.hpp"
#include "gql/syntax/print.hpp"
#include "session/session_impl.hpp"

namespace geode {

namespace session {

std::shared_ptr<CachedStatement> StatementCache::get(std::string_view text) {
  auto found = by_text_.find(text);
  if (found != by_text_.end()) {
    used_.splice(used_.begin(), used_, found->second);
    return used_.front();
  }
  auto statement = std::make_shared<CachedStatement>();
  statement->text = std::string(text);
  statement->statement = gql::parse(statement->text);
  if (const auto* query = std::get_if<gql::ast::Query>(&statement->statement.node)) {
    statement->modifies = modifies(*query);
  }
  used_.push_front(statement);
  by_text_[statement->text] = used_.begin();
  if (used_.size() > kCapacity) {
    by_text_.erase(used_.back()->text);
    used_.pop_back();
  }
  return statement;
}

void StatementCache::clear() {
  by_text_.clear();
  used_.clear();
}

std::shared_ptr<PreparedPlan> plan_for(CachedStatement& statement, graph::GraphTransaction& graph,
                                       bool for_update, bool optimize,
                                       const base::Interrupt& interrupt) {
  // A plan owns its operators' buffers: one that still feeds an unread result is not free.
  if (statement.plan && statement.plan.use_count() == 1 && statement.plan->fits(graph))
    return statement.plan;
  const auto& query = std::get<gql::ast::Query>(statement.statement.node);
  try {
    std::shared_ptr<PreparedPlan> plan =
        compile(query, statement.text, graph, for_update, optimize, interrupt);
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

void add_notices(const gql::bound::Program& program, Summary& summary) {
  for (const std::string& warning : program.warnings) {
    summary.notices.push_back({std::string(status::kUnknownName), warning});
  }
}

std::string explain(const PreparedPlan& plan, bool profile) {
  gql::plan::FiguresOf figures;
  if (profile) {
    figures = [&](const gql::plan::LogicalOp& op) -> std::optional<gql::plan::OperatorFigures> {
      for (const auto& [logical, physical] : plan.physical->origins) {
        if (logical == &op)
          return gql::plan::OperatorFigures{physical->profile().rows, physical->profile().time};
      }
      return std::nullopt;
    };
  }
  return gql::plan::explain(*plan.physical->logical.root, plan.program.variables, figures);
}

/// What is not a query has a plan of one step, and is not run.
std::unique_ptr<Result::Impl> explain_command(const gql::ast::Statement& statement) {
  const bool catalog =
      is_catalog_change(statement.node) || std::holds_alternative<gql::ast::Show>(statement.node);
  if (!catalog || statement.explain == gql::ast::ExplainMode::kProfile) {
    throw Error(status::kSyntaxError,
                catalog ? "PROFILE measures queries and data modifications, and would not run this"
                        : "transaction and session commands have no plan",
                statement.position)
        .hint("run the statement without EXPLAIN or PROFILE")
        .phase(Phase::kCompile);
  }
  return plan_result("catalog  " + gql::print(statement.node));
}

void describe(const std::shared_ptr<PreparedPlan>& plan, Result::Impl& result) {
  result.columns = std::make_shared<std::vector<std::string>>(plan->columns);
  result.has_columns = plan->program.query->returns;
  if (!result.has_columns) result.summary.gqlstatus = status::kOmittedResult;
  add_notices(plan->program, result.summary);
}

}  // namespace

std::unique_ptr<Result::Impl> plan_result(std::string text) {
  auto result = std::make_unique<Result::Impl>();
  result->columns = std::make_shared<std::vector<std::string>>(1, "plan");
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
                                         const std::shared_ptr<base::Interrupt>& interrupt,
                                         std::uint64_t memory_limit_bytes, bool profile) {
  auto result = std::make_unique<Result::Impl>();
  describe(plan, *result);
  RunningPlan running(plan, nullptr, graph, parameters, interrupt, memory_limit_bytes, profile);
  base::MemoryCharge charge(&plan->memory);
  while (gql::Batch* batch = running.next()) {
    if (!result->has_columns) continue;
    std::uint64_t bytes = 0;
    for (std::uint32_t row : batch->rows()) {
      std::vector<Value>& values = result->rows.emplace_back();
      values.reserve(batch->columns.size());
      for (const value::Vector& column : batch->columns) {
        values.push_back(gql::exec::resolve(column.get(row), graph));
        bytes += sizeof(Value) + values.back().heap_bytes();
      }
    }
    charge.add(bytes + batch->row_count() * sizeof(std::vector<Value>));
  }
  result->summary.elapsed = running.elapsed();
  if (profile) {
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
  if (start.read_only.value_or(database->options.read_only)) {
    snapshot = graph::GraphTransaction::begin_read(database->environment);
  } else {
    if (database->options.read_only)
      throw Error(status::kReadOnlyTransaction, "the database was opened read-only");
    writer = database->writer.begin();
  }
}

void Session::Impl::end_transaction(bool commit) {
  require_transaction();
  bool was_failed = failed;
  failed = false;
  savepoints.clear();
  snapshot.reset();
  if (!writer) return;
  std::unique_ptr<session::WriterQueue::Lease> lease = std::move(writer);
  if (commit && !was_failed) {
    lease->commit();
    return;
  }
  lease->rollback();
  if (commit) {
    throw Error(status::kStatementFailedTransaction,
                "the transaction was rolled back: a statement in it had failed");
  }
}

Result Session::Impl::control(const gql::ast::StatementNode& node) {
  using namespace gql::ast;
  auto result = std::make_unique<Result::Impl>();
  result->summary.gqlstatus = status::kOmittedResult;
  if (const auto* start = std::get_if<StartTransaction>(&node)) {
    start_transaction(*start);
  } else if (std::holds_alternative<Commit>(node)) {
    end_transaction(true);
  } else if (std::holds_alternative<Rollback>(node)) {
    end_transaction(false);
  } else if (const auto* savepoint = std::get_if<Savepoint>(&node)) {
    require_transaction();
    if (failed)
      throw Error(status::kStatementFailedTransaction,
                  "the transaction failed; only ROLLBACK can follow");
    if (writer) writer->run([](graph::GraphTransaction& graph) { graph.begin_savepoint(); });
    savepoints.push_back(savepoint->name.text);
  } else if (std::holds_alternative<RollbackTo>(node) ||
             std::holds_alternative<ReleaseSavepoint>(node)) {
    require_transaction();
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
      writer->run([&](graph::GraphTransaction& graph) {
        for (std::size_t i = 0; i < count; ++i) {
          if (rollback) {
            graph.rollback_savepoint();
          } else {
            graph.release_savepoint();
          }
        }
        if (rollback) graph.begin_savepoint();
      });
    }
    savepoints.resize(savepoints.size() - count + (rollback ? 1 : 0));
    if (rollback) failed = false;
  } else if (std::holds_alternative<Ping>(node)) {
    result->columns = std::make_shared<std::vector<std::string>>(1, "PING");
    result->has_columns = true;
    result->summary.gqlstatus = status::kSuccess;
    result->rows.push_back({Value("PONG")});
  } else {
    throw Error(status::kSyntaxError,
                "SESSION SET and SESSION RESET are not supported yet by this version");
  }
  return Result(std::move(result));
}

void Session::Impl::write(const session::WriterQueue::Job& job) {
  if (database->options.read_only)
    throw Error(status::kReadOnlyTransaction, "the database was opened read-only");
  if (snapshot) throw Error(status::kReadOnlyTransaction, "the transaction is READ ONLY");
  if (!writer) {
    database->writer.run(job);
    return;
  }
  // A statement that fails is undone alone; what it was part of must then be rolled back, or rolled
  // back to a savepoint.
  writer->run([&](graph::GraphTransaction& graph) {
    graph.begin_savepoint();
    try {
      job(graph);
      graph.check_statement_end();
      graph.release_savepoint();
    } catch (...) {
      graph.rollback_savepoint();
      throw;
    }
  });
}

Result Session::Impl::read(const std::shared_ptr<CachedStatement>& statement,
                           const Parameters& parameters, const StatementOptions& options,
                           std::shared_ptr<graph::GraphTransaction> transaction) {
  graph::GraphTransaction& graph = *transaction;
  std::shared_ptr<PreparedPlan> plan =
      session::plan_for(*statement, graph, false, database->options.optimize, *interrupt);
  std::uint64_t memory = options.memory_limit_bytes ? options.memory_limit_bytes
                                                    : database->options.query_memory_limit_bytes;
  if (statement->statement.explain == gql::ast::ExplainMode::kExplain) {
    return Result(session::plan_result(session::explain(*plan, false)));
  }
  if (statement->statement.explain == gql::ast::ExplainMode::kProfile) {
    return Result(session::run_to_end(plan, graph, parameters, interrupt, memory, true));
  }
  auto result = std::make_unique<Result::Impl>();
  session::describe(plan, *result);
  result->running = std::make_unique<session::RunningPlan>(plan, std::move(transaction), graph,
                                                           parameters, interrupt, memory, false);
  return Result(std::move(result));
}

Result Session::Impl::run_query(const std::shared_ptr<CachedStatement>& statement,
                                const Parameters& parameters, const StatementOptions& options) {
  gql::ast::ExplainMode explain = statement->statement.explain;
  if (!statement->modifies || explain == gql::ast::ExplainMode::kExplain) {
    if (snapshot) return read(statement, parameters, options, snapshot);
    if (!writer)
      return read(statement, parameters, options,
                  graph::GraphTransaction::begin_read(database->environment));
  }
  std::uint64_t memory = options.memory_limit_bytes ? options.memory_limit_bytes
                                                    : database->options.query_memory_limit_bytes;
  std::unique_ptr<Result::Impl> result;
  bool modifying = statement->modifies && explain != gql::ast::ExplainMode::kExplain;
  auto job = [&](graph::GraphTransaction& graph) {
    graph.reset_changes();
    std::shared_ptr<PreparedPlan> plan =
        session::plan_for(*statement, graph, modifying, database->options.optimize, *interrupt);
    if (explain == gql::ast::ExplainMode::kExplain) {
      result = session::plan_result(session::explain(*plan, false));
      return;
    }
    result = session::run_to_end(plan, graph, parameters, interrupt, memory,
                                 explain == gql::ast::ExplainMode::kProfile);
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
              std::holds_alternative<Commit>(node);
  if (failed && !ends) {
    throw Error(status::kStatementFailedTransaction,
                "a statement of this transaction failed; it can only be rolled back")
        .hint("ROLLBACK, or ROLLBACK TO a savepoint");
  }
  if (std::holds_alternative<Query>(node)) return run_query(statement, parameters, options);
  if (statement->statement.explain != ExplainMode::kNone) {
    return Result(session::explain_command(statement->statement));
  }
  if (session::is_catalog_change(node)) {
    auto result = std::make_unique<Result::Impl>();
    result->summary.gqlstatus = status::kOmittedResult;
    write([&](graph::GraphTransaction& graph) {
      graph.reset_changes();
      session::run_catalog_statement(node, graph);
      result->summary.counters = session::counters_of(graph.changes());
    });
    return Result(std::move(result));
  }
  if (const auto* show = std::get_if<Show>(&node)) {
    if (writer) {
      std::unique_ptr<Result::Impl> result;
      writer->run([&](graph::GraphTransaction& graph) { result = session::show(*show, graph); });
      return Result(std::move(result));
    }
    std::shared_ptr<graph::GraphTransaction> graph = snapshot;
    if (!graph) graph = graph::GraphTransaction::begin_read(database->environment);
    return Result(session::show(*show, *graph));
  }
  return control(node);
}

Result Session::Impl::execute(const std::shared_ptr<CachedStatement>& statement,
                              const Parameters& parameters, const StatementOptions& options) {
  interrupt->reset();
  if (options.timeout.count() > 0) interrupt->set_timeout(options.timeout);
  try {
    return run(statement, parameters, options);
  } catch (const Error& error) {
    // A statement that only reads, or that never ran, has left nothing half done.
    if (writer && error.when() == Phase::kRun && statement->modifies) failed = true;
    throw;
  }
}

Session::Session(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result Session::execute(std::string_view text, const Parameters& parameters,
                        const StatementOptions& options) {
  return impl_->execute(impl_->statements.get(text), parameters, options);
}

struct PreparedStatement::Impl {
  std::shared_ptr<Session::Impl> session;
  std::shared_ptr<CachedStatement> statement;
  std::vector<std::string> parameters;
};

PreparedStatement Session::prepare(std::string_view text) {
  auto prepared = std::make_unique<PreparedStatement::Impl>();
  prepared->session = impl_;
  // A statement of its own: what else the session runs cannot push it out of the cache.
  prepared->statement = std::make_shared<CachedStatement>();
  prepared->statement->text = std::string(text);
  prepared->statement->statement = gql::parse(prepared->statement->text);
  if (const auto* query = std::get_if<gql::ast::Query>(&prepared->statement->statement.node)) {
    prepared->statement->modifies = session::modifies(*query);
    auto check = [&](graph::GraphTransaction& graph) {
      const base::Interrupt never;
      std::shared_ptr<PreparedPlan> plan = session::plan_for(
          *prepared->statement, graph, false, impl_->database->options.optimize, never);
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
}

TransactionState Session::transaction_state() const {
  if (impl_->failed) return TransactionState::kFailed;
  if (impl_->writer) return TransactionState::kWriting;
  return impl_->snapshot ? TransactionState::kReading : TransactionState::kNone;
}

void Session::interrupt() { impl_->interrupt->cancel(); }
bool Session::read_only() const { return impl_->database->options.read_only; }

PreparedStatement::PreparedStatement() = default;
PreparedStatement::PreparedStatement(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PreparedStatement::PreparedStatement(PreparedStatement&&) noexcept = default;
PreparedStatement& PreparedStatement::operator=(PreparedStatement&&) noexcept = default;
PreparedStatement::~PreparedStatement() = default;

Result PreparedStatement::execute(const Parameters& parameters, const StatementOptions& options) {
  return impl_->session->execute(impl_->statement, parameters, options);
}
const std::string& PreparedStatement::text() const { return impl_->statement->text; }
std::vector<std::string> PreparedStatement::parameters() const { return impl_->parameters; }

}  // namespace v1
}  // namespace geode
