// One thing is damaged at a time, in a form that can be read where it is not the form that is
// damaged; the verification must say that, and no more than follows from it.

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/bytes.hpp"
#include "damaged_database.hpp"
#include "graph/chunk/adjacency_chunk.hpp"
#include "graph/chunk/bitmap_container.hpp"
#include "graph/chunk/column_chunk.hpp"
#include "graph/delta/row_delta.hpp"
#include "graph/header.hpp"
#include "graph/property_index.hpp"
#include "graph/statistics.hpp"

using namespace geode;
using geode::graph::Direction;
using geode::graph::ElementKind;
using geode::graph::Key;
using geode::storage::as_bytes;
using geode::storage::Table;
using geode::test::DamagedDatabase;
using geode::test::has_finding;
using geode::test::Stored;
using geode::test::text_of;
namespace keys = geode::graph::keys;

namespace {

/// Exactly so many findings, this one among them.
void expect(DamagedDatabase& db, std::size_t count, const std::string& where,
            const std::string& found) {
  const VerifyReport report = db.verify();
  INFO(text_of(report));
  CHECK(has_finding(report, where, found));
  CHECK(report.findings.size() == count);
}

/// Adds to the u64 at `offset` of a record.
void add_at(DamagedDatabase& db, storage::ByteView key, std::size_t offset, std::uint64_t count) {
  db.change(Table::kHot, key, [&](Stored& bytes) {
    base::store_le(bytes.data() + offset,
                   base::load_le<std::uint64_t>(bytes.data() + offset) + count);
  });
}

Stored prefix_of(std::uint8_t kind) { return {std::byte{kind}}; }

std::string entry_key(std::uint8_t kind, std::uint32_t number) {
  std::string key(1, static_cast<char>(kind));
  base::append_be(key, number);
  return key;
}

Key column(const DamagedDatabase& db, const char* name) {
  return keys::column_chunk(ElementKind::kNode, 0, db.property(name), 0);
}

constexpr std::size_t kHeaderMinimum = 24;  // of ColumnHeader

}  // namespace

TEST_CASE("a byte that is wrong in a chunk is found by its checksum") {
  const auto flip = [](Stored& bytes) { bytes[bytes.size() / 2] ^= std::byte{1}; };
  SECTION("a column") {
    DamagedDatabase db;
    db.change(Table::kBase, column(db, "x"), flip);
    expect(db, 1, "property x, chunk 0", "wrong checksum");
  }
  SECTION("an adjacency chunk") {
    DamagedDatabase db;
    const auto key =
        db.first(Table::kBase, keys::adjacency_prefix(Direction::kIn, db.edge_label("K"))).first;
    db.change(Table::kBase, key, flip);
    expect(db, 1, "edge label K, incoming, chunk 0", "wrong checksum");
  }
  SECTION("a segment of a hub") {
    DamagedDatabase db;
    db.change(Table::kBase, keys::hub_segment(Direction::kOut, db.edge_label("H"), 0, 1), flip);
    expect(db, 1, "edge label H, outgoing, chunk 0", "wrong checksum");
  }
  SECTION("a container of a label") {
    DamagedDatabase db;
    db.change(Table::kBase, keys::label_container(db.label("Seven"), 0), flip);
    expect(db, 1, "container 0 of label Seven", "wrong checksum");
  }
}

TEST_CASE("what has another form than its kind is found") {
  DamagedDatabase db;
  SECTION("a chunk that is cut off") {
    db.change(Table::kBase, column(db, "name"), [](Stored& bytes) { bytes.resize(60); });
    // The index over the names is not looked at.
    expect(db, 2, "property name, chunk 0", "column chunk");
    CHECK(has_finding(db.verify(), "index by_name", "was not looked at"));
  }
  SECTION("a partial row that is cut off") {
    db.change(Table::kHot,
              Stored(db.first(Table::kHot, keys::row_prefix(ElementKind::kNode, 0)).first),
              [](Stored& bytes) { bytes.resize(bytes.size() - 1); });
    const VerifyReport report = db.verify();
    INFO(text_of(report));
    CHECK(has_finding(report, "partial row of node", "cut off"));
  }
  SECTION("a record of counts") {
    db.change(Table::kHot, keys::label_count(db.label("P")),
              [](Stored& bytes) { bytes.pop_back(); });
    expect(db, 2, "key 05", "15 bytes of value");
  }
  SECTION("a header of the database") {
    db.change(Table::kHot, keys::header(), [](Stored& bytes) { bytes.pop_back(); });
    CHECK(has_finding(db.verify(), "the header", "wrong size"));
  }
  SECTION("an extent") {
    db.change(Table::kBase, keys::extent(0), [](Stored& bytes) { bytes.resize(9); });
    CHECK(has_finding(db.verify(), "extent 0", "does not fit"));
  }
  SECTION("a delta") {
    const auto key = db.first(Table::kHot, prefix_of(0x10)).first;
    db.change(Table::kHot, key, [](Stored& bytes) { bytes.pop_back(); });
    CHECK(has_finding(db.verify(), "chunk", "adjacency delta"));
  }
}

