#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <geode/backup.hpp>
#include "storage/transaction.hpp"

namespace geode::backup {

/// Which state of which database a snapshot is: the one place that knows where this stands in it.
struct SnapshotIdentity {
  std::string database_id;
  std::uint64_t lsn = 0;
  std::optional<std::uint64_t> timeline;
  std::optional<std::int64_t> commit_time;
};

SnapshotIdentity identity_of(const storage::Transaction& snapshot);

/// Throws Error 58X02 when `snapshot` is not the state that the header of an archive tells of.
void expect_identity(const BackupInfo& header, const storage::Transaction& snapshot);

}  // namespace geode::backup
