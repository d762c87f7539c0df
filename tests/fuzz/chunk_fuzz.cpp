// Chunks: what is encoded is read back; bytes that are no chunk are refused, and a damaged chunk is
// found by its checksum.

#include <algorithm>
#include <cstring>
#include <vector>

#include <geode/error.hpp>
#include <geode/value.hpp>
#include "fuzz_input.hpp"
#include "graph/chunk/adjacency_chunk.hpp"
#include "graph/chunk/bitmap_container.hpp"
#include "graph/chunk/column_chunk.hpp"
#include "graph/chunk/column_encoder.hpp"
#include "graph/chunk/hub_segment.hpp"
#include "storage/value_codec.hpp"

namespace {

using geode::test::FuzzInput;
using geode::test::require;

geode::storage::ByteView view(const std::vector<std::byte>& bytes) {
  return {bytes.data(), bytes.size()};
}

/// The input's bytes at an address as LMDB gives it.
std::vector<std::byte> aligned(FuzzInput& input) {
  const auto rest = input.rest();
  return {rest.begin(), rest.end()};
}

template <class Check>
void refused_or(Check check) {
  try {
    check();
  } catch (const geode::Error& error) {
    require(error.gqlstatus() == geode::status::kCorrupt);
  }
}

void damaged(FuzzInput& input) {
  const std::uint8_t kind = input.byte() % 5;
  const std::vector<std::byte> bytes = aligned(input);
  refused_or([&] {
    switch (kind) {
      case 0:
        geode::graph::AdjacencyView(view(bytes)).verify();
        break;
      case 1:
        geode::graph::HubSegmentView(view(bytes), true);
        break;
      case 2:
        geode::graph::ColumnView(view(bytes)).verify();
        break;
      case 3:
        geode::graph::BitmapView(view(bytes)).verify();
        break;
      default:
        geode::graph::HubDirectory::decode(view(bytes));
        break;
    }
  });
}

void adjacency(FuzzInput& input) {
  const std::uint32_t nodes = 1u << (geode::graph::kMinimumChunkShift + input.below(3));
  const bool implicit = (input.byte() & 1) != 0;
  std::vector<std::uint32_t> offsets(nodes + 1);
  std::vector<std::uint32_t> neighbours;
  std::vector<std::uint32_t> edges;
  for (std::uint32_t node = 0; node < nodes; ++node) {
    offsets[node] = static_cast<std::uint32_t>(neighbours.size());
    const std::uint32_t degree = input.byte() % 4;
    for (std::uint32_t i = 0; i < degree; ++i) neighbours.push_back(input.number<std::uint32_t>());
    std::sort(neighbours.begin() + offsets[node], neighbours.end());
  }
  offsets[nodes] = static_cast<std::uint32_t>(neighbours.size());
  if (!implicit) {
    for (std::size_t i = 0; i < neighbours.size(); ++i) {
      edges.push_back(input.number<std::uint32_t>() & 0x7fffffffu);
    }
  }
  geode::graph::AdjacencyArrays arrays;
  arrays.offsets = offsets;
  arrays.neighbours = neighbours;
  arrays.edges = edges;
  arrays.first_edge = implicit ? input.below(1000) : 0;
  std::vector<std::byte> bytes;
  geode::graph::encode_adjacency(arrays, 7, bytes);

  const geode::graph::AdjacencyView chunk(view(bytes));
  chunk.verify();
  require(chunk.edge_count() == neighbours.size() && chunk.folded_lsn() == 7);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    const auto range = chunk.range(node);
    require(!range.hub && range.end - range.begin == offsets[node + 1] - offsets[node]);
    for (std::uint32_t i = 0; i < range.end - range.begin; ++i) {
      const std::uint32_t at = offsets[node] + i;
      require(chunk.neighbours()[range.begin + i] == neighbours[at]);
      require(chunk.edge_number(range.begin + i) ==
              (edges.empty() ? arrays.first_edge + at : edges[at]));
    }
  }
}

void column(FuzzInput& input) {
  geode::graph::ColumnEncoder encoder;
  std::vector<geode::Value> rows(geode::graph::kExtentRows);
  try {
    while (!input.empty()) {
      const std::uint32_t row = input.below(geode::graph::kExtentRows);
      auto bytes = input.bytes(1 + input.byte() % 24);
      geode::Value value = geode::storage::take_value(bytes);
      encoder.set(row, value);
      rows[row] = value;
    }
  } catch (const geode::Error&) {
    // The input is no value from here on.
  }
  encoder.take_long_values([](std::uint32_t, const geode::Value&) {});
  std::vector<std::byte> bytes;
  if (!encoder.encode(3, bytes)) {
    require(encoder.count() == 0);
    return;
  }
  const geode::graph::ColumnView chunk(view(bytes));
  chunk.verify();
  for (std::uint32_t row = 0; row < geode::graph::kExtentRows; ++row) {
    const bool inside = row < chunk.header().rows;
    const std::uint32_t entry = inside ? chunk.entry(row) : geode::graph::ColumnView::kAbsent;
    if (entry == geode::graph::ColumnView::kAbsent) {
      require(rows[row].is_null());
    } else {
      require(chunk.value(entry) == rows[row]);
    }
  }
}

void bitmap(FuzzInput& input) {
  geode::graph::Bitmap bitmap;
  std::vector<bool> members(65536);
  while (!input.empty()) {
    const std::uint32_t low = input.below(65536);
    if (input.byte() % 4 != 0) {
      require(bitmap.add(low) == !members[low]);
      members[low] = true;
    } else {
      require(bitmap.remove(low) == members[low]);
      members[low] = false;
    }
  }
  if (bitmap.count() == 0) return;
  std::vector<std::byte> bytes;
  bitmap.encode(bytes);
  const geode::graph::BitmapView stored(view(bytes));
  stored.verify();
  require(stored.count() == bitmap.count());
  for (std::uint32_t low = 0; low < 65536; ++low) require(stored.contains(low) == members[low]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  switch (input.byte() % 4) {
    case 0:
      damaged(input);
      break;
    case 1:
      adjacency(input);
      break;
    case 2:
      column(input);
      break;
    default:
      bitmap(input);
      break;
  }
  return 0;
}
