#pragma once

#include <string>

#include "storage/open_file.hpp"

struct MDB_env;

namespace geode::storage {

/// A compacted copy that is to take the place of a database file: `PATH-compact` beside it, or a
/// new memory file when `path` is empty. Removed with its owner, unless it took the place.
class CompactCopy {
 public:
  /// Writes the newest snapshot of `env` without its free pages, and has it on disk. Transactions
  /// of the copy have higher numbers than those of the original, so that what was kept of one is
  /// never taken for what is seen in the other.
  CompactCopy(MDB_env* env, const std::string& path);
  ~CompactCopy();
  CompactCopy(const CompactCopy&) = delete;
  CompactCopy& operator=(const CompactCopy&) = delete;

  const std::string& name() const { return name_; }
  /// Locked as the database is by who writes it, and by who has it open alone.
  File& file() { return file_; }
  /// Gives the database its new file and that file's lock file, which LMDB has made beside it.
  /// True once both have their names. Throws, and nothing has changed, when the first step fails.
  bool take_place(const std::string& path);

  /// Removes what a process left that died while it made a copy.
  static void remove_stray(const std::string& path);

 private:
  std::string name_;
  std::string lock_name_;
  File file_;
  bool named_ = false;
};

}  // namespace geode::storage
