#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "graph/graph_transaction.hpp"
#include "graph/log/log_record.hpp"

namespace geode::graph {

/// Makes the changes of log records again, one commit after the other, with the ids they were made
/// with. Several records may go into one transaction of the file; a crash leaves the state behind
/// one of its commits.
class LogApplier {
 public:
  /// `txn` is to write and has changed nothing yet. Edges loaded in bulk wait in
  /// `temporary_directory` where they do not fit into `memory_bytes`.
  LogApplier(GraphTransaction& txn, std::string temporary_directory, std::uint64_t memory_bytes);
  ~LogApplier();
  /// The next part of the record that follows, whose commit was at `commit_time`. Throws Error
  /// 58X02 when it does not fit what is there; the transaction is then to be rolled back.
  void apply(const LogPart& part, std::int64_t commit_time);
  /// Commits what was applied; it ends with a whole record. The transaction is over.
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace geode::graph
