#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <geode/options.hpp>
#include <geode/result.hpp>

namespace geode {
inline namespace v1 {

class Database;

/// Values for the parameters of a statement, by name without `$`: {{"name", "Ada"}, {"age", 36}}.
class Parameters {
 public:
  using Entry = std::pair<std::string, Value>;
  Parameters() = default;
  Parameters(std::initializer_list<Entry> entries) : entries_(entries) {}
  explicit Parameters(std::vector<Entry> entries) : entries_(std::move(entries)) {}
  void set(std::string name, Value value);
  const Value* find(std::string_view name) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

/// A statement that was parsed and, when possible, planned. Belongs to its session; runs again
/// without set-up.
class PreparedStatement {
 public:
  PreparedStatement();
  PreparedStatement(PreparedStatement&&) noexcept;
  PreparedStatement& operator=(PreparedStatement&&) noexcept;
  ~PreparedStatement();
  Result execute(const Parameters& parameters = {}, const StatementOptions& options = {});
  const std::string& text() const;
  /// Names of its parameters.
  std::vector<std::string> parameters() const;

  struct Impl;
  explicit PreparedStatement(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

/// What the prompt of a shell shows of a session.
enum class TransactionState : std::uint8_t { kNone, kReading, kWriting, kFailed };

/// A conversation with a database: statements one after another, outside of a transaction each in
/// one of its own. One thread at a time, except interrupt(). Rolls back an open transaction when it
/// is destroyed.
class Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Runs one statement. Statements that write have run when this returns, and, outside of a
  /// transaction, are on disk.
  Result execute(std::string_view text, const Parameters& parameters = {},
                 const StatementOptions& options = {});
  /// Checks a statement and keeps its plan.
  PreparedStatement prepare(std::string_view text);
  TransactionState transaction_state() const;
  bool in_transaction() const { return transaction_state() != TransactionState::kNone; }
  /// Ends with 57X01 what runs, and all whose results are open. From any thread.
  void interrupt();
  /// Ends the statement that began last, and leaves results of others alone. From any thread.
  void interrupt_last();
  bool read_only() const;
  /// From now on statements that write, and transactions that would, are refused with 25G03, as in
  /// a database that was opened read-only. A transaction that is open may still write.
  void refuse_writes();

  struct Impl;
  explicit Session(std::shared_ptr<Impl> impl);
  const std::shared_ptr<Impl>& impl() const { return impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

/// A part of a script: the text between `;`s.
struct StatementText {
  std::size_t offset = 0;
  std::size_t length = 0;
  bool complete = false;  ///< ended by `;`
};
/// Cuts a script into statements, minding strings, comments and quoted names.
std::vector<StatementText> split_statements(std::string_view script);

/// The statement with `?` in place of its literals, and without comments: for logs and lists, which
/// must not tell what values it had. What cannot be read, to the end, is "...".
std::string without_literals(std::string_view statement);

/// Words for completion and highlighting.
struct Vocabulary {
  std::vector<std::string> keywords, functions;
};
const Vocabulary& vocabulary();
/// The nearest of `candidates` to `word` when it is near enough to be meant, else "".
std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace v1
}  // namespace geode
