#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "graph/chunk/adjacency_chunk.hpp"
#include "graph/chunk/bitmap_container.hpp"
#include "graph/chunk/column_chunk.hpp"
#include "graph/chunk/column_encoder.hpp"
#include "graph/chunk/hub_segment.hpp"
#include "graph/delta/adjacency_delta.hpp"
#include "graph/delta/merge.hpp"
#include "graph/delta/row_delta.hpp"
#include "graph/label_index.hpp"

using namespace geode;
using namespace geode::graph;

namespace {

std::mt19937_64& random_source() {
  static std::mt19937_64 source(20240607);
  return source;
}
std::uint64_t below(std::uint64_t limit) { return random_source()() % limit; }

/// Chunks are read in place, so tests put them where alignment holds.
struct Aligned {
  explicit Aligned(const std::vector<std::byte>& bytes)
      : words((bytes.size() + 7) / 8), size(bytes.size()) {
    std::memcpy(words.data(), bytes.data(), bytes.size());
  }
  std::byte* data() { return reinterpret_cast<std::byte*>(words.data()); }
  storage::ByteView view() { return {data(), size}; }
  std::vector<std::uint64_t> words;
  std::size_t size;
};

struct ModelChunk {
  std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> edges;
  std::vector<std::uint32_t> offsets, neighbours, numbers;

  ModelChunk(std::uint32_t nodes, std::uint32_t one_in, std::uint32_t most) : edges(nodes) {
    std::uint32_t number = 0;
    for (auto& of_node : edges) {
      if (below(one_in) != 0) continue;
      for (std::uint64_t n = below(most + 1); n > 0; --n) {
        of_node.emplace_back(static_cast<std::uint32_t>(below(5000)), number++);
      }
      std::sort(of_node.begin(), of_node.end());
    }
    flatten();
  }
  void flatten() {
    offsets.clear();
    neighbours.clear();
    numbers.clear();
    for (const auto& of_node : edges) {
      offsets.push_back(static_cast<std::uint32_t>(neighbours.size()));
      for (const auto& [neighbour, number] : of_node) {
        neighbours.push_back(neighbour);
        numbers.push_back(number);
      }
    }
    offsets.push_back(static_cast<std::uint32_t>(neighbours.size()));
  }
};

void check_same(const AdjacencyView& view, const ModelChunk& model) {
  REQUIRE(view.nodes() == model.edges.size());
  std::vector<std::uint32_t> offsets(view.nodes() + 1);
  view.expand_offsets(offsets.data());
  CHECK(offsets == model.offsets);
  for (std::uint32_t local = 0; local < view.nodes(); ++local) {
    const AdjacencyView::Range range = view.range(local);
    REQUIRE(range.end - range.begin == model.edges[local].size());
    for (std::uint32_t i = 0; i < range.end - range.begin; ++i) {
      CHECK(view.neighbours()[range.begin + i] == model.edges[local][i].first);
      CHECK(view.edge_number(range.begin + i) == model.edges[local][i].second);
    }
  }
}

}  // namespace

TEST_CASE("an adjacency chunk gives back the edges it was made from", "[graph]") {
  for (const std::uint32_t one_in : {1u, 3u, 40u, 500u}) {
    const ModelChunk model(512, one_in, 12);
    std::vector<std::byte> bytes;
    encode_adjacency({model.offsets, model.neighbours, model.numbers, 0, {}}, 7, bytes);
    Aligned stored(bytes);
    const AdjacencyView view(stored.view());
    view.verify();
    CHECK(view.folded_lsn() == 7);
    CHECK(view.sparse() == (one_in >= 40));
    check_same(view, model);
  }
}

TEST_CASE("edge numbers in forward order need no array", "[graph]") {
  ModelChunk model(64, 1, 5);
  std::uint32_t number = 1000;
  for (auto& of_node : model.edges) {
    for (auto& edge : of_node) edge.second = number++;
  }
  model.flatten();
  std::vector<std::byte> with, without;
  encode_adjacency({model.offsets, model.neighbours, model.numbers, 0, {}}, 0, with);
  encode_adjacency({model.offsets, model.neighbours, {}, 1000, {}}, 0, without);
  CHECK(without.size() + model.numbers.size() * 4 == with.size());
  Aligned stored(without);
  const AdjacencyView view(stored.view());
  CHECK(view.implicit_edges());
  check_same(view, model);
}

