#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace geode {
inline namespace v1 {

/// A snapshot that is open: what it sees stays in the file until it ends.
struct OpenSnapshot {
  std::int64_t process = 0;          ///< its number
  bool own = false;                  ///< of this process
  std::uint64_t transaction = 0;     ///< whose state it sees
  std::uint64_t commits_behind = 0;  ///< transactions committed since
  /// Pages freed since, which no transaction may take before this snapshot ends. Snapshots share
  /// them: they are not to be added up.
  std::uint64_t held_bytes = 0;
  /// Since it began; of another process, since this one saw it first, absent when that is now.
  std::optional<std::chrono::nanoseconds> age;
};

}  // namespace v1
}  // namespace geode
