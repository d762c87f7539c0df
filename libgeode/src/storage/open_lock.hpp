#pragma once

#include <cstdint>
#include <string>

namespace geode::storage {

/// Says which processes have a database file open, so that a file is replaced by a compacted copy
/// only while nobody else looks at it.
///
/// An open-file-description lock on a range of bytes of the database file, far beyond any data:
/// shared while the file is open, exclusive while it is being replaced. Every range begins at
/// kOpenStart; its length is the process id, so that a refusal can name who has the file open. The
/// kernel drops the lock with its holder, however that dies.
class OpenLock {
 public:
  /// Waits for a replacement that is under way, or gives an exclusive lock up for a shared one. Who
  /// opens a file calls this before he trusts its name: the file may be another one afterwards.
  static void share(int file);
  /// False while another open file description holds it. Throws Error 08X01 where the file system
  /// has no such locks.
  static bool try_exclusive(int file);
  /// " (geode, pid 123)" of one of those who hold it; empty when nobody does.
  static std::string holder(int file);
};

}  // namespace geode::storage