TEST_CASE("keys that name nothing are found") {
  DamagedDatabase db;
  const Stored value(16);
  SECTION("of no known kind") {
    db.put(Table::kBase, Key().u8(0x77).u32(1), value);
    expect(db, 1, "key 7700000001", "no known kind");
  }
  SECTION("of a wrong length") {
    db.put(Table::kHot, Key().u8(0x05).u8(1), value);
    expect(db, 1, "key 0501", "2 bytes of key");
  }
  SECTION("of a label that is not there") {
    db.put(Table::kHot, keys::label_count(graph::LabelId{999}), value);
    expect(db, 1, "key 05000003e7", "label number 999");
  }
  SECTION("of an edge label that is not there") {
    db.put(Table::kHot,
           keys::label_pair_count(Direction::kOut, graph::EdgeLabelId{999}, db.label("P")),
           Stored(8));
    expect(db, 1, "key 04", "edge label number 999");
  }
  SECTION("of an extent that was not given away") {
    db.put(Table::kBase, keys::extent(1000), Stored(12));
    CHECK(has_finding(db.verify(), "key 31", "extent 1000"));
  }
  SECTION("of an index that is not there") {
    db.put(Table::kIndex, as_bytes(graph::index_prefix(graph::IndexId{99}) + "x"), Stored(8));
    const VerifyReport report = db.verify();
    CHECK(report.ok());
    CHECK(report.findings.size() == 1);
    CHECK(has_finding(report, "index number 99", "entries"));
  }
}

TEST_CASE("both sides of an edge must agree") {
  DamagedDatabase db;
  const auto k = db.edge_label("K");
  SECTION("an incoming side that begins elsewhere") {
    db.change_adjacency(Direction::kIn, k, [](auto& neighbours, auto&) { neighbours[50] -= 1; });
    expect(db, 1, "edge label K, edge ", "its incoming side leads from node");
  }
  SECTION("an incoming side of another number") {
    db.change_adjacency(Direction::kIn, k, [](auto&, auto& edges) { edges[50] = edges[60]; });
    const VerifyReport report = db.verify();
    INFO(text_of(report));
    CHECK(report.findings.size() == 3);
    CHECK(has_finding(report, "edge label K", "arrives nowhere"));
    CHECK(has_finding(report, "edge label K", "it arrives twice"));
  }
  SECTION("an outgoing side of a number that another has") {
    db.change_adjacency(Direction::kOut, k, [](auto&, auto& edges) { edges[50] = edges[60]; });
    const VerifyReport report = db.verify();
    INFO(text_of(report));
    CHECK(has_finding(report, "edge label K", "it leads from node"));
    CHECK(has_finding(report, "edge label K", "leaves nowhere"));
  }
  SECTION("edges in no order") {
    db.change_adjacency(Direction::kOut, k, [](auto& neighbours, auto& edges) {
      std::swap(neighbours[3], neighbours[4]);  // node 3 has two
      std::swap(edges[3], edges[4]);
    });
    expect(db, 1, "edge label K, outgoing, chunk 0", "in no order");
  }
  SECTION("an end that does not exist") {
    db.change_adjacency(Direction::kOut, k,
                        [](auto& neighbours, auto&) { neighbours.back() = 4000; });
    CHECK(has_finding(db.verify(), "edge label K", "its target, node 4000, does not exist"));
  }
  SECTION("an end of another graph") {
    // The second extent is that of the other graph.
    db.change_adjacency(Direction::kOut, k,
                        [](auto& neighbours, auto&) { neighbours.back() = 4096; });
    CHECK(has_finding(db.verify(), "edge label K", "its target, node 4096, is of another graph"));
  }
  SECTION("a source that is another in its column") {
    // The last edge waits in a partial row.
    const Key key = keys::row(ElementKind::kEdge, keys::number(k), 600);
    db.change(Table::kHot, key, [](Stored& bytes) {
      graph::RowDelta row{storage::ByteView(bytes)};
      row.set(graph::kSourceColumn, Value(17));
      bytes.assign(row.bytes().begin(), row.bytes().end());
    });
    expect(db, 1, "edge label K, edge 600", "node 17 in the column of sources");
  }
  SECTION("no source in the column") {
    db.erase(Table::kHot, keys::row(ElementKind::kEdge, keys::number(k), 600));
    const VerifyReport report = db.verify();
    INFO(text_of(report));
    CHECK(has_finding(report, "edge label K, edge 600", "no source in the column"));
    CHECK(has_finding(report, "partial rows at chunk 0 of edge label K", "a count of"));
  }
  SECTION("a number that was not given") {
    add_at(db, keys::edge_statistics(Direction::kOut, k), 16, std::uint64_t{0} - 1);
    CHECK(has_finding(db.verify(), "edge label K, edge 600", "this number"));
  }
}

