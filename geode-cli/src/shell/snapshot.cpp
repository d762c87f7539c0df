#include "shell/snapshot.hpp"

#include <geode/error.hpp>
#include "shell/shell.hpp"

namespace geode::cli {

Snapshot::Snapshot(Shell& shell) : interrupts_(shell.interrupts()), session_(&shell.session()) {
  if (session_->transaction_state() == TransactionState::kFailed) {
    throw Error(status::kStatementFailedTransaction, "the open transaction has failed")
        .hint("end it with .rollback");
  }
  if (!session_->in_transaction()) {
    own_.emplace(shell.database().session());
    own_->execute("START TRANSACTION READ ONLY").consume();
    session_ = &*own_;
  }
  running_.emplace(interrupts_, *session_);
}

Result Snapshot::query(std::string_view text) { return session_->execute(text); }

void Snapshot::check_interrupt() const {
  if (interrupts_.pending()) throw Error(status::kCancelled, "interrupted");
}

}  // namespace geode::cli
