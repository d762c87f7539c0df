#pragma once

#include <cstdint>
#include <random>

#include <geode/database.hpp>

namespace geode::test {

/// A load that tells of every state which commit it is of, and whether it is whole:
///
///   (:Account {id, balance})-[:HOLDS {value}]->(:Item {n, value, text})
///   (:Total {n, items, sum, mix})
///
/// Commit `n` inserts the item of its number, may delete older ones, and writes the totals of all
/// items. The balance of an account is the sum of what it holds.
struct LedgerState {
  std::int64_t n = 0;      ///< commits
  std::int64_t items = 0;  ///< that are there
  std::int64_t sum = 0;    ///< of their values
  std::int64_t mix = 0;    ///< sum of number times value
  friend bool operator==(const LedgerState&, const LedgerState&) = default;
};

void make_ledger(Database& database);

/// One commit; gives the state behind it.
LedgerState run_commit(Database& database, std::mt19937_64& random);

/// What a snapshot shows. Throws std::runtime_error when its parts contradict each other.
LedgerState read_ledger(Database& database);

}  // namespace geode::test
