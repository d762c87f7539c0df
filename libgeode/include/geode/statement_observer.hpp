#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <geode/result.hpp>

namespace geode {
inline namespace v1 {

class Session;

enum class StatementKind : std::uint8_t {
  kRead,
  kWrite,           ///< of nodes and edges
  kAdministration,  ///< of the catalog, users, rights, and procedures of administrators
  kSession,         ///< transactions, savepoints, settings of the session
};

/// Watches what one session does, for who keeps a record of it. Called by the thread that runs the
/// statement, which then must not use the session.
class StatementObserver {
 public:
  virtual ~StatementObserver() = default;
  /// A statement that could be read begins. `operation` is that of its diagnostic record: "INSERT".
  virtual void begins(StatementKind kind, const std::string& operation) = 0;
  /// It failed before it gave rows. `graph`: the path of the session's graph.
  virtual void fails(const std::string& graph) = 0;
  /// It has changed the graph, or the catalog, and nothing speaks against it; outside of an open
  /// transaction the commit is next. `graph`: its path. An Error that is thrown undoes the
  /// statement.
  virtual void changes(const std::string& graph, const Counters& counters) = 0;
  /// A transaction that may write is about to end. When an Error is thrown it is rolled back.
  virtual void ends_transaction(bool commit) = 0;
  /// What a transaction that may write did after a savepoint is about to be undone. When an Error
  /// is thrown it is not.
  virtual void rolls_back_to_savepoint() = 0;
};

/// From now on the observer, which has to outlive the session, is told; null: nobody is.
void observe_statements(Session& session, StatementObserver* observer);

}  // namespace v1
}  // namespace geode