TEST_CASE("a flipped bit in a chunk is found by its checksum", "[graph]") {
  const ModelChunk model(64, 1, 5);
  std::vector<std::byte> bytes;
  encode_adjacency({model.offsets, model.neighbours, model.numbers, 0, {}}, 0, bytes);
  Aligned stored(bytes);
  stored.data()[bytes.size() - 3] ^= std::byte{1};
  CHECK_THROWS_AS(AdjacencyView(stored.view()).verify(), Error);

  ColumnEncoder encoder;
  for (std::uint32_t row = 0; row < 100; ++row) encoder.set(row, Value(row * 7u));
  REQUIRE(encoder.encode(0, bytes));
  Aligned column(bytes);
  column.data()[70] ^= std::byte{4};
  CHECK_THROWS_AS(ColumnView(column.view()).verify(), Error);
}

TEST_CASE("a chunk merged with its delta has the edges of both", "[graph]") {
  for (int round = 0; round < 30; ++round) {
    ModelChunk model(128, static_cast<std::uint32_t>(1 + below(30)), 6);
    std::vector<std::byte> bytes;
    encode_adjacency({model.offsets, model.neighbours, model.numbers, 0, {}}, 0, bytes);
    Aligned stored(bytes);
    const AdjacencyView base(stored.view());
    AdjacencyDelta delta;
    std::uint32_t next = 1000000;
    for (int i = 0; i < 200; ++i) {
      const auto local = static_cast<std::uint32_t>(below(128));
      auto& of_node = model.edges[local];
      const std::uint64_t what = below(20);
      if (what == 0) {
        delta.drop_node(local, 1);
        of_node.clear();
      } else if (what < 8 && !of_node.empty()) {
        const auto at = of_node.begin() + static_cast<std::ptrdiff_t>(below(of_node.size()));
        delta.remove(local, at->first, at->second, 1);
        of_node.erase(at);
      } else {
        const auto neighbour = static_cast<std::uint32_t>(below(5000));
        delta.add(local, neighbour, next, 1);
        of_node.emplace_back(neighbour, next++);
        std::sort(of_node.begin(), of_node.end());
      }
    }
    // Through its bytes, as it is stored.
    std::vector<std::byte> delta_bytes;
    delta.encode(delta_bytes);
    AdjacencyDelta read(delta_bytes);
    MergedChunk merged;
    merge_chunk(&base, 128, read.entries(), {}, merged);
    model.flatten();
    CHECK(merged.offsets == model.offsets);
    CHECK(merged.list.neighbours == model.neighbours);
    CHECK(merged.list.edges == model.numbers);
  }
}

TEST_CASE("a hub segment gives back its edges", "[graph]") {
  std::vector<std::uint32_t> nodes, edges;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    nodes.push_back(i * 3);
    edges.push_back(i);
  }
  std::vector<std::byte> bytes;
  encode_hub_segment(nodes, edges, 9, bytes);
  Aligned stored(bytes);
  const HubSegmentView view(stored.view(), true);
  CHECK(std::equal(nodes.begin(), nodes.end(), view.neighbours.begin(), view.neighbours.end()));
  CHECK(std::equal(edges.begin(), edges.end(), view.edges.begin(), view.edges.end()));
  stored.data()[100] ^= std::byte{1};
  CHECK_THROWS_AS(HubSegmentView(stored.view(), true), Error);
}

TEST_CASE("a bitmap container holds the same set in each of its forms", "[graph]") {
  for (const int shape : {0, 1, 2, 3, 4}) {
    std::set<std::uint32_t> model;
    Bitmap bitmap;
    const auto add = [&](std::uint32_t low) { CHECK(bitmap.add(low) == model.insert(low).second); };
    if (shape == 0) {
      for (int i = 0; i < 300; ++i) add(static_cast<std::uint32_t>(below(65536)));
    } else if (shape == 1) {
      for (int i = 0; i < 20000; ++i) add(static_cast<std::uint32_t>(below(65536)));
    } else if (shape == 2) {
      bitmap.add_range(60, 40000);
      for (std::uint32_t i = 60; i < 40000; ++i) model.insert(i);
      bitmap.add_range(65000, 65536);
      for (std::uint32_t i = 65000; i < 65536; ++i) model.insert(i);
    } else if (shape == 3) {
      bitmap.add_range(0, 65536);
      for (std::uint32_t i = 0; i < 65536; ++i) model.insert(i);
      CHECK(bitmap.remove(63));
      CHECK(bitmap.remove(64));
      CHECK_FALSE(bitmap.remove(64));
      model.erase(63);
      model.erase(64);
    }
    CHECK(bitmap.count() == model.size());
    std::vector<std::byte> bytes;
    bitmap.encode(bytes);
    const BitmapView view(bytes);
    view.verify();
    CHECK(view.count() == model.size());
    const Bitmap again = Bitmap::decode(bytes);
    CHECK(again.count() == model.size());
    bool same = true;
    for (std::uint32_t low = 0; low < 65536; ++low) {
      const bool expected = model.contains(low);
      same = same && view.contains(low) == expected && again.contains(low) == expected;
    }
    CHECK(same);
    const auto from = static_cast<std::uint32_t>(below(65536));
    std::vector<NodeId> expected, got(model.size() + 1);
    for (auto at = model.lower_bound(from); at != model.end(); ++at) {
      expected.push_back(NodeId{*at + 131072});
    }
    got.resize(view.collect(from, 131072, got.data(), static_cast<std::uint32_t>(got.size())));
    CHECK(got == expected);
    std::vector<NodeId> unpacked(model.size() + 1);
    unpacked.resize(
        bitmap.collect(from, 131072, unpacked.data(), static_cast<std::uint32_t>(unpacked.size())));
    CHECK(unpacked == expected);
    std::vector<std::uint8_t> mask(50000, 0);
    view.mark(mask.data(), 50000);
    same = true;
    for (std::uint32_t low = 0; low < 50000; ++low) same = same && mask[low] == model.count(low);
    CHECK(same);
  }
}

