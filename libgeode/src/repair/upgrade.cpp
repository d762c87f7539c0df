#include "storage/upgrade.hpp"

#include <geode/upgrade.hpp>
#include "storage/tables.hpp"

namespace geode {
inline namespace v1 {

UpgradeReport upgrade(const std::string& path, const UpgradeOptions& options) {
  UpgradeReport report;
  report.path = path;
  report.from_version = storage::format_version_of(path);
  report.to_version = storage::kFormatVersion;
  if (report.from_version == report.to_version || options.check_only) return report;
  if (options.keep) report.kept = path + ".v" + std::to_string(report.from_version);
  const storage::UpgradedBytes bytes =
      storage::upgrade_file(path, report.from_version, report.kept);
  report.bytes_before = bytes.before;
  report.bytes_after = bytes.after;
  report.done = true;
  return report;
}

}  // namespace v1
}  // namespace geode
