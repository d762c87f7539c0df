#pragma once

#include <string>
#include <string_view>

#include <geode/backup.hpp>
#include "progress.hpp"

namespace geode::cli {

/// {"schema":SCHEMA,"file":..,"type":..,...}, without an end of line; SCHEMA is left out when
/// empty.
std::string backup_json(const BackupInfo& info, std::string_view schema);

/// The lines that tell of an archive, "Checksum: sha256:..." the last of them where it is known.
std::string backup_lines(const BackupInfo& info);

/// 2026-01-31T08:15:00Z
std::string backup_time(std::int64_t seconds);

/// Draws the bar, and ends the work when the user asks for it.
BackupProgressFunction backup_progress(ProgressBar& bar, std::string step);

}  // namespace geode::cli
