#include "shell/snapshot.hpp"

#include <algorithm>

#include <geode/error.hpp>
#include "gql_text.hpp"
#include "shell/shell.hpp"

namespace geode::cli {

std::string graph_path(std::string_view schema, std::string_view name) {
  std::string out;
  for (std::size_t at = 1; at < schema.size();) {
    const std::size_t end = std::min(schema.find('/', at), schema.size());
    out += '/';
    append_gql_name(out, schema.substr(at, end - at));
    at = end + 1;
  }
  out += '/';
  append_gql_name(out, name);
  return out;
}

Snapshot::Snapshot(Shell& shell) : interrupts_(shell.interrupts()), session_(&shell.target()) {
  if (session_->transaction_state() == TransactionState::kFailed) {
    throw Error(status::kStatementFailedTransaction, "the open transaction has failed")
        .hint("end it with .rollback");
  }
  Result current = session_->execute("SHOW GRAPHS YIELD name, schema, current WHERE current");
  for (const Row& row : current) {
    graph_ = graph_path(row["schema"].as_string(), row["name"].as_string());
  }
  if (!session_->in_transaction()) {
    own_ = session_->another();
    own_->execute("START TRANSACTION READ ONLY").consume();
    session_ = own_.get();
    use_graph(graph_);
  }
  running_.emplace(interrupts_, *session_);
}

Snapshot::~Snapshot() {
  running_.reset();
  if (own_) return;
  try {
    use_graph(graph_);
  } catch (const Error&) {
    // The transaction has failed meanwhile, or the graph is gone: the statement that comes next
    // says so.
  }
}

void Snapshot::use_graph(const std::string& path) {
  session_->execute("SESSION SET GRAPH " + path).consume();
}

Result Snapshot::query(std::string_view text) { return session_->execute(text); }

void Snapshot::check_interrupt() const {
  if (interrupts_.pending()) throw Error(status::kCancelled, "interrupted");
}

}  // namespace geode::cli
