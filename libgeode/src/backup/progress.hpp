#pragma once

#include <geode/backup.hpp>
#include <geode/error.hpp>

namespace geode::backup {

/// Tells the caller how far the work is, and ends it when he says so.
inline void report(const BackupProgressFunction& progress, std::uint64_t done,
                   std::uint64_t total) {
  if (progress != nullptr && !progress({done, total})) {
    throw Error(status::kCancelled, "it was stopped");
  }
}

}  // namespace geode::backup