TEST_CASE("a delta fits its chunk") {
  DamagedDatabase db;
  const auto k = db.edge_label("K");
  SECTION("it takes away an edge that is not there") {
    db.change_delta(Direction::kOut, k, [](auto& entries) {
      for (auto& entry : entries) {
        if (entry.operation == graph::DeltaEntry::kDelete) entry.edge += 1000;
      }
    });
    CHECK(has_finding(db.verify(), "edge label K, outgoing", "an edge less"));
  }
  SECTION("its entries are in no order") {
    db.change_delta(Direction::kIn, k,
                    [](auto& entries) { std::swap(entries.front(), entries.back()); });
    CHECK(has_finding(db.verify(), "edge label K, incoming", "an entry of node"));
  }
  SECTION("it has nodes of its chunk only") {
    db.change_delta(Direction::kIn, k, [](auto& entries) { entries.back().local = 60000; });
    CHECK(has_finding(db.verify(), "edge label K, incoming", "an entry of node"));
  }
}

TEST_CASE("hubs have their segments") {
  DamagedDatabase db;
  const auto h = db.edge_label("H");
  SECTION("a segment is missing") {
    db.erase(Table::kBase, keys::hub_segment(Direction::kIn, h, 0, 2));
    expect(db, 1, "edge label H, incoming, chunk 0", "is missing");
  }
  SECTION("the directory is missing") {
    db.erase(Table::kBase, db.first(Table::kBase, Key().u8(0x11).u8(0).u32(keys::number(h))).first);
    expect(db, 1, "edge label H, outgoing, chunk 0", "hub without directory");
  }
  SECTION("a segment too many") {
    db.put(Table::kBase, keys::hub_segment(Direction::kIn, h, 0, 77),
           db.get(Table::kBase, keys::hub_segment(Direction::kIn, h, 0, 1)));
    expect(db, 1, "edge label H, incoming, chunk 0", "segment 77, which no hub has");
    CHECK(db.verify().ok());
  }
}

