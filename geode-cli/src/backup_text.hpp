#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <geode/backup.hpp>
#include "progress.hpp"
#include "talk.hpp"

namespace geode::cli {

/// {"schema":SCHEMA,"file":..,"type":..,...}, without an end of line; SCHEMA is left out when
/// empty.
std::string backup_json(const BackupInfo& info, std::string_view schema);

/// The lines that tell of an archive, "Checksum: sha256:..." the last of them where it is known.
std::string backup_lines(const BackupInfo& info);

/// The LSN of a database, or the first and the last one of records.
std::string lsn_text(const BackupInfo& info);

/// 2026-01-31T08:15:00Z
std::string backup_time(std::int64_t seconds);

/// What was applied of a change log: members of a JSON object, and lines.
std::string replay_json(const ReplayReport& replay, std::size_t archives);
std::string replay_lines(const ReplayReport& replay, std::size_t archives);

/// --target-time, which may be empty. False, and it was told, when it is no time.
bool read_target_time(const std::string& text, ReplayRequest& request, const Talk& talk);
/// Remarks that the archives end before the time that was asked for.
void say_what_is_missing(const ReplayRequest& request, const ReplayReport& replay,
                         const Talk& talk);

/// Draw the bar, and end the work when the user asks for it.
BackupProgressFunction backup_progress(ProgressBar& bar, std::string step);
std::function<bool(std::uint64_t, std::uint64_t)> replay_progress(ProgressBar& bar,
                                                                  std::string step);

}  // namespace geode::cli
