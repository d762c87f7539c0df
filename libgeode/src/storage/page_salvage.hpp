#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "storage/page_walk.hpp"

namespace geode::storage {

/// What can still be read of the tables base, hot and cat of a damaged file, without LMDB.
///
/// First the trees are walked. Leaves that no tree leads to any more, because a page above them is
/// damaged, are found by looking at all pages that are neither read nor free: the checksum of a
/// value says which table it belongs to, and it counts only where keys of the table are missing.
/// Where that is not the newest state, because the names of its tables cannot be read, it is the
/// one before.
struct SalvagedPages {
  PageReport report;
  bool older_state = false;          ///< without the last commit
  std::uint64_t found_leaves = 0;    ///< that no tree leads to
  std::uint32_t format_version = 0;  ///< 0: it cannot be read
  /// Keys that are missing, or may be: sorted by table and key, apart from each other.
  std::vector<LostKeys> lost;

  bool may_miss(Table table, ByteView key) const;
  /// Whether a key from `first` on and below `end` may be missing.
  bool may_miss(Table table, ByteView first, ByteView end) const;
};

/// Each entry with a right checksum. `found`: not by a tree. Gives whether it was taken, which
/// those that were found are only where there is none of their key.
using SalvageVisitor = std::function<bool(const PageEntry& entry, bool found)>;

/// Nobody may write the file meanwhile. Throws Error 08X01 when neither meta page can be
/// read.
SalvagedPages salvage_pages(int file, const std::string& path, const SalvageVisitor& visitor);

}  // namespace geode::storage
