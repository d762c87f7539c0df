#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "graph/log/segment.hpp"
#include "storage/environment.hpp"

namespace geode::session {

/// A segment is about so long, so that one can be read while the next is written.
inline constexpr std::uint64_t kSegmentBytes = std::uint64_t{64} << 20;

struct ArchivePass {
  std::vector<graph::WrittenSegment> segments;
  /// Records that should have come first, and were dropped before; or 0.
  std::uint64_t first_missing = 0, last_missing = 0;
};
/// The records of a change log that are not yet in a file go to segment files in `folder`; then the
/// log forgets them, if it is to `forget`. One process at a time does so for a folder: a lock on it
/// is waited for at most `timeout_ms`, Error 08X02.
ArchivePass archive_change_log(const std::shared_ptr<storage::Environment>& environment,
                               const std::string& folder, std::int64_t timeout_ms,
                               bool forget = true);

/// A thread that does so now and then while a database is open. What fails is tried again; a
/// database never waits for it.
class Archiver {
 public:
  Archiver(std::shared_ptr<storage::Environment> environment, std::string folder,
           std::chrono::milliseconds interval);
  /// Archives once more.
  ~Archiver();
  /// Why the last pass failed; empty: it did not.
  std::string failure() const;

 private:
  void run();
  void pass() noexcept;

  std::shared_ptr<storage::Environment> environment_;
  const std::string folder_;
  const std::chrono::milliseconds interval_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::string failure_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace geode::session
