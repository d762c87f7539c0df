#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <geode/database.hpp>

namespace geode::test {

/// The load of the kill test. Each writer owns a node (:Writer {id, last_seq, groups}); each of its
/// transactions sets last_seq to the transaction's number and makes, changes or deletes one group:
///
///   (:Writer)-[:Owns]->(:Group {key, version, size, sum, text})-[:Has {n, version}]->(:Item {id,
///   group, value, x<k>})
///
/// The items of a group are chained by :Next. All content follows from key and version, so a
/// snapshot that shows a part of a transaction differs from what a list of (key, version)
/// foretells. A group of an odd version has the label :Hot, too.

enum class OperationKind : std::uint8_t { kCreate, kUpdate, kDelete, kLink };

/// One transaction of a writer.
struct Operation {
  std::uint64_t sequence = 0;
  std::int64_t key = 0;
  std::int64_t version = 0;
  OperationKind kind = OperationKind::kCreate;
};

/// The groups of a writer: key to version.
using Groups = std::map<std::int64_t, std::int64_t>;

/// What `operation` makes of `groups`.
void follow(Groups& groups, const Operation& operation);

inline constexpr std::string_view kBaseLabel = "Base";

/// Makes constraints, indexes, writers 0..writers-1 and `base` nodes (:Base {id, name}).
void prepare(Database& database, int writers, std::int64_t base);

/// One writer: chooses operations and runs them in several ways: by the graph API, as one
/// statement, as a transaction of statements with savepoints. Belongs to one thread.
class GroupWriter {
 public:
  GroupWriter(Database database, int writer, std::int64_t base, std::uint64_t seed);

  /// The next transaction, numbered `sequence`.
  Operation choose(std::uint64_t sequence);
  /// Runs it. Committed when it returns.
  void run(const Operation& operation);
  /// Writes that must leave no trace: rolled back, or refused by a constraint.
  void run_in_vain();

 private:
  void run_by_graph_api(const Operation& operation);
  void run_as_statement(const Operation& operation);
  void run_as_transaction(const Operation& operation);
  Parameters parameters(const Operation& operation) const;
  std::uint64_t random(std::uint64_t below) { return random_() % below; }

  Database database_;
  Session session_;
  std::int64_t writer_;
  std::int64_t base_;
  Groups groups_;
  std::mt19937_64 random_;
};

/// The number of the last transaction of `writer` in the snapshot.
std::uint64_t last_sequence(const Transaction& snapshot, int writer);

/// Throws Broken unless the snapshot shows exactly `groups` for `writer`.
void check_groups(const Transaction& snapshot, int writer, const Groups& groups);

/// Throws Broken when something is in the snapshot that no group has, or an index disagrees with
/// the data. `others`: how many nodes there are that the load does not know of.
void check_whole(Transaction& snapshot, std::int64_t base, const std::vector<Groups>& writers,
                 std::uint64_t others);

}  // namespace geode::test
