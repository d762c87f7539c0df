#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "serve/sample.hpp"

namespace geode::server {

/// Samples of the past in a file: each minute of a day, and each hour of 400 days before. It has a
/// bounded size, as each minute and hour has its place, and takes that of the one before it there.
///
/// File, integers little-endian: "GEODEMET", version u32 (1), bytes of a slot u32; 1440 slots of
/// minutes, then 9600 of hours. The slot of a minute is its number since 1970 modulo 1440, that of
/// an hour its number modulo 9600. Slot: time i64, covered_ms, statements, errors, busy_ns,
/// longest_ns, data_bytes, nodes, edges u64 each, connections u32, durations u32 each, CRC-32 of
/// all before it u32. A slot whose sum is wrong is an empty one: nothing was written there, or a
/// crash of the machine left half of it.
///
/// What was added survives the end of the process, however it ends. One thread at a time.
class History {
 public:
  /// Opens the file or makes it. One that is something else is put aside as `path`.old. Throws
  /// Error 58X01.
  explicit History(const std::string& path);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  /// Adds to what is there of the minute of its time. Throws Error 58X01.
  void add(const Sample& sample);
  /// By time: hours, then the minutes of the last day. Throws Error 58X01.
  std::vector<Sample> read(std::int64_t now) const;

 private:
  std::vector<Sample> read_slots(std::uint64_t first, std::uint64_t count) const;
  void write_slot(std::uint64_t place, const Sample& sample);

  std::string path_;
  int file_ = -1;
};

}  // namespace geode::server
