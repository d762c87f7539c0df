#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "backup/archive_reader.hpp"
#include "graph/log/segment.hpp"

namespace geode::backup {

/// The files of a folder, sorted by name; hidden ones are left out.
std::vector<std::string> files_in(const std::string& folder);

/// True for names of archives, of any kind.
bool is_archive_name(const std::string& name);

/// Reads an archive to its end; its segments go to files without a name in the folder `temporary`.
std::vector<graph::Segment> take_segments(ArchiveReader& reader, const std::string& temporary,
                                          const BackupProgressFunction& progress = nullptr);

/// What a folder has of a change log: segment files, and segments in archives, which are taken as
/// take_segments() does. Full backups are passed over.
struct LogFiles {
  std::vector<graph::Segment> segments;
  std::size_t archives = 0;  ///< files that have some
};
LogFiles read_log_files(const std::string& folder, const std::string& temporary);

}  // namespace geode::backup