TEST_CASE("a column chunk gives back every value, whatever their types", "[graph]") {
  const auto make = [](int kind) -> Value {
    const auto number = static_cast<std::int64_t>(below(1000));
    switch (kind) {
      case 0:
        return number % 100;
      case 1:
        return number * 1000;
      case 2:
        return static_cast<std::int64_t>(random_source()());
      case 3:
        return static_cast<double>(number) / 7;
      case 4:
        return number % 2 == 0;
      case 5:
        return "city " + std::to_string(number % 20);
      case 6:
        return "name " + std::to_string(random_source()());
      case 7:
        return Date{number};
      case 8:
        return LocalDateTime{number, 0};
      case 9:
        return LocalDateTime{number, 5};
      case 10:
        return List{number, "x", nullptr};
      case 11:
        return "constant";
      case 12:
        return 42;
      case 13:
        return "kind " + std::to_string(number);
      default:
        return nullptr;
    }
  };
  const std::vector<std::vector<int>> mixtures = {
      {0}, {1},  {2},  {3},  {4},  {5},    {6},    {7},    {8},
      {9}, {10}, {11}, {12}, {13}, {0, 5}, {3, 0}, {8, 9}, {0, 3, 4, 6, 7, 10}};
  ColumnEncoder encoder;
  for (const auto& mixture : mixtures) {
    for (const int one_in : {1, 2, 30, 2000}) {
      encoder.clear();
      std::map<std::uint32_t, Value> model;
      for (std::uint32_t row = 0; row < kExtentRows; ++row) {
        if (one_in != 1 && below(static_cast<std::uint64_t>(one_in)) != 0) continue;
        const Value value = make(mixture[below(mixture.size())]);
        model[row] = value;
        encoder.set(row, value);
      }
      std::vector<std::byte> bytes;
      REQUIRE(encoder.encode(3, bytes) == !model.empty());
      if (model.empty()) continue;
      Aligned stored(bytes);
      const ColumnView view(stored.view());
      view.verify();
      ColumnEncoder again;
      again.load(view);
      std::size_t wrong = 0;
      for (std::uint32_t row = 0; row < kExtentRows; ++row) {
        const std::uint32_t entry = view.entry(row);
        const auto found = model.find(row);
        const Value expected = found == model.end() ? Value() : found->second;
        const Value got = entry == ColumnView::kAbsent ? Value() : view.value(entry);
        const Value loaded = again.get(row);
        if (got.type() != expected.type() || !(got == expected)) ++wrong;
        if (loaded.type() != expected.type() || !(loaded == expected)) ++wrong;
      }
      INFO("mixture " << mixture[0] << " of " << mixture.size() << ", one in " << one_in);
      CHECK(wrong == 0);
      std::vector<std::byte> second;
      again.encode(3, second);
      CHECK(second == bytes);
    }
  }
}

