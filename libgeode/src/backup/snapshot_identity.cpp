#include "backup/snapshot_identity.hpp"

#include <geode/error.hpp>
#include "graph/log/change_log.hpp"
#include "storage/tables.hpp"

namespace geode::backup {

SnapshotIdentity identity_of(const storage::Transaction& snapshot) {
  SnapshotIdentity identity;
  identity.database_id = snapshot.environment().database_id();
  const graph::ChangeLogState log = graph::change_log_state(snapshot);
  identity.lsn = log.lsn;
  if (log.commit_time != 0) identity.commit_time = log.commit_time;
  if (const std::uint64_t timeline = graph::timeline_of(log.timelines, log.lsn); timeline != 0) {
    identity.timeline = timeline;
  }
  return identity;
}

void expect_identity(const BackupInfo& header, const storage::Transaction& snapshot) {
  const SnapshotIdentity identity = identity_of(snapshot);
  const auto differ = [&](const std::string& what, const std::string& says, const std::string& is) {
    throw Error(status::kCorrupt, "backup '" + header.file + "' is damaged: its " + what + " is " +
                                      says + ", but that of the database in it is " + is);
  };
  if (header.format_version != storage::kFormatVersion) {
    differ("format version", std::to_string(header.format_version),
           std::to_string(storage::kFormatVersion));
  }
  if (identity.database_id != header.database_id) {
    differ("database id", header.database_id, identity.database_id);
  }
  if (identity.lsn != header.lsn) {
    differ("LSN", std::to_string(header.lsn), std::to_string(identity.lsn));
  }
  if (identity.timeline != header.timeline || identity.commit_time != header.commit_time) {
    throw Error(status::kCorrupt, "backup '" + header.file +
                                      "' is damaged: its timeline or commit time is not that of "
                                      "the database in it");
  }
}

}  // namespace geode::backup