TEST_CASE("columns say the truth about their values") {
  DamagedDatabase db;
  SECTION("their zone map") {
    db.change_column(column(db, "id"), [](Stored& bytes) {
      base::store_le(bytes.data() + kHeaderMinimum,
                     base::load_le<std::int64_t>(bytes.data() + kHeaderMinimum) + 5);
    });
    // The constraint's index is not looked at.
    expect(db, 2, "property id, chunk 0", "zone map");
  }
  SECTION("their number of nulls") {
    // The property `odd` is there in every second row.
    db.change_column(column(db, "odd"), [](Stored& bytes) {
      base::store_le(bytes.data() + 8, base::load_le<std::uint32_t>(bytes.data() + 8) - 1);
    });
    expect(db, 1, "property odd, chunk 0", "rows without a value");
  }
  SECTION("their dictionary") {
    db.change_column(column(db, "name"), [](Stored& bytes) {
      // "name 0" and "name 1" change places.
      for (std::size_t i = 0; i + 12 < bytes.size(); ++i) {
        if (std::memcmp(bytes.data() + i, "name 0name 1", 12) != 0) continue;
        std::swap(bytes[i + 5], bytes[i + 11]);
        return;
      }
      FAIL("no dictionary");
    });
    expect(db, 2, "property name, chunk 0", "a dictionary in no order");
  }
  SECTION("the list of chunks") {
    db.change(Table::kBase, keys::chunk_keys(ElementKind::kNode, 0, 0),
              [](Stored& bytes) { bytes.resize(bytes.size() - 4); });
    CHECK(has_finding(db.verify(), "chunk 0", "does not name"));
  }
  SECTION("a chunk that is listed is there") {
    db.erase(Table::kBase, column(db, "day"));
    expect(db, 1, "the list of chunks of rows 0", "property day, which has no chunk");
  }
  SECTION("bounds of all values") {
    const Key key = keys::property_statistics(ElementKind::kNode, 0, db.property("id"));
    db.change(Table::kHot, key, [](Stored& bytes) {
      graph::PropertyRecord record = graph::PropertyRecord::decode(bytes);
      record.maximum = Value(500);
      const std::string out = record.encode();
      bytes.assign(as_bytes(out).begin(), as_bytes(out).end());
    });
    CHECK(has_finding(db.verify(), "nodes, property id", "bounds"));
  }
}

TEST_CASE("long values and the chunks that refer to them agree") {
  DamagedDatabase db;
  const auto key = db.first(Table::kBase, prefix_of(0x22)).first;
  SECTION("one is missing") {
    db.erase(Table::kBase, key);
    expect(db, 1, "property note", "no long value");
  }
  SECTION("one cannot be read") {
    db.change(Table::kBase, key, [](Stored& bytes) { bytes.resize(100); });
    CHECK(has_finding(db.verify(), "property note", "value"));
  }
  SECTION("one is lost") {
    db.put(Table::kBase, keys::long_value(ElementKind::kNode, 0, db.property("note"), 77),
           db.get(Table::kBase, key));
    expect(db, 1, "node 77, property note", "no chunk refers to");
    CHECK(db.verify().ok());
  }
}

TEST_CASE("counts are those of what is there") {
  DamagedDatabase db;
  const auto k = db.edge_label("K");
  SECTION("nodes by label") {
    add_at(db, keys::label_count(db.label("Seven")), 8, 1);
    expect(db, 1, "nodes with label Seven", "a count of");
  }
  SECTION("nodes of a graph") {
    add_at(db, keys::graph_statistics(catalog::kHomeGraph), 0, 1);
    expect(db, 1, "nodes of graph default", "a count of");
  }
  SECTION("edges of a graph") {
    add_at(db, keys::graph_statistics(catalog::kHomeGraph), 8, 1);
    expect(db, 1, "edges of graph default", "a count of");
  }
  SECTION("edges by label") {
    add_at(db, keys::edge_statistics(Direction::kIn, k), 8, 1);
    expect(db, 1, "edge label K, incoming", "a count of");
  }
  SECTION("loops") {
    add_at(db, keys::edge_statistics(Direction::kOut, k), 24, 1);
    expect(db, 1, "edge label K, loops", "a count of 2");
  }
  SECTION("pairs of labels") {
    add_at(db, keys::label_pair_count(Direction::kOut, k, db.label("P")), 0, 1);
    expect(db, 1, "edge label K from label P", "a count of");
  }
  SECTION("degrees") {
    add_at(db, keys::degree_histogram(Direction::kIn, k), 8, 1);
    expect(db, 1, "edge label K, incoming degrees", "degrees of");
  }
  SECTION("values of a property") {
    add_at(db, keys::property_statistics(ElementKind::kNode, 0, db.property("old")), 8, 1);
    expect(db, 1, "values of nodes, property old", "a count of");
  }
  SECTION("partial rows") {
    const auto key = db.first(Table::kHot, prefix_of(0x06)).first;
    add_at(db, key, 8, 1);
    expect(db, 1, "partial rows at chunk", "a count of");
  }
  SECTION("epochs") {
    add_at(db, keys::label_count(db.label("Seven")), 0, 1000);
    expect(db, 1, "label Seven", "a change of epoch");
  }
}

