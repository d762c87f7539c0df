#pragma once

#include <optional>
#include <string>

#include <geode/database.hpp>
#include "backup/database_place.hpp"
#include "storage/database_file.hpp"
#include "storage/scratch_folder.hpp"

namespace geode::backup {

/// A database on its way to its place: a file in a scratch folder beside it, which nobody else
/// knows of, so that it needs to be on disk only once it is whole.
class NewDatabase {
 public:
  /// Throws what DatabasePlace throws.
  NewDatabase(const std::string& path, DatabasePlace::Expect expect)
      : place_(path, expect), folder_(storage::folder_of(path)) {}

  const DatabasePlace& place() const { return place_; }
  const std::string& folder() const { return folder_.path(); }
  /// Its name until it has its own; to be written by the caller.
  std::string file() const { return folder_.file("database.geode"); }
  /// The file, open; its commits are not synced.
  Database& open();
  /// Has the file on disk, and gives it its name.
  void put_in_place();

 private:
  const DatabasePlace place_;
  const storage::ScratchFolder folder_;
  std::optional<Database> database_;
};

}  // namespace geode::backup
