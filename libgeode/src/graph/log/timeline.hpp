#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/transaction.hpp"

namespace geode::graph {

/// A run of commits that follow one another. When a database goes on from an earlier state, because
/// it was restored, a new timeline begins: its LSNs were given before, to other changes.
struct Timeline {
  std::uint64_t id = 0;         ///< random, never 0
  std::uint64_t first_lsn = 0;  ///< of the first commit that is its own
  std::int64_t began = 0;       ///< microseconds since 1970
  friend bool operator==(const Timeline&, const Timeline&) = default;
};

/// The timelines that a database has come through, from the first to the present one. Bytes:
/// count u32, then id u64, first LSN u64, began i64 of each.
using Timelines = std::vector<Timeline>;

std::string encode_timelines(const Timelines& timelines);
/// Throws Error 58X02 when the bytes are none.
Timelines decode_timelines(storage::ByteView bytes);

Timelines read_timelines(const storage::Transaction& txn);
void write_timelines(storage::WriteTransaction& txn, const Timelines& timelines);

/// A new one.
Timeline begin_timeline(std::uint64_t first_lsn);
/// The timeline that the commit `lsn` is of; 0: of none.
std::uint64_t timeline_of(const Timelines& timelines, std::uint64_t lsn);
/// Sixteen hexadecimal digits.
std::string timeline_name(std::uint64_t id);

/// Microseconds since 1970.
std::int64_t microseconds_now();

}  // namespace geode::graph
