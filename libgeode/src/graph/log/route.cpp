#include "graph/log/route.hpp"

#include <algorithm>
#include <tuple>

namespace geode::graph {

std::uint64_t Route::records() const {
  std::uint64_t out = 0;
  for (const Stretch& stretch : stretches) out += stretch.last - stretch.first + 1;
  return out;
}

Route find_route(std::span<const Segment> segments, const Timelines& path, std::uint64_t lsn,
                 std::optional<std::int64_t> until) {
  // What of each segment lies on the path, by where it begins: a segment is of one timeline, and
  // that gives its records up to where the path leaves it.
  std::vector<Stretch> pieces;
  for (const Segment& segment : segments) {
    const SegmentHeader& header = segment.header();
    std::uint64_t first = 0, last = 0;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (path[i].id != header.timeline()) continue;
      first = std::max({header.first_lsn, path[i].first_lsn, lsn + 1});
      last = header.last_lsn;
      if (i + 1 < path.size()) last = std::min(last, path[i + 1].first_lsn - 1);
    }
    if (first != 0 && first <= last) pieces.push_back({&segment, first, last});
  }
  std::sort(pieces.begin(), pieces.end(), [](const Stretch& a, const Stretch& b) {
    return std::tie(a.first, b.last) < std::tie(b.first, a.last);
  });
  Route out;
  std::uint64_t next = lsn + 1;
  for (Stretch piece : pieces) {
    if (piece.last < next) continue;
    if (piece.first > next) {
      out.gap = {next, piece.first - 1, piece.segment};
      return out;
    }
    piece.first = next;
    if (until) {
      while (next <= piece.last && piece.segment->record(next).commit_time <= *until) ++next;
      if (next <= piece.last) {
        out.reached_target = true;
        piece.last = next - 1;
        if (piece.first <= piece.last) out.stretches.push_back(piece);
        return out;
      }
    }
    next = piece.last + 1;
    out.stretches.push_back(piece);
  }
  return out;
}

std::vector<Stretch> every_record(std::span<const Segment> segments) {
  std::vector<const Segment*> sorted;
  for (const Segment& segment : segments) sorted.push_back(&segment);
  const auto order = [](const Segment* segment) {
    const SegmentHeader& header = segment->header();
    return std::tuple(header.timelines.back().began, header.timeline(), header.first_lsn);
  };
  std::sort(sorted.begin(), sorted.end(),
            [&](const Segment* a, const Segment* b) { return order(a) < order(b); });
  std::vector<Stretch> out;
  std::uint64_t timeline = 0, next = 0;
  for (const Segment* segment : sorted) {
    const SegmentHeader& header = segment->header();
    if (header.timeline() != timeline) next = 0;
    timeline = header.timeline();
    const std::uint64_t first = std::max(header.first_lsn, next);
    if (first > header.last_lsn) continue;
    out.push_back({segment, first, header.last_lsn});
    next = header.last_lsn + 1;
  }
  return out;
}

}  // namespace geode::graph
