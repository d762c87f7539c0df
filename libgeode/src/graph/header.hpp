#pragma once

#include <cstdint>

#include "storage/transaction.hpp"

namespace geode::graph {

/// What every commit writes: the record keys::header() of kHot, these fields in order,
/// little-endian.
struct DatabaseHeader {
  /// Commits since the database was made; folding does not count.
  std::uint64_t lsn = 0;
  /// Changes with every commit, of folds too. What was remembered for one epoch is checked against
  /// the `last_change` of its record, never against LMDB's transaction id, which starts over in a
  /// compacted copy.
  std::uint64_t epoch = 0;
  std::uint64_t catalog_version = 0;
  /// Epoch of the last commit that inserted or deleted a node, or changed labels.
  std::uint64_t nodes_changed = 0;
  /// Extents given away; node ids are below extents * 4096.
  std::uint32_t extents = 0;
  /// 1: commits write records of the change log.
  std::uint32_t log_on = 0;
  /// When the last commit was, in microseconds since 1970. Later in each commit than in the one
  /// before, whatever the clock says.
  std::int64_t commit_time = 0;
  /// The records of the LSNs from this one on are in table kLog; lsn + 1 or 0: there are none.
  std::uint64_t log_first = 0;
  /// Records up to this LSN are in files outside.
  std::uint64_t log_archived = 0;
  /// Bytes of the records in the table, and how many they may become. When they are more, the
  /// oldest go, archived or not.
  std::uint64_t log_bytes = 0;
  std::uint64_t log_limit = 0;
};
static_assert(sizeof(DatabaseHeader) == 80);

/// The header `txn` sees; a new database has one of zeros.
DatabaseHeader read_header(const storage::Transaction& txn);
void write_header(storage::WriteTransaction& txn, const DatabaseHeader& header);

}  // namespace geode::graph
