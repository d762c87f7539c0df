#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "storage/environment.hpp"
#include "temp_directory.hpp"

namespace geode::test {

/// Keeps the change log of a database from an early state on, and makes the states that it leads
/// to.
class LogReplica {
 public:
  /// Switches the log of the database at `path` on and copies the file. Nobody has it open.
  explicit LogReplica(const std::string& path, const storage::EnvironmentOptions& options = {});
  /// Moves what is in the log to segment files.
  void archive(const std::shared_ptr<storage::Environment>& environment);
  /// A database that comes of the copy and what was archived, up to a time or the end.
  std::shared_ptr<storage::Environment> replayed(std::optional<std::int64_t> until = {});

  /// What the last replay says of where it ended.
  std::uint64_t lsn = 0;
  bool reached_target = false;

 private:
  storage::EnvironmentOptions options_;
  TempDirectory folder_;
  int copies_ = 0;
};

}  // namespace geode::test
