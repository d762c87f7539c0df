#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <geode/backup.hpp>

namespace geode::backup {

inline constexpr std::string_view kHeaderName = "geode-backup.json";
inline constexpr std::string_view kDatabaseName = "database.geode";
inline constexpr std::string_view kManifestName = "manifest.json";
/// The longest that are read.
inline constexpr std::uint64_t kMostHeaderBytes = std::uint64_t{1} << 20;

/// A part between the header and the manifest. kDatabaseName, or
/// `log/<first>-<last>-<timeline>.gwal`, where first and last are LSNs of 20 digits, and the
/// timeline has sixteen hexadecimal ones: records of the change log.
struct Part {
  std::string name;
  std::uint64_t size = 0;
  std::string sha256;  ///< 64 hexadecimal digits; empty in the header
};

std::string log_part_name(std::uint64_t first_lsn, std::uint64_t last_lsn,
                          const std::string& timeline);
/// True for names of parts that an archive may hold.
bool is_part_name(std::string_view name);

/// What stands first in an archive: what it is, and which parts of what size follow.
struct Header {
  BackupInfo info;
  std::vector<Part> parts;
};

/// JSON of schema "geode.backup/1".
std::string write_header(const Header& header);
/// Throws Error 58X02 when the text is no such JSON, or lists what no archive holds.
Header read_header(std::string_view json);

/// JSON of schema "geode.backup-manifest/1": name, size and SHA-256 of every part before it, the
/// header among them. The same parts always give the same bytes, so a manifest is read by
/// comparing it with the one that must be there.
std::string write_manifest(const std::vector<Part>& parts);

/// 2026-01-31T08:15:00Z
std::string time_text(std::int64_t seconds);

}  // namespace geode::backup
