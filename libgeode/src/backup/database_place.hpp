#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

#include "storage/open_file.hpp"

namespace geode::backup {

/// The name that a database is to get. The database that has it, if there is one, is held as long
/// as this lives, so that nobody opens it: who tries waits, and then takes the file that has the
/// name.
class DatabasePlace {
 public:
  enum class Expect : std::uint8_t { kNothing, kAnything, kDatabase };

  /// Throws Error 42X03 when something is there that may not be replaced, 08X01 when `expect` is
  /// kDatabase and none is there, 08X02 when a process has it open.
  DatabasePlace(const std::string& path, Expect expect);

  const std::string& path() const { return path_; }
  /// Of the database that is there, or -1.
  int descriptor() const { return file_.descriptor; }
  std::uint64_t bytes() const { return bytes_; }
  /// Throws Error 53X02 unless the file system has room for a database of so many bytes, which
  /// `what` names.
  void expect_room(std::uint64_t bytes, const std::string& what) const;
  /// Has `file`, of the same file system, on disk, gives it owner and permissions of the database
  /// before, and then the name: the one step of all that others see.
  void put(const std::string& file) const;

 private:
  void give_owner(int file) const;

  const std::string path_;
  storage::File file_;
  std::uint64_t bytes_ = 0;
  mode_t mode_ = 0600;
  uid_t owner_ = 0;
  gid_t group_ = 0;
};

}  // namespace geode::backup
