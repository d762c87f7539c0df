#include "damaged_database.hpp"

#include <cstring>

#include <catch2/catch.hpp>

#include "base/crc32c.hpp"
#include "graph/chunk/adjacency_chunk.hpp"
#include "storage/environment.hpp"

namespace geode::test {

using storage::ByteView;
using storage::Table;

DamagedDatabase::DamagedDatabase() {
  const std::string path = directory_.file("damaged.geode");
  // Opened first, so that its commits need no disk.
  storage::EnvironmentOptions options;
  options.sync = storage::SyncMode::kOff;
  environment_ = storage::Environment::open(path, options);
  database_ = std::make_unique<Database>(path);
  for (const char* statement :
       {"CREATE INDEX by_name FOR (n:P) ON (n.name)",
        "UNWIND range(0, 599) AS i INSERT (:P {id: i, name: 'name ' || CAST(i % 10 AS STRING), "
        "x: i * 0.5, old: i % 2 = 0, day: DATE '2020-01-01'})",
        "CREATE CONSTRAINT one_id FOR (n:P) REQUIRE n.id IS UNIQUE", "CREATE GRAPH other",
        "USE other INSERT (:A {id: 1})-[:B {w: 1}]->(:A {id: 2})",
        "MATCH (n:P) WHERE n.id % 7 = 0 SET n:Seven",
        "MATCH (n:P) WHERE n.id % 2 = 1 SET n.odd = n.id",
        "MATCH (n:P {id: 5}) SET n.x = 'text', n.note = "
        "reduce(s = 'long ', i IN range(1, 11) | s || s)",
        "MATCH (a:P), (b:P) WHERE a.id + 1 = b.id INSERT (a)-[:K {since: a.id}]->(b), "
        "(a)~[:U]~(b)",
        "MATCH (a:P {id: 3}) INSERT (a)-[:K {since: 9}]->(a)",
        "MATCH (a:P {id: 1}), (b:P {id: 2}) UNWIND range(1, 2500) AS i INSERT (a)-[:H]->(b)"}) {
    database_->execute(statement);
  }
  fold();
  // What is left waits in deltas and partial rows.
  for (const char* statement :
       {"INSERT (:P {id: 1000, name: 'new', x: 1.0})", "MATCH (n:P {id: 9}) SET n.name = 'nine'",
        "MATCH (a:P {id: 1000}), (b:P {id: 0}) INSERT (a)-[:K {since: 1}]->(b)",
        "MATCH (n:P {id: 20}) DETACH DELETE n"}) {
    database_->execute(statement);
  }
}

void DamagedDatabase::fold() { graph::fold_all(environment_); }

void DamagedDatabase::commit(const std::function<void(storage::WriteTransaction&)>& change) {
  const auto txn = storage::WriteTransaction::begin(environment_);
  change(*txn);
  txn->commit();
}

void DamagedDatabase::put(Table table, ByteView key, ByteView value) {
  commit([&](storage::WriteTransaction& txn) { txn.put(table, key, value); });
}

void DamagedDatabase::erase(Table table, ByteView key) {
  commit([&](storage::WriteTransaction& txn) { REQUIRE(txn.erase(table, key)); });
}

void DamagedDatabase::erase(Table table, ByteView key, ByteView value) {
  commit([&](storage::WriteTransaction& txn) { REQUIRE(txn.erase(table, key, value)); });
}

Stored DamagedDatabase::get(Table table, ByteView key) {
  const auto txn = storage::ReadTransaction::begin(environment_);
  const auto value = txn->get(table, key);
  REQUIRE(value.has_value());
  return {value->begin(), value->end()};
}

void DamagedDatabase::change(Table table, ByteView key,
                             const std::function<void(Stored&)>& change) {
  Stored value = get(table, key);
  change(value);
  put(table, key, value);
}

std::pair<Stored, Stored> DamagedDatabase::first(Table table, ByteView prefix) {
  const auto txn = storage::ReadTransaction::begin(environment_);
  storage::Cursor cursor = txn->cursor(table);
  REQUIRE(cursor.seek(prefix));
  REQUIRE(cursor.has_prefix(prefix));
  return {{cursor.key().begin(), cursor.key().end()},
          {cursor.value().begin(), cursor.value().end()}};
}

void DamagedDatabase::change_column(ByteView key, const std::function<void(Stored&)>& change) {
  this->change(Table::kBase, key, [&](Stored& bytes) {
    change(bytes);
    const std::uint32_t crc = base::crc32c({bytes.data(), bytes.size() - 4});
    std::memcpy(bytes.data() + bytes.size() - 4, &crc, 4);
  });
}

void DamagedDatabase::change_adjacency(
    graph::Direction direction, graph::EdgeLabelId label,
    const std::function<void(std::vector<std::uint32_t>&, std::vector<std::uint32_t>&)>& change) {
  const auto [key, value] = first(Table::kBase, graph::keys::adjacency_prefix(direction, label));
  std::vector<std::uint64_t> aligned((value.size() + 7) / 8);
  std::memcpy(aligned.data(), value.data(), value.size());
  const graph::AdjacencyView view(
      {reinterpret_cast<const std::byte*>(aligned.data()), value.size()});
  std::vector<std::uint32_t> offsets(view.nodes() + std::size_t{1});
  view.expand_offsets(offsets.data());
  std::vector<std::uint32_t> neighbours(view.neighbours(), view.neighbours() + view.edge_count());
  std::vector<std::uint32_t> edges;
  for (std::uint32_t i = 0; i < view.edge_count(); ++i) edges.push_back(view.edge_number(i));
  change(neighbours, edges);
  Stored out;
  graph::encode_adjacency({offsets, neighbours, edges, 0, view.hubs()}, view.folded_lsn(), out);
  put(Table::kBase, key, out);
}

void DamagedDatabase::change_delta(
    graph::Direction direction, graph::EdgeLabelId label,
    const std::function<void(std::vector<graph::DeltaEntry>&)>& change) {
  const auto [key, value] =
      first(Table::kHot,
            graph::Key().u8(0x10).u8(graph::keys::code(direction)).u32(graph::keys::number(label)));
  const graph::AdjacencyDelta delta{ByteView(value)};
  std::vector<graph::DeltaEntry> entries(delta.sorted_entries().begin(),
                                         delta.sorted_entries().end());
  change(entries);
  Stored out(value.begin(), value.begin() + 16);
  const auto count = static_cast<std::uint32_t>(entries.size());
  std::memcpy(out.data(), &count, 4);
  const auto* bytes = reinterpret_cast<const std::byte*>(entries.data());
  out.insert(out.end(), bytes, bytes + entries.size() * sizeof(graph::DeltaEntry));
  put(Table::kHot, key, out);
}

void DamagedDatabase::change_extent(std::uint32_t extent,
                                    const std::function<void(graph::Extent&)>& change) {
  this->change(Table::kBase, graph::keys::extent(extent), [&](Stored& bytes) {
    graph::Extent decoded = graph::Extent::decode(bytes);
    change(decoded);
    decoded.encode(bytes);
  });
}

graph::LabelId DamagedDatabase::label(std::string_view name) const {
  return *graph::GraphTransaction::begin_read(environment_)
              ->catalog()
              .find_label(catalog::kHomeGraph, name);
}

graph::EdgeLabelId DamagedDatabase::edge_label(std::string_view name) const {
  return *graph::GraphTransaction::begin_read(environment_)
              ->catalog()
              .find_edge_label(catalog::kHomeGraph, name);
}

graph::PropertyKeyId DamagedDatabase::property(std::string_view name) const {
  return *graph::GraphTransaction::begin_read(environment_)->catalog().find_property_key(name);
}

catalog::IndexId DamagedDatabase::index(std::string_view name) const {
  const auto txn = graph::GraphTransaction::begin_read(environment_);
  for (const catalog::IndexDefinition& each : txn->catalog().indexes()) {
    if (each.name == name || each.constraint == name) return each.id;
  }
  FAIL("no index " << name);
  return {};
}

bool has_finding(const VerifyReport& report, std::string_view where, std::string_view found) {
  for (const VerifyFinding& finding : report.findings) {
    if (finding.where.find(where) != std::string::npos &&
        finding.found.find(found) != std::string::npos) {
      return true;
    }
  }
  return false;
}

std::string text_of(const VerifyReport& report) {
  std::string out;
  for (const VerifyFinding& finding : report.findings) {
    out += finding.part + " | " + finding.table + " | " + finding.where + " | found " +
           finding.found + " | expected " + finding.expected + "\n";
  }
  return out;
}

}  // namespace geode::test
