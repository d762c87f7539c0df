#pragma once

#include <string>
#include <string_view>

namespace geode::storage {

/// Throws the Error that stands for an LMDB or errno code. `operation` names the call ("mdb_put"),
/// `path` the database file.
[[noreturn]] void throw_lmdb(int code, std::string_view operation, const std::string& path);

inline void check_lmdb(int code, std::string_view operation, const std::string& path) {
  if (code != 0) [[unlikely]]
    throw_lmdb(code, operation, path);
}

/// Throws for a failed system call on `path`.
[[noreturn]] void throw_system(int error_number, std::string_view action, const std::string& path);

/// The same for a file beside a database, where another failure than a full disk is kIo.
[[noreturn]] void throw_io(int error_number, std::string_view action, const std::string& path);

/// True for codes after which nothing is known to be on disk although the disk is not full.
bool is_write_failure(int code);

/// True for codes that say that no room is left on the device, or for the user, or under the file
/// size limit.
bool is_disk_full(int code);

}  // namespace geode::storage
