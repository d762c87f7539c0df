#include "shell/delete_guard.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include <geode/error.hpp>
#include "shell/question.hpp"
#include "shell/shell.hpp"
#include "talk.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

constexpr const char* kSavepoint = "shell_delete_guard";

bool has_word(std::string_view text, std::string_view word) {
  const auto is_word_byte = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  for (std::size_t at = 0; at + word.size() <= text.size(); ++at) {
    if (!same_word(text.substr(at, word.size()), word)) continue;
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word_byte(text[at - 1])) &&
        (end == text.size() || !is_word_byte(text[end]))) {
      return true;
    }
  }
  return false;
}

std::uint64_t deleted(const Result& result) {
  const Counters& counters = result.summary().counters;
  return counters.nodes_deleted + counters.edges_deleted;
}

/// Runs what undoes the statement on the way out unless it is to stay.
class Undo {
 public:
  Undo(Target& target, std::string statement) : target_(target), statement_(std::move(statement)) {}
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo() {
    if (statement_.empty()) return;
    try {
      now();
    } catch (const Error&) {
      // The error that brought us here is the one to tell; the prompt shows the transaction.
    }
  }
  void now() { target_.execute(std::exchange(statement_, "")).consume(); }
  void drop() { statement_.clear(); }

 private:
  Target& target_;
  std::string statement_;
};

}  // namespace

bool needs_guard(Shell& shell, const std::string& text) {
  if (!shell.settings().asks || shell.target().read_only()) return false;
  const bool explained = has_word(text.substr(0, text.find_first_of(" \t\n", 1)), "EXPLAIN");
  if (explained || !has_word(text, "DELETE")) return false;
  const TransactionState state = shell.target().transaction_state();
  return state == TransactionState::kNone || state == TransactionState::kWriting;
}

Result run_guarded(Shell& shell, const std::string& text, const StatementOptions& options) {
  Target& target = shell.target();
  const bool inside = target.in_transaction();
  const std::string name = kSavepoint;
  target.execute(inside ? "SAVEPOINT " + name : "START TRANSACTION").consume();
  std::uint64_t count = 0;
  std::string what;
  {
    Undo undo(target, inside ? "ROLLBACK TO SAVEPOINT " + name : "ROLLBACK");
    Result result = target.execute(text, shell.parameters(), options);
    count = deleted(result);
    if (count <= kUnaskedDeletes) {
      undo.drop();
      target.execute(inside ? "RELEASE SAVEPOINT " + name : "COMMIT").consume();
      return result;
    }
    what = describe(result.summary().counters);
    undo.now();
  }
  if (inside) target.execute("RELEASE SAVEPOINT " + name).consume();
  if (!ask(shell, "This means " + what + ". Go on?")) {
    throw Error(status::kCancelled, "not run, nothing was changed");
  }
  return target.execute(text, shell.parameters(), options);
}

}  // namespace geode::cli
