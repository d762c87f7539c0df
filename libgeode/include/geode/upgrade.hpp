#pragma once

#include <cstdint>
#include <string>

namespace geode {
inline namespace v1 {

struct UpgradeOptions {
  /// Only tell what would be done.
  bool check_only = false;
  /// The file before stays as `PATH.v6` (of version 6).
  bool keep = false;
};

struct UpgradeReport {
  std::string path;
  std::uint32_t from_version = 0, to_version = 0;  ///< of the format; equal: nothing is to be done
  bool done = false;
  std::string kept;  ///< the name of the file before; "" when it is gone
  std::uint64_t bytes_before = 0, bytes_after = 0;
};

/// Brings a database file of an older format version to the present one: a copy of it in the new
/// form takes its place by a rename, so that a crash leaves the one or the other, whole. The id of
/// the database stays. Throws Error 08X01 when it is no database, or one of a version that cannot
/// be brought on, 08X02 when somebody has it open, 58X02 when it is damaged, 42X03 when the file
/// that is to keep the one before is there already.
UpgradeReport upgrade(const std::string& path, const UpgradeOptions& options = {});

}  // namespace v1
}  // namespace geode
