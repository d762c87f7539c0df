#pragma once

#include <cstdint>

namespace geode::storage {

/// What tells a file from its copies on the same machine: it stays when the file gets another name,
/// when the machine starts again, and in a snapshot of the file system.
struct FileIdentity {
  std::uint64_t inode = 0;
  std::int64_t born = 0;  ///< nanoseconds since 1970; 0: the file system does not know

  /// Whether both may be of one file.
  bool agrees(const FileIdentity& other) const {
    return inode == other.inode && (born == other.born || born == 0 || other.born == 0);
  }
};

FileIdentity identity_of(int file) noexcept;

}  // namespace geode::storage