TEST_CASE("integers that repeat are stored as runs", "[graph]") {
  for (const std::int64_t step : {std::int64_t{1}, std::int64_t{70'000}}) {
    for (const std::uint32_t one_in : {1u, 3u, 30u}) {
      ColumnEncoder encoder;
      std::map<std::uint32_t, std::int64_t> model;
      std::int64_t value = -5'000'000'000;
      for (std::uint32_t row = 0; row < kExtentRows; ++row) {
        if (row == 4000) value -= 300 * step;  // they need not ascend
        if (below(one_in * 40) == 0) value += step * static_cast<std::int64_t>(1 + below(3));
        if (below(one_in) != 0) continue;
        model[row] = value;
        encoder.set_integer(row, ValueType::kInt64, value);
      }
      std::vector<std::byte> bytes;
      REQUIRE(encoder.encode(3, bytes));
      Aligned stored(bytes);
      const ColumnView view(stored.view());
      view.verify();
      INFO("step " << step << ", one in " << one_in);
      CHECK(view.encoding() == ColumnEncoding::kRuns);
      CHECK(bytes.size() < 1600);
      CHECK(view.header().minimum < view.header().maximum);
      std::vector<std::int64_t> expected;  // by entry
      std::size_t wrong = 0;
      for (std::uint32_t row = 0; row < view.header().rows; ++row) {
        const std::uint32_t entry = view.entry(row);
        const auto found = model.find(row);
        if ((entry == ColumnView::kAbsent) != (found == model.end())) ++wrong;
        if (entry == ColumnView::kAbsent) continue;
        if (view.integer(entry) != found->second) ++wrong;
        expected.resize(entry + 1, found->second);
        expected[entry] = found->second;
      }
      for (int i = 0; i < 200; ++i) {
        const auto first = static_cast<std::uint32_t>(below(expected.size()));
        const auto count = static_cast<std::uint32_t>(below(expected.size() - first + 1));
        std::vector<std::int64_t> got(count);
        view.integers(first, count, got.data());
        for (std::uint32_t at = 0; at < count; ++at) {
          // An entry of a row without a value holds what the run around it does.
          if (got[at] != view.integer(first + at)) ++wrong;
        }
      }
      if (view.dense()) {
        std::vector<std::uint64_t> ids(500);
        std::vector<std::int64_t> got(ids.size());
        for (std::uint64_t& id : ids) id = 4096 * 7 + below(view.header().rows);
        REQUIRE(view.gather_integers(ids.data(), 500, got.data()));
        for (std::size_t i = 0; i < ids.size(); ++i) {
          if (got[i] != expected[ids[i] & 4095]) ++wrong;
        }
      }
      CHECK(wrong == 0);
      ColumnEncoder again;
      again.load(view);
      std::vector<std::byte> second;
      REQUIRE(again.encode(3, second));
      CHECK(second == bytes);
    }
  }
}

TEST_CASE("values too long for a chunk are handed out and marked", "[graph]") {
  ColumnEncoder encoder;
  encoder.set(0, Value("short"));
  encoder.set(1, Value(std::string(10000, 'x')));
  std::vector<std::uint32_t> taken;
  encoder.take_long_values([&](std::uint32_t row, const Value& value) {
    CHECK(value.as_string().size() == 10000);
    taken.push_back(row);
  });
  CHECK(taken == std::vector<std::uint32_t>{1});
  std::vector<std::byte> bytes;
  REQUIRE(encoder.encode(0, bytes));
  Aligned stored(bytes);
  const ColumnView view(stored.view());
  CHECK_FALSE(view.is_long(view.entry(0)));
  CHECK(view.is_long(view.entry(1)));
  CHECK(view.value(view.entry(0)) == Value("short"));
}

TEST_CASE("a partial row keeps the last word on each property", "[graph]") {
  RowDelta row;
  row.append(PropertyKeyId{3}, Value(1));
  row.set(PropertyKeyId{7}, Value("seven"));
  row.set(PropertyKeyId{3}, Value("three"));
  row.set(PropertyKeyId{9}, Value());
  const RowView view(row.bytes());
  CHECK_FALSE(view.deleted());
  CHECK(view.find(PropertyKeyId{3}).has_value());
  CHECK(view.find(PropertyKeyId{9})->empty());
  CHECK_FALSE(view.find(PropertyKeyId{1}).has_value());
  int fields = 0;
  view.each([&](PropertyKeyId, storage::ByteView) { ++fields; });
  CHECK(fields == 3);
  CHECK(RowView(RowDelta::deleted_element().bytes()).deleted());
}

TEST_CASE("an extent gives back the shape of each row", "[graph]") {
  for (int round = 0; round < 20; ++round) {
    Extent extent;
    std::vector<std::uint32_t> model;
    for (int i = 0; i < 500; ++i) {
      const auto row = static_cast<std::uint32_t>(below(round % 2 == 0 ? model.size() + 1 : 700));
      const std::uint32_t shape = below(5) == 0 ? kNoShape : static_cast<std::uint32_t>(below(3));
      if (row >= model.size()) model.resize(row + 1, kNoShape);
      model[row] = shape;
      extent.set(row, shape);
    }
    std::vector<std::byte> bytes;
    extent.encode(bytes);
    const Extent read = Extent::decode(bytes);
    bool same = true;
    for (std::uint32_t row = 0; row < 1000; ++row) {
      const std::uint32_t expected = row < model.size() ? model[row] : kNoShape;
      same = same && extent.shape_of(row) == expected && read.shape_of(row) == expected;
    }
    CHECK(same);
  }
}
