#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <geode/verify.hpp>
#include "graph/delta/adjacency_delta.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/keys.hpp"
#include "graph/label_index.hpp"
#include "storage/transaction.hpp"
#include "temp_directory.hpp"

namespace geode::test {

using Stored = std::vector<std::byte>;

/// A database with something of every kind in it, most of it merged into chunks and a little in
/// deltas, whose tables are then changed behind the back of the graph layer.
class DamagedDatabase {
 public:
  DamagedDatabase();

  Database& database() { return *database_; }
  /// Merges what waits in deltas.
  void fold();
  VerifyReport verify() { return geode::verify(*database_); }

  // ---- changing one entry
  void put(storage::Table table, storage::ByteView key, storage::ByteView value);
  void erase(storage::Table table, storage::ByteView key);
  /// One duplicate.
  void erase(storage::Table table, storage::ByteView key, storage::ByteView value);
  /// Fails the test when there is no such entry.
  Stored get(storage::Table table, storage::ByteView key);
  void change(storage::Table table, storage::ByteView key,
              const std::function<void(Stored&)>& change);
  /// The first entry whose key begins with `prefix`.
  std::pair<Stored, Stored> first(storage::Table table, storage::ByteView prefix);
  /// Changes the bytes of a column chunk, and gives it the checksum they then have.
  void change_column(storage::ByteView key, const std::function<void(Stored&)>& change);
  /// The edges of an adjacency chunk that is stored in full: changed, and written anew.
  void change_adjacency(graph::Direction direction, graph::EdgeLabelId label,
                        const std::function<void(std::vector<std::uint32_t>& neighbours,
                                                 std::vector<std::uint32_t>& edges)>& change);
  void change_delta(graph::Direction direction, graph::EdgeLabelId label,
                    const std::function<void(std::vector<graph::DeltaEntry>&)>& change);
  void change_extent(std::uint32_t extent, const std::function<void(graph::Extent&)>& change);

  // ---- names
  graph::LabelId label(std::string_view name) const;
  graph::EdgeLabelId edge_label(std::string_view name) const;
  graph::PropertyKeyId property(std::string_view name) const;
  catalog::IndexId index(std::string_view name) const;

 private:
  void commit(const std::function<void(storage::WriteTransaction&)>& change);

  TempDirectory directory_;
  std::unique_ptr<Database> database_;
  std::shared_ptr<storage::Environment> environment_;
};

/// One of the findings has these words in its place and in what was found.
bool has_finding(const VerifyReport& report, std::string_view where, std::string_view found);
/// All findings, for the message of a test that fails.
std::string text_of(const VerifyReport& report);

}  // namespace geode::test
