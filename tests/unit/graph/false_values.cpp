// Values with a right checksum that do not fit the rest: whatever wrote them was wrong.

#include <cstring>
#include <map>
#include <vector>

#include <geode/error.hpp>
#include "graph/chunk/hub_segment.hpp"
#include "graph/delta/merge.hpp"
#include "graph/header.hpp"
#include "graph/keys.hpp"
#include "graph/statistics.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {
namespace {

template <class Action>
std::string code_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.gqlstatus();
  }
  return "";
}

TEST_CASE("a hub directory whose sizes do not add up is refused", "[graph]") {
  HubDirectory directory;
  directory.segments = {{1, 1, 1, 2000}, {9, 9, 2, 1500}};
  std::vector<std::byte> bytes;
  directory.encode(bytes);
  CHECK(HubDirectory::decode(bytes).degree() == 3500);
  bytes[16 + 15] = std::byte{0xff};
  CHECK(code_of([&] { HubDirectory::decode(bytes); }) == "58X02");
}

TEST_CASE("changes that do not fit their chunk are refused", "[graph]") {
  const auto entry = [](std::uint16_t local) {
    return DeltaEntry{local, DeltaEntry::kAdd, 0, 1, 1, 1};
  };
  const auto merge = [](const std::vector<DeltaEntry>& changes) {
    MergedChunk out;
    merge_chunk(nullptr, 64, changes, {}, out);
    return out.list.size();
  };
  CHECK(merge({entry(3), entry(63)}) == 2);
  CHECK(code_of([&] { merge({entry(3), entry(64)}); }) == "58X02");
  CHECK(code_of([&] { merge({entry(9), entry(3)}); }) == "58X02");
}

TEST_CASE("a header or statistics beyond numbers of 32 bits are refused", "[graph]") {
  const auto environment = storage::Environment::open(":memory:", {});
  const auto txn = storage::WriteTransaction::begin(environment);
  DatabaseHeader header;
  header.extents = 1u << 20;
  write_header(*txn, header);
  CHECK(read_header(*txn).extents == 1u << 20);
  ++header.extents;
  write_header(*txn, header);
  CHECK(code_of([&] { read_header(*txn); }) == "58X02");

  const Key key = keys::edge_statistics(Direction::kOut, EdgeLabelId{0});
  EdgeStatistics edges;
  edges.next_edge = (std::uint64_t{1} << 32) + 1;
  txn->put(storage::Table::kHot, key, {reinterpret_cast<const std::byte*>(&edges), sizeof edges});
  CHECK(code_of([&] { read_record<EdgeStatistics>(*txn, key); }) == "58X02");
}

}  // namespace
}  // namespace geode::graph
