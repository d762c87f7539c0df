#pragma once

#include <string>
#include <unistd.h>
#include <utility>

namespace geode::storage {

/// Owns a descriptor until it is handed on.
struct File {
  int descriptor = -1;

  explicit File(int opened = -1) : descriptor(opened) {}
  File(File&& other) noexcept : descriptor(other.release()) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor, other.descriptor);
    return *this;
  }
  ~File() {
    if (descriptor >= 0) close(descriptor);
  }
  int release() { return std::exchange(descriptor, -1); }
};

/// Whether `path` names the open file.
bool is_file_at(const std::string& path, int file);

/// Opens an existing database file, after a look at its meta pages, and shows others that it is
/// open: nobody replaces the file under this name until the descriptor is closed.
File open_database_file(const std::string& path, bool read_only);

}  // namespace geode::storage
