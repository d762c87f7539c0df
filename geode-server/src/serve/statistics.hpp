#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "serve/history.hpp"
#include "serve/sample.hpp"
#include "server.hpp"

namespace geode::server {

/// A statement that took long.
struct SlowStatement {
  std::chrono::system_clock::time_point ended;
  std::chrono::nanoseconds duration{0};
  std::uint64_t rows = 0;
  std::string gqlstatus, session_id;
  std::string text;  ///< without its literals
};

/// What the statements of a server took: since it began, minute by minute in a file, and the latest
/// of the slow ones. Its functions may be called from any thread.
class Statistics {
 public:
  using Wall = std::chrono::system_clock;

  /// Keeps its history in the file `path`. Throws Error 58X01; without open_history there is none.
  void open_history(const std::string& path);
  /// A statement has ended. `slow`: it is to be listed.
  void note(const StatementReport& report, bool slow);
  /// Whether a minute has passed since the last sample.
  bool is_due(Wall::time_point now) const;
  /// Ends the minute, with the figures of the database that `state` has. Throws Error 58X01.
  void sample(Wall::time_point now, const Sample& state);

  Sample total() const;
  /// By time. Throws Error 58X01 when there is none, or it cannot be read.
  std::vector<Sample> history(Wall::time_point now) const;
  /// The latest first.
  std::vector<SlowStatement> slow() const;

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kSlowKept = 256, kLongestText = 4096;

  mutable std::mutex mutex_;
  Sample minute_, total_;
  std::int64_t minute_of_sample_ = -1;
  Clock::time_point last_sample_ = Clock::now();
  std::deque<SlowStatement> slow_;
  mutable std::mutex history_mutex_;
  std::unique_ptr<History> history_;
};

}  // namespace geode::server
