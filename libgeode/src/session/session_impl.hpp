#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <geode/session.hpp>
#include <geode/statement_observer.hpp>
#include "base/interrupt.hpp"
#include "base/memory_budget.hpp"
#include "base/running_limits.hpp"
#include "session/database_impl.hpp"
#include "session/result_impl.hpp"
#include "session/session_state.hpp"
#include "session/statement_cache.hpp"

namespace geode {
inline namespace v1 {

struct Session::Impl : std::enable_shared_from_this<Session::Impl> {
  explicit Impl(std::shared_ptr<Database::Impl> database)
      : database(std::move(database)), statements(this->database->statements) {}
  ~Impl();

  std::shared_ptr<Database::Impl> database;
  session::StatementCache statements;
  /// Of the last statement; results that are still open have their own. Replaced with the mutex
  /// held, as other threads interrupt.
  std::shared_ptr<base::Interrupt> interrupt = std::make_shared<base::Interrupt>();
  std::mutex interrupt_mutex;
  session::SessionState state;
  std::int64_t id = database->activity->next_session();

  /// Whose rights statements have: those of a program that has the database open, everybody's
  /// while there are no users, or a user's.
  enum class Identity : std::uint8_t { kProgram, kOpen, kUser };
  Identity identity = Identity::kProgram;
  std::string user;
  /// Of an open session: the first user, when it is this session that makes him.
  std::string first_user;

  // The open explicit transaction: a snapshot or the writer.
  std::shared_ptr<graph::GraphTransaction> snapshot;
  std::unique_ptr<session::WriterQueue::Lease> writer;
  std::vector<std::string> savepoints;
  std::unique_ptr<session::Activity::Ticket> transaction_ticket;
  /// SET TRANSACTION: what START TRANSACTION does not say.
  gql::ast::StartTransaction next_transaction;
  bool failed = false;
  bool read_only = database->options.read_only;  // what writes is refused
  StatementObserver* observer = nullptr;

  /// Brings the rights up to what is committed now. Throws Error 28000 when the user is gone.
  void authorize();
  /// Throws 08000 once the session was closed.
  void require_open() const;
  /// Throws 25G03 when the session, or its database, is read-only.
  void require_writable() const;
  /// What statements that begin now have in common.
  const std::shared_ptr<const session::SessionContext>& context();
  /// An interrupt for the statement that begins, which no open result looks at.
  base::Interrupt* renew_interrupt();
  session::RunSettings settings(const StatementOptions& options);
  DiagnosticRecord diagnostics(const session::CachedStatement& statement) const;
  /// A statement begins. For its lifetime, what is done before a plan runs (the text is read,
  /// constants are folded) has the limits of the statement, too.
  class Begin {
   public:
    Begin(Impl& session, const StatementOptions& options);

   private:
    base::MemoryBudget memory_;
    base::RunningLimits limits_;
  };
  Result execute(const std::shared_ptr<session::CachedStatement>& statement,
                 const Parameters& parameters, const StatementOptions& options);
  /// Runs `job` in the open transaction, or on a snapshot.
  void inspect(const session::WriterQueue::Job& job);
  /// Of the session's graph; "" when it is no longer there.
  std::string graph_path();

 private:
  Result run(const std::shared_ptr<session::CachedStatement>& statement,
             const Parameters& parameters, const StatementOptions& options);
  Result run_security(const gql::ast::StatementNode& node, const Parameters& parameters);
  /// After a part of the open transaction was undone, when that made him.
  void forget_first_user(const graph::GraphTransaction& graph);
  Result run_query(const std::shared_ptr<session::CachedStatement>& statement,
                   const Parameters& parameters, const StatementOptions& options);
  /// The snapshot is at work, and rests when it returns.
  Result read(const std::shared_ptr<session::CachedStatement>& statement,
              const Parameters& parameters, const StatementOptions& options,
              session::RunSnapshot snapshot);
  /// What is said to the session itself: transactions, SESSION SET, RESET and CLOSE, PING
  /// (session_commands.cpp).
  Result control(const gql::ast::StatementNode& node, const Parameters& parameters,
                 const StatementOptions& options);
  /// CALL { .. } IN TRANSACTIONS (transaction_batches.cpp).
  void check_batches(const gql::ast::Statement& statement) const;
  Result run_batches(const std::shared_ptr<session::CachedStatement>& statement,
                     const Parameters& parameters, const StatementOptions& options);
  void control_savepoint(const gql::ast::StatementNode& node);
  void set(const gql::ast::SessionSet& set, const Parameters& parameters,
           const StatementOptions& options);
  std::vector<std::vector<Value>> evaluate(const gql::ast::Query& query,
                                           const Parameters& parameters,
                                           const StatementOptions& options,
                                           std::vector<std::string>& columns);
  void start_transaction(const gql::ast::StartTransaction& start);
  void end_transaction(bool commit);
  void require_transaction() const;
  /// A snapshot for one statement, at work.
  session::RunSnapshot begin_read();

  std::shared_ptr<const catalog::Security> security_;  ///< what the rights were read from
  std::shared_ptr<const session::SessionContext> context_;
  std::chrono::steady_clock::time_point begin_;      ///< of the last statement
  std::shared_ptr<graph::GraphTransaction> reader_;  ///< of the last statement, to be used again
  /// Runs `job` on the writer: in the open transaction, or in one of its own.
  void write(const session::WriterQueue::Job& job);
  std::string graph_path(graph::GraphTransaction& graph) const;
  void tell_failure();
  /// After the job of a statement, which can still be undone.
  void tell_changes(graph::GraphTransaction& graph);
};

}  // namespace v1
}  // namespace geode

namespace geode::session {

/// Runs a query to its end in `graph` and keeps its rows.
std::unique_ptr<Result::Impl> run_to_end(const std::shared_ptr<PreparedPlan>& plan,
                                         graph::GraphTransaction& graph,
                                         const Parameters& parameters, const RunSettings& settings);
/// The plan to run `statement` with: the kept one when it still fits and is free, else a new one,
/// which is kept.
std::shared_ptr<PreparedPlan> plan_for(CachedStatement& statement, graph::GraphTransaction& graph,
                                       bool for_update, const Database::Impl& database,
                                       const base::Interrupt& interrupt,
                                       const gql::CatalogContext& context);
std::unique_ptr<Result::Impl> plan_result(std::string text);
Counters counters_of(const graph::Changes& changes);

/// Statements of the catalog, in a write transaction (catalog_statements.cpp,
/// graph_statements.cpp).
void run_catalog_statement(const gql::ast::StatementNode& node, graph::GraphTransaction& graph,
                           const gql::CatalogContext& context);
inline constexpr auto kNoBatches = static_cast<std::size_t>(-1);
/// The clause of a statement that is CALL { .. } IN TRANSACTIONS, or kNoBatches.
std::size_t find_batches(const gql::ast::StatementNode& node);
/// What the diagnostic record calls a statement: "MATCH", "CREATE INDEX", ...
std::string operation_name(const gql::ast::StatementNode& node);
/// The first clause of a query that changes the graph, or `deletion`: its first DELETE; no place
/// when there is none.
Position position_of_change(const gql::ast::StatementNode& node, bool deletion);
bool is_catalog_change(const gql::ast::StatementNode& node);
StatementKind kind_of(const gql::ast::StatementNode& node);

}  // namespace geode::session