TEST_CASE("labels agree with shapes") {
  DamagedDatabase db;
  const auto change = [&](const std::function<void(graph::Bitmap&)>& change) {
    db.change(Table::kBase, keys::label_container(db.label("Seven"), 0), [&](Stored& bytes) {
      graph::Bitmap bitmap = graph::Bitmap::decode(bytes);
      change(bitmap);
      bitmap.encode(bytes);
    });
  };
  SECTION("a node too many in a container") {
    change([](graph::Bitmap& bitmap) { REQUIRE(bitmap.add(40000)); });
    expect(db, 1, "container 0 of label Seven", "node 40000 is in it");
  }
  SECTION("a node too few") {
    change([](graph::Bitmap& bitmap) {
      std::uint32_t first = 0;
      while (!bitmap.contains(first)) ++first;
      bitmap.remove(first);
    });
    expect(db, 1, "container 0 of label Seven", "is not in it");
  }
  SECTION("no container") {
    db.erase(Table::kBase, keys::label_container(db.label("Seven"), 0));
    expect(db, 1, "container 0 of label Seven", "no container");
  }
  SECTION("a shape that is not there") {
    const auto key = db.first(Table::kBase, prefix_of(0x31)).first;
    db.change_extent(keys::u32_at(key, 1), [](graph::Extent& extent) { extent.set(0, 12345); });
    CHECK(has_finding(db.verify(), "node ", "shape number 12345"));
  }
}

TEST_CASE("numbers still to be given are above those in use") {
  DamagedDatabase db;
  SECTION("of nodes that share an extent") {
    db.change(Table::kHot, keys::graph_statistics(catalog::kHomeGraph), [](Stored& bytes) {
      base::store_le(bytes.data() + 20, base::load_le<std::uint32_t>(bytes.data() + 20) - 1);
    });
    expect(db, 1, "the extent that rare shapes of graph default share", "the next to be given");
  }
  SECTION("of extents") {
    db.change(Table::kHot, keys::header(), [](Stored& bytes) {
      base::store_le(bytes.data() + 32, base::load_le<std::uint32_t>(bytes.data() + 32) - 1);
    });
    CHECK(has_finding(db.verify(), "key 31", "extent"));
  }
}

TEST_CASE("indexes agree with the nodes") {
  DamagedDatabase db;
  const std::string by_name = graph::index_prefix(db.index("by_name"));
  const std::string one_id = graph::index_prefix(db.index("one_id"));
  SECTION("an entry is missing in a range index") {
    const auto [key, value] = db.first(Table::kIndexDup, as_bytes(by_name));
    db.erase(Table::kIndexDup, key, value);
    expect(db, 1, "index by_name", "no entry of node");
  }
  SECTION("an entry too many") {
    const auto [key, value] = db.first(Table::kIndexDup, as_bytes(by_name));
    Stored other = value;
    std::fill(other.begin(), other.end(), std::byte{0});
    other[5] = std::byte{0x7f};
    db.put(Table::kIndexDup, key, other);
    expect(db, 1, "index by_name", "an entry of node");
  }
  SECTION("an entry under another value") {
    const auto [key, value] = db.first(Table::kIndexDup, as_bytes(by_name));
    db.put(Table::kIndexDup, as_bytes(by_name + "zzz"), value);
    expect(db, 1, "index by_name", "under other values");
  }
  SECTION("a double in a unique index") {
    const auto [key, value] = db.first(Table::kIndex, as_bytes(one_id));
    Stored other = value;
    other[0] ^= std::byte{1};
    db.put(Table::kIndex, key, other);
    const VerifyReport report = db.verify();
    INFO(text_of(report));
    CHECK(report.findings.size() == 2);
    CHECK(has_finding(report, "index", "whose values node"));
  }
}

