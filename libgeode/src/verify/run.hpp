#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <geode/verify.hpp>
#include "catalog/stored_catalog.hpp"
#include "graph/header.hpp"
#include "graph/keys.hpp"
#include "graph/label_index.hpp"
#include "storage/page_walk.hpp"
#include "storage/transaction.hpp"

namespace geode::verifier {

using catalog::EdgeLabelId;
using catalog::GraphId;
using catalog::LabelId;
using catalog::PropertyKeyId;
using catalog::ShapeId;
using graph::Direction;
using graph::ElementKind;
using storage::ByteView;
using storage::Table;

/// The name of a table in the file.
std::string_view table_name(Table table);

/// A verification while it runs: its snapshot, what earlier parts have learned, and its findings.
class Run {
 public:
  Run(std::shared_ptr<storage::Environment> environment, const VerifyOptions& options,
      VerifyReport& report);

  const storage::Transaction& txn() const { return *txn_; }
  /// For what must be done before anything is read of it.
  storage::ReadTransaction& snapshot() { return *txn_; }
  const VerifyOptions& options() const { return options_; }

  // ---- parts
  void begin_part(std::string name, std::string noun, std::uint64_t total);
  void end_part();
  /// A part that is left out, and why.
  void skip_part(std::string name, std::string why);
  /// `count` items more have been looked at. Throws Error 57X01 when the caller wants no more.
  void looked_at(std::uint64_t count = 1) {
    done_ += count;
    if (done_ >= next_report_) report_progress();
  }
  /// Calls `check`; what it throws because of damage is a finding there, and false the result.
  template <class Check>
  bool guard(Table table, const std::string& where, Check check) {
    try {
      check();
      return true;
    } catch (const Error& error) {
      found_error(table, where, error);
      return false;
    }
  }

  // ---- findings
  void damage(Table table, std::string where, std::string found, std::string expected) {
    add(VerifySeverity::kDamage, table, std::move(where), std::move(found), std::move(expected));
  }
  void warning(Table table, std::string where, std::string found, std::string expected) {
    add(VerifySeverity::kWarning, table, std::move(where), std::move(found), std::move(expected));
  }
  void page_damage(const storage::PageDamage& damage);
  /// Damages that nobody has a text of.
  void count_more_damages(std::uint64_t count) {
    report_.damages += count;
    report_.more_findings += count;
    report_.parts.back().findings += count;
  }
  /// A finding when a count that is kept is not that of what is there.
  void compare_count(Table table, const std::string& where, std::uint64_t kept,
                     std::uint64_t counted);
  bool ok() const { return report_.ok(); }
  std::uint64_t findings() const { return report_.findings.size() + report_.more_findings; }

  // ---- words
  std::string label_text(LabelId label) const;
  std::string edge_label_text(std::uint32_t label) const;
  std::string property_text(PropertyKeyId key) const;
  static std::string node_text(std::uint64_t node);
  std::string edge_text(std::uint32_t label, std::uint64_t number) const;
  std::string element_text(ElementKind kind, std::uint32_t label, std::uint64_t id) const;
  std::string column_text(ElementKind kind, std::uint32_t label, PropertyKeyId key) const;
  std::string chunk_text(ElementKind kind, std::uint32_t label, PropertyKeyId key,
                         std::uint32_t chunk) const;

  // ---- what is known of names
  bool known_label(std::uint32_t label) const {
    return label < catalog->label_count() && catalog->graph_of(LabelId{label}) != catalog::kNoGraph;
  }
  bool known_edge_label(std::uint32_t label) const {
    return label < catalog->edge_label_count() &&
           catalog->graph_of(EdgeLabelId{label}) != catalog::kNoGraph;
  }
  bool known_property(ElementKind kind, PropertyKeyId key) const {
    return static_cast<std::uint32_t>(key) < catalog->property_key_count() ||
           (kind == ElementKind::kEdge && key == graph::kSourceColumn);
  }
  /// kNoShape: no live node has the id, as far as the extents could be read.
  std::uint32_t shape_of(std::uint64_t node) const {
    const std::uint64_t extent = node >> graph::kExtentBits;
    return extent < extents.size() ? extents[extent].shape_of(node & (graph::kExtentRows - 1))
                                   : graph::kNoShape;
  }

  // What earlier parts have found out, for those that rest on it.
  graph::DatabaseHeader header;
  std::shared_ptr<const catalog::StoredCatalog> catalog;  ///< null: it cannot be read
  std::vector<graph::Extent> extents;                     ///< by their numbers
  bool extents_whole = true;
  using ColumnName = std::tuple<ElementKind, std::uint32_t, PropertyKeyId>;
  std::set<ColumnName> damaged_columns;
  /// (kind, label) of elements some of whose partial rows cannot be read.
  std::set<std::pair<ElementKind, std::uint32_t>> damaged_rows;
  bool whole(ElementKind kind, std::uint32_t label, PropertyKeyId key) const {
    return !damaged_columns.contains({kind, label, key}) && !damaged_rows.contains({kind, label});
  }

 private:
  using Clock = std::chrono::steady_clock;
  void add(VerifySeverity severity, Table table, std::string where, std::string found,
           std::string expected);
  void found_error(Table table, const std::string& where, const Error& error);
  void report_progress();

  std::shared_ptr<storage::Environment> environment_;
  std::unique_ptr<storage::ReadTransaction> txn_;
  const VerifyOptions& options_;
  VerifyReport& report_;
  Clock::time_point part_begin_{};
  std::uint64_t done_ = 0, total_ = 0, next_report_ = 0;
};

/// The property values of elements, partial rows merged in. Meant for ids that mostly ascend.
class ElementReader {
 public:
  ElementReader(const storage::Transaction& txn, ElementKind kind, std::uint32_t label);
  ~ElementReader();
  Value get(PropertyKeyId key, std::uint64_t id);
  /// Without partial rows: whether the column chunk has a value.
  bool in_base(PropertyKeyId key, std::uint64_t id);

 private:
  struct Chunk;
  /// The last chunk asked for of each column.
  Chunk& chunk(PropertyKeyId key, std::uint32_t number);

  const storage::Transaction& txn_;
  const ElementKind kind_;
  const std::uint32_t label_;
  std::vector<std::unique_ptr<Chunk>> chunks_;
};

// The parts, each in the file of its name. Each calls begin_part and end_part.
void check_pages(Run& run);
void check_catalog(Run& run);
void check_tables(Run& run);
void check_nodes(Run& run);
void check_columns(Run& run);
void check_edges(Run& run);
void check_indexes(Run& run);
void check_log(Run& run);

}  // namespace geode::verifier
