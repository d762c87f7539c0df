#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "graph/log/segment.hpp"

namespace geode::graph {

/// The way from one state of a database to a later one.
struct Route {
  std::vector<Stretch> stretches;
  /// It ends before a commit that came after the time that was asked for.
  bool reached_target = false;
  /// It ends although there are later records, as those in between are missing.
  struct Gap {
    std::uint64_t first = 0, last = 0;
    const Segment* behind = nullptr;
  };
  std::optional<Gap> gap;

  std::uint64_t records() const;
};

/// The records behind `lsn` along the timelines `path`, up to the last one that was committed by
/// `until`. Segments may be in any order and overlap.
Route find_route(std::span<const Segment> segments, const Timelines& path, std::uint64_t lsn,
                 std::optional<std::int64_t> until);

/// Each record of the segments once, timeline by timeline.
std::vector<Stretch> every_record(std::span<const Segment> segments);

}  // namespace geode::graph
