#include "worker/audit_trail.hpp"

#include <utility>

#include "audit/audit_log.hpp"

namespace geode::server {

namespace {

AuditType type_of(StatementKind kind) {
  switch (kind) {
    case StatementKind::kWrite:
      return AuditType::kDataModification;
    case StatementKind::kAdministration:
      return AuditType::kAdministration;
    case StatementKind::kRead:
    case StatementKind::kSession:
      break;
  }
  return AuditType::kAccess;
}

std::uint64_t sum(const Counters& counters) {
  std::uint64_t sum = 0;
  for (const Counters::Entry& entry : counters.entries()) sum += entry.count;
  return sum;
}

}  // namespace

AuditTrail::AuditTrail(AuditLog* log, std::string session, const Peer& peer,
                       std::function<void(const Error&)> failed)
    : log_(log), failed_(std::move(failed)) {
  actor_.session = std::move(session);
  actor_.address = peer.address;
  actor_.transport = peer.transport;
}

bool AuditTrail::keeps_reads() const { return log_ != nullptr && log_->keeps(AuditType::kAccess); }

void AuditTrail::fail(const Error& error) {
  failed_(error);
  if (log_->refuses_on_failure()) throw error;
}

std::uint64_t AuditTrail::write(const AuditEvent& event) {
  try {
    return log_->write(event);
  } catch (const Error& error) {
    fail(Error(error.gqlstatus(), "the audit log cannot be written: " + error.message())
             .hint("what cannot be recorded is not done, unless audit.on_failure says continue"));
  }
  return 0;
}

void AuditTrail::sync(std::uint64_t event_id) {
  if (event_id == 0) return;
  try {
    log_->sync(event_id);
  } catch (const Error& error) {
    fail(Error(error.gqlstatus(), "the audit log cannot be written: " + error.message())
             .hint("the statement may have been done: look before it is tried again"));
  }
}

void AuditTrail::log_in(const std::string& user, const std::string& application,
                        std::vector<std::string> roles, const Error* refusal) {
  if (log_ == nullptr) return;
  AuditActor actor = actor_;
  actor.user = user;
  actor.application = application;
  actor.roles = std::move(roles);
  AuditEvent event;
  event.type = AuditType::kAuthentication;
  event.actor = &actor;
  event.operation = "HELLO";
  const std::string gqlstatus = refusal == nullptr ? "00000" : refusal->gqlstatus();
  event.gqlstatus = gqlstatus;
  event.succeeded = refusal == nullptr;
  if (const auto* refused = dynamic_cast<const LoginRefused*>(refusal))
    event.reason = refused->reason();
  if (log_->keeps(event.type)) sync(write(event));
  actor_ = std::move(actor);
}

void AuditTrail::work_on(std::uint64_t request, std::string_view statement) {
  if (log_ == nullptr) return;
  const std::lock_guard lock(mutex_);
  request_ = request;
  Statement& begun = statements_[request] = Statement();
  begun.text = statement;
  begun.begin = std::chrono::steady_clock::now();
}

void AuditTrail::begins(StatementKind kind, const std::string& operation) {
  const std::lock_guard lock(mutex_);
  Statement& statement = statements_[request_];
  statement.type = type_of(kind);
  statement.operation = operation;
  statement.is_kept = log_->keeps(statement.type);
}

void AuditTrail::fails(const std::string& graph) {
  const std::lock_guard lock(mutex_);
  statements_[request_].graph = graph;
}

AuditEvent AuditTrail::event_of(const Statement& statement, std::uint64_t request) const {
  AuditEvent event;
  event.type = statement.type;
  event.actor = &actor_;
  event.operation = statement.operation;
  event.statement = statement.text;
  event.graph = statement.graph;
  event.request = request;
  return event;
}

void AuditTrail::changes(const std::string& graph, const Counters& counters) {
  const std::lock_guard lock(mutex_);
  Statement& statement = statements_[request_];
  if (!statement.is_kept) return;
  statement.graph = graph;
  AuditEvent event = event_of(statement, request_);
  event.duration = std::chrono::steady_clock::now() - statement.begin;
  event.changes = sum(counters);
  statement.event_id = write(event);
}

void AuditTrail::ends_transaction(bool commit) { write_end(commit ? "COMMIT" : "ROLLBACK"); }

void AuditTrail::rolls_back_to_savepoint() { write_end("ROLLBACK TO SAVEPOINT"); }

void AuditTrail::write_end(const std::string& operation) {
  const std::lock_guard lock(mutex_);
  Statement& statement = statements_[request_];
  statement.type = AuditType::kDataModification;
  statement.operation = operation;
  statement.is_kept = log_->keeps(statement.type);
  if (statement.is_kept) statement.event_id = write(event_of(statement, request_));
}

std::optional<Error> AuditTrail::ended(std::uint64_t request, std::chrono::nanoseconds duration,
                                       std::uint64_t rows, const std::string& gqlstatus,
                                       bool succeeded) {
  if (log_ == nullptr) return std::nullopt;
  Statement statement;
  {
    const std::lock_guard lock(mutex_);
    const auto found = statements_.find(request);
    if (found == statements_.end()) return std::nullopt;
    statement = std::move(found->second);
    statements_.erase(found);
  }
  try {
    const bool is_recorded = statement.event_id != 0;
    // A statement that changes the level has its event by the one before, or by the new one. What
    // somebody tried without the right to is kept with the logins.
    const bool is_refused =
        gqlstatus == status::kAccessDenied || gqlstatus == status::kNotAuthenticated;
    const bool is_kept =
        statement.is_kept || log_->keeps(is_refused ? AuditType::kAuthentication : statement.type);
    if (is_kept && (!is_recorded || !succeeded)) {
      AuditEvent event = event_of(statement, request);
      event.duration = duration;
      event.rows = rows;
      event.gqlstatus = gqlstatus;
      event.succeeded = succeeded;
      statement.event_id = write(event);
    }
    if (is_recorded || statement.type != AuditType::kAccess || !succeeded) sync(statement.event_id);
  } catch (const Error& error) {
    if (succeeded) return error;
  }
  return std::nullopt;
}

}  // namespace geode::server
