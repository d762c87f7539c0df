#include "graph/edge_store.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>

#include "graph/edge_parts.hpp"
#include "temp_directory.hpp"

using namespace geode;
using namespace geode::graph;

namespace {

using Added = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;

/// The records of each range, as they were added.
std::vector<std::vector<Added>> read_back(const EdgeStore& store, bool in_parts) {
  std::vector<std::vector<Added>> out;
  const auto take_all = [&](std::string_view bytes) {
    while (!bytes.empty()) {
      const EdgeRecord edge = take_record(store.ranges().form, bytes);
      out.back().emplace_back(edge.first, edge.second, edge.number);
    }
  };
  for (std::uint32_t range = 0; range < store.ranges().count; ++range) {
    out.emplace_back();
    std::string bytes(store.bytes(range), 0);
    if (in_parts) {
      for (std::size_t i = 0; i < store.parts(); ++i) take_all(store.part(i, range, bytes));
    } else {
      store.read(range, bytes.data());
      take_all(bytes);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a store of edges gives each range in the order of adding, in memory or not", "[graph]") {
  const test::TempDirectory directory;
  std::mt19937 random(5);
  for (const std::uint64_t memory :
       {std::uint64_t{0}, std::uint64_t{40'000}, std::uint64_t{1} << 30}) {
    for (const bool own_thread : {false, true}) {
      const EdgeRanges ranges(EdgeRanges::Form::kNumbers, 5);
      CHECK(ranges.count == 5);
      EdgeStore store(ranges, {memory, directory.path().string(), own_thread});
      EdgeGatherer gatherer(ranges);
      std::vector<std::vector<Added>> expected(5);
      for (std::uint32_t i = 0; i < 20'000; ++i) {
        // Ids beyond the last extent are in the last range.
        const std::uint32_t first = random() % (6 * kExtentRows);
        const std::uint32_t second = random() % 100;
        gatherer.add(first, second, i);
        expected[std::min(first / kExtentRows, 4u)].emplace_back(first, second, i);
        if (random() % 700 == 0) store.add(gatherer.take());
      }
      store.add(gatherer.take());
      store.seal();
      CHECK(store.size() == 20'000);
      CHECK(store.seconds().greatest == 99);
      CHECK(read_back(store, false) == expected);
      CHECK(read_back(store, true) == expected);
    }
  }
}

TEST_CASE("ranges of edges are of whole extents and not too many", "[graph]") {
  for (const std::uint64_t extents : {0u, 1u, 2u, 256u, 257u, 100'000u, 1u << 20}) {
    const EdgeRanges ranges(EdgeRanges::Form::kPlain, extents);
    CHECK(ranges.shift >= kExtentBits);
    CHECK(ranges.count >= 1);
    CHECK(ranges.count <= 256);
    CHECK((std::uint64_t{ranges.count} << ranges.shift) >= extents << kExtentBits);
    CHECK(ranges.range_of(UINT32_MAX) == ranges.count - 1);
  }
}

TEST_CASE("ranges are put together to parts unless they are large", "[graph]") {
  const test::TempDirectory directory;
  const EdgeRanges ranges(EdgeRanges::Form::kPlain, 6);
  EdgeStore store(ranges, {std::uint64_t{1} << 20, directory.path().string(), false});
  std::vector<NodeId> sources, targets;
  // Edges by range: 2, 3, none, 10, 1, 1.
  for (const std::uint64_t range : {0, 3, 1, 3, 3, 1, 3, 3, 3, 0, 3, 1, 3, 3, 3, 5, 4}) {
    sources.push_back(NodeId{range * kExtentRows});
    targets.push_back(NodeId{0});
  }
  EdgeGatherer gatherer(ranges);
  gatherer.add(sources.data(), targets.data(), {}, static_cast<std::uint32_t>(sources.size()));
  store.add(gatherer.take());
  store.seal();
  const std::vector<EdgePart> parts = make_parts(store, 5, 9 * 8);
  REQUIRE(parts.size() == 3);
  CHECK((parts[0].begin == 0 && parts[0].end == 2 && parts[0].count == 5 && !parts[0].large));
  CHECK((parts[1].begin == 3 && parts[1].end == 4 && parts[1].count == 10 && parts[1].large));
  CHECK((parts[2].begin == 4 && parts[2].end == 6 && parts[2].first_number == 15));
}