TEST_CASE("what the catalog names exists") {
  DamagedDatabase db;
  SECTION("numbers without a gap") {
    std::string value;
    base::append_le(value, std::uint32_t{0});
    value += "Far";
    db.put(Table::kCatalog, as_bytes(entry_key(0x10, 500)), as_bytes(value));
    const VerifyReport report = db.verify();
    INFO(text_of(report));
    CHECK(has_finding(report, "label number 500", "follows"));
    CHECK(report.parts.back().skipped == "the catalog cannot be read");
  }
  SECTION("labels of shapes") {
    db.change(Table::kCatalog, as_bytes(entry_key(0x13, 1)), [](Stored& bytes) {
      base::store_le(bytes.data() + bytes.size() - 4, std::uint32_t{333});
    });
    CHECK(has_finding(db.verify(), "the catalog", "label"));
  }
  SECTION("property keys of indexes") {
    db.change(Table::kCatalog,
              as_bytes(entry_key(0x14, static_cast<std::uint32_t>(db.index("by_name")))),
              [](Stored& bytes) { base::store_le(bytes.data() + 17, std::uint32_t{333}); });
    expect(db, 2, "index by_name", "property number 333");
  }
  SECTION("the label of an index") {
    db.change(Table::kCatalog,
              as_bytes(entry_key(0x14, static_cast<std::uint32_t>(db.index("by_name")))),
              [](Stored& bytes) { base::store_le(bytes.data() + 8, std::uint32_t{333}); });
    expect(db, 2, "index by_name", "label number 333");
  }
  SECTION("chunks of edge labels") {
    db.change(Table::kCatalog, as_bytes(entry_key(0x11, 0)),
              [](Stored& bytes) { bytes[5] = std::byte{30}; });
    CHECK(has_finding(db.verify(), "the catalog", "edge label"));
  }
  SECTION("the index of a constraint") {
    db.erase(Table::kCatalog,
             as_bytes(entry_key(0x14, static_cast<std::uint32_t>(db.index("one_id")))));
    CHECK(has_finding(db.verify(), "constraint one_id", "no index"));
  }
  SECTION("the graph of a name") {
    db.change(Table::kCatalog, as_bytes(entry_key(0x10, 0)),
              [](Stored& bytes) { base::store_le(bytes.data(), std::uint32_t{77}); });
    CHECK(has_finding(db.verify(), "label ", "graph number 77"));
  }
  SECTION("an entry of an unknown kind") {
    db.put(Table::kCatalog, as_bytes(entry_key(0x1e, 0)), Stored(4));
    CHECK(has_finding(db.verify(), "the catalog", "no known kind"));
  }
}

TEST_CASE("findings are kept up to a number, and counted") {
  DamagedDatabase db;
  db.change_adjacency(Direction::kIn, db.edge_label("K"), [](auto& neighbours, auto&) {
    for (std::size_t i = 30; i < 60; ++i) neighbours[i] -= 1;
  });
  VerifyOptions options;
  options.maximum_findings = 5;
  const VerifyReport report = verify(db.database(), options);
  CHECK(report.findings.size() == 5);
  CHECK(report.more_findings >= 20);
  CHECK(report.damages == 5 + report.more_findings);
}

TEST_CASE("a chunk whose offsets make no sense ends the statement that reads it") {
  constexpr std::size_t kOffsets = 48;
  const auto spoil = [](DamagedDatabase& db, std::size_t node, std::uint32_t offset) {
    const auto key =
        db.first(Table::kBase, keys::adjacency_prefix(Direction::kOut, db.edge_label("K"))).first;
    db.change(Table::kBase, key,
              [&](Stored& bytes) { base::store_le(bytes.data() + kOffsets + node * 4, offset); });
  };
  const auto expect_refused = [](DamagedDatabase& db) {
    for (const char* question :
         {"MATCH (a:P)-[k:K]->(b) RETURN sum(b.id), sum(k.since)", "MATCH ()-[:K]->() RETURN 1",
          "MATCH (a:P {id: 11})-[:K]->(b) RETURN b.id",
          "MATCH (a:P)-[:K]->{2}(b) RETURN count(*)"}) {
      try {
        db.database().execute(question).consume();
      } catch (const Error& error) {
        CHECK(error.gqlstatus() == status::kCorrupt);
      }
    }
    CHECK_THROWS_WITH(db.database().execute("MATCH (a:P)-[k:K]->(b) RETURN sum(b.id)").consume(),
                      Catch::Contains("58X02"));
  };
  SECTION("one that is behind the edges") {
    DamagedDatabase db;
    spoil(db, 11, 0x7ffffff0);
    expect_refused(db);
  }
  SECTION("one that falls") {
    DamagedDatabase db;
    spoil(db, 11, 0);
    expect_refused(db);
  }
  SECTION("a hub that has no entry") {
    DamagedDatabase db;
    spoil(db, 11, graph::kHubBit | 11);
    expect_refused(db);
  }
}
