#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <geode/error.hpp>
#include <geode/statement_observer.hpp>
#include "audit/audit_event.hpp"
#include "auth/login.hpp"

namespace geode::server {

class AuditLog;

/// What a conversation tells the audit log. A statement that changes something has its event before
/// its commit, so that it is undone when there is none; others when they have ended. Before a
/// client is answered, what it is told of is on disk, but for reads, which are in the file alone.
///
/// Where there is no log nothing is done. ended() may be called by another thread than the worker.
class AuditTrail : public StatementObserver {
 public:
  /// `failed` is told when an event could not be kept.
  AuditTrail(AuditLog* log, std::string session, const Peer& peer,
             std::function<void(const Error&)> failed);

  bool is_on() const { return log_ != nullptr; }
  /// Reads have events, too, so that none is quick.
  bool keeps_reads() const;

  /// Who it is, as far as Hello says, and whether he was let in. Throws Error when the event cannot
  /// be kept, and that is to be refused.
  void log_in(const std::string& user, const std::string& application,
              std::vector<std::string> roles, const Error* refusal);
  /// The worker goes on with a request, whose statement that is; 0: what the server does itself.
  void work_on(std::uint64_t request, std::string_view statement);
  /// A request has its last answer. Gives the Error to answer with instead.
  std::optional<Error> ended(std::uint64_t request, std::chrono::nanoseconds duration,
                             std::uint64_t rows, const std::string& gqlstatus, bool succeeded);

  void begins(StatementKind kind, const std::string& operation) override;
  void fails(const std::string& graph) override;
  void changes(const std::string& graph, const Counters& counters) override;
  void ends_transaction(bool commit) override;
  void rolls_back_to_savepoint() override;

 private:
  struct Statement {
    AuditType type = AuditType::kAccess;
    std::string operation, text, graph;
    std::chrono::steady_clock::time_point begin;
    bool is_kept = false;        ///< by the level that counted when it began
    std::uint64_t event_id = 0;  ///< of the last event it has; 0: none
  };
  AuditEvent event_of(const Statement& statement, std::uint64_t request) const;
  /// That a transaction, or a part of it, ends.
  void write_end(const std::string& operation);
  /// Throws Error when that is to be refused; 0 when it could not be kept all the same.
  std::uint64_t write(const AuditEvent& event);
  void sync(std::uint64_t event_id);
  /// With an Error thrown that was noted, unless failures are to be ignored.
  void fail(const Error& error);

  AuditLog* const log_;
  const std::function<void(const Error&)> failed_;
  AuditActor actor_;
  std::mutex mutex_;
  std::map<std::uint64_t, Statement> statements_;  ///< by request
  std::uint64_t request_ = 0;                      ///< that the worker is at
};

}  // namespace geode::server
