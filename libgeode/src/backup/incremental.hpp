#pragma once

#include <string>
#include <vector>

#include <geode/backup.hpp>
#include <geode/database.hpp>
#include "graph/log/segment.hpp"

namespace geode::backup {

/// create_backup() with a parent.
BackupInfo create_incremental(const Database& database, const BackupOptions& options);

/// Throws Error 58X02 unless the segments of an incremental archive are what its header tells of:
/// the commits behind its parent up to its own LSN, without a gap.
void expect_increment(const BackupInfo& info, const std::vector<graph::Segment>& segments);

/// The archives from a full one to `file`, each the parent of the one behind it. They are looked
/// for among the files `others` and in the folder of `file`, by what they say of themselves; their
/// checksums are left to who reads them. Throws Error 58X02 that names the one that is missing.
std::vector<BackupInfo> find_chain(const std::string& file, const std::vector<std::string>& others);

/// Throws Error 58X02 when `parent`, which was read, is not the archive that `child` goes on from.
void expect_parent(const BackupInfo& child, const BackupInfo& parent);

}  // namespace geode::backup
