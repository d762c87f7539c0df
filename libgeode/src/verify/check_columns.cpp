#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <geode/error.hpp>
#include "graph/chunk/column_chunk.hpp"
#include "graph/chunk/column_encoder.hpp"
#include "graph/delta/fold_rows.hpp"
#include "graph/delta/row_delta.hpp"
#include "graph/held_bytes.hpp"
#include "graph/statistics.hpp"
#include "storage/value_codec.hpp"
#include "value/compare.hpp"
#include "verify/column_values.hpp"
#include "verify/run.hpp"

namespace geode::verifier {

namespace {

using graph::ColumnEncoding;
using graph::ColumnHeader;
using graph::ColumnView;
using graph::kExtentBits;
using graph::kExtentRows;
constexpr auto kBase = Table::kBase;
constexpr auto kHot = Table::kHot;

/// The columns of nodes, or of the edges of one label, with their partial rows.
class ColumnCheck {
 public:
  ColumnCheck(Run& run, ElementKind kind, std::uint32_t label)
      : run_(run), kind_(kind), label_(label), reader_(run.txn(), kind, label) {
    if (kind == ElementKind::kEdge) {
      run_.guard(kHot, run_.edge_label_text(label), [&] {
        limit_ = graph::read_record<graph::EdgeStatistics>(
                     run_.txn(), graph::keys::edge_statistics(Direction::kOut, EdgeLabelId{label}))
                     .next_edge;
      });
    }
  }

  void check() {
    check_chunks();
    check_chunk_keys();
    check_rows();
    check_long_values();
    check_counts();
  }

 private:
  std::string chunk_text(PropertyKeyId key, std::uint32_t chunk) const {
    return run_.chunk_text(kind_, label_, key, chunk);
  }
  std::string element(std::uint64_t id) const { return run_.element_text(kind_, label_, id); }
  void damaged(PropertyKeyId key) { run_.damaged_columns.insert({kind_, label_, key}); }

  void check_chunks() {
    storage::Cursor cursor = run_.txn().cursor(kBase);
    const graph::Key prefix = graph::Key().u8(0x20).u8(graph::keys::code(kind_)).u32(label_);
    for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
      if (cursor.key().size() != 14) continue;
      const PropertyKeyId key{graph::keys::u32_at(cursor.key(), 6)};
      const std::uint32_t number = graph::keys::u32_at(cursor.key(), 10);
      open_record(key);
      const std::uint64_t before = run_.findings();
      if (!run_.guard(kBase, chunk_text(key, number),
                      [&] { check_chunk(key, number, cursor.value()); }) ||
          run_.findings() != before) {
        damaged(key);
      }
    }
  }

  void check_chunk(PropertyKeyId key, std::uint32_t number, ByteView stored) {
    const graph::HeldBytes held(stored);
    const ColumnView view(held.view());
    view.verify();
    const std::string where = chunk_text(key, number);
    const ColumnHeader& header = view.header();
    run_.looked_at(header.rows);
    if (header.rows > kExtentRows) {
      run_.damage(kBase, where, std::to_string(header.rows) + " rows", "at most 4096");
      return;
    }
    if (header.folded_lsn > run_.header.lsn) {
      run_.damage(kBase, where, "changes of commit " + std::to_string(header.folded_lsn),
                  "none after the last one, " + std::to_string(run_.header.lsn));
    }
    if (const std::string trouble = check_column_values(view); !trouble.empty()) {
      run_.damage(kBase, where, trouble, "a header that fits the values");
    }
    const auto listed = graph::read_chunk_keys(run_.txn(), kind_, label_, number);
    if (std::find(listed.begin(), listed.end(), key) == listed.end()) {
      run_.damage(kBase, where, "a chunk that its list of chunks does not name",
                  "a list with all chunks of these rows");
    }
    Count& count = counts_[key];
    const std::uint64_t first = std::uint64_t{number} << kExtentBits;
    for (std::uint32_t row = 0; row < header.rows; ++row) {
      const std::uint32_t entry = view.entry(row);
      if (entry == ColumnView::kAbsent) continue;
      ++count.values;
      check_owner(key, number, first + row);
      if (view.is_long(entry)) {
        check_long(key, first + row);
      } else {
        check_bounds(key, first + row, view.value(entry));
      }
    }
  }

  /// A value belongs to an element that is there, or was until a partial row says that it is gone.
  void check_owner(PropertyKeyId key, std::uint32_t number, std::uint64_t id) {
    const bool there = kind_ == ElementKind::kNode
                           ? !run_.extents_whole || run_.shape_of(id) != graph::kNoShape
                       : key == graph::kSourceColumn ? id < limit_
                                                     : reader_.in_base(graph::kSourceColumn, id);
    if (there || deleted_by_row(id)) return;
    run_.damage(kBase, chunk_text(key, number), "a value of " + element(id),
                key == graph::kSourceColumn
                    ? "edges below number " + std::to_string(limit_) + ", the next to be given"
                    : "values of elements that exist");
  }

  bool deleted_by_row(std::uint64_t id) const {
    const auto row = run_.txn().get(kHot, graph::keys::row(kind_, label_, id));
    return row && graph::RowView(*row).deleted();
  }

  void check_long(PropertyKeyId key, std::uint64_t id) {
    const auto stored = run_.txn().get(kBase, graph::keys::long_value(kind_, label_, key, id));
    if (!stored) {
      run_.damage(kBase, element(id) + ", property " + run_.property_text(key), "no long value",
                  "one, as its chunk says");
      return;
    }
    check_bounds(key, id, storage::decode_value(*stored));
  }

  /// The bounds that are kept of a property hold all of its values.
  void check_bounds(PropertyKeyId key, std::uint64_t id, const Value& value) {
    Count& count = counts_[key];
    const graph::PropertyRecord& record = count.record;
    if (key == graph::kSourceColumn || record.mixed || count.out_of_bounds) return;
    if (!record.minimum.is_null() && value::order(value, record.minimum) >= 0 &&
        value::order(value, record.maximum) <= 0) {
      return;
    }
    count.out_of_bounds = true;
    run_.damage(kHot, run_.column_text(kind_, label_, key),
                "bounds " + record.minimum.to_string() + " to " + record.maximum.to_string(),
                "bounds that hold " + value.to_string() + " of " + element(id));
  }

  /// Every chunk that a list names is there.
  void check_chunk_keys() {
    storage::Cursor cursor = run_.txn().cursor(kBase);
    const graph::Key prefix = graph::Key().u8(0x33).u8(graph::keys::code(kind_)).u32(label_);
    for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
      if (cursor.key().size() != 10) continue;
      const std::uint32_t number = graph::keys::u32_at(cursor.key(), 6);
      const auto listed = graph::read_chunk_keys(run_.txn(), kind_, label_, number);
      const std::string where =
          "the list of chunks of rows " + std::to_string(number) + " of " +
          (kind_ == ElementKind::kNode ? "nodes" : run_.edge_label_text(label_));
      if (cursor.value().size() % sizeof(PropertyKeyId) != 0 ||
          !std::is_sorted(listed.begin(), listed.end())) {
        run_.damage(kBase, where, "property keys in no order", "ascending property keys");
      }
      for (const PropertyKeyId key : listed) {
        if (run_.txn().get(kBase, graph::keys::column_chunk(kind_, label_, key, number))) continue;
        run_.damage(kBase, where, "property " + run_.property_text(key) + ", which has no chunk",
                    "the chunks that are there");
        damaged(key);
      }
    }
  }

  void check_rows() {
    storage::Cursor cursor = run_.txn().cursor(kHot);
    const graph::Key prefix = graph::keys::row_prefix(kind_, label_);
    for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
      if (cursor.key().size() != 14) continue;
      const std::uint64_t id = graph::keys::u64_at(cursor.key(), 6);
      run_.looked_at();
      ++rows_[static_cast<std::uint32_t>(id >> kExtentBits)];
      if (!run_.guard(kHot, "partial row of " + element(id),
                      [&] { check_row(id, graph::RowView(cursor.value())); })) {
        run_.damaged_rows.insert({kind_, label_});
      }
    }
    check_row_counts();
  }

  void check_row(std::uint64_t id, const graph::RowView& row) {
    if (kind_ == ElementKind::kEdge && id >= limit_) {
      run_.damage(kHot, "partial row of " + element(id), "an edge of this number",
                  "edges below number " + std::to_string(limit_) + ", the next to be given");
    }
    if (kind_ == ElementKind::kNode && run_.extents_whole &&
        row.deleted() != (run_.shape_of(id) == graph::kNoShape)) {
      run_.damage(
          kHot, "partial row of " + element(id),
          row.deleted() ? "it says that the node was deleted" : "a node without labels' record",
          row.deleted() ? "no live node of this number" : "a live node of this number");
    }
    const auto chunk = static_cast<std::uint32_t>(id >> kExtentBits);
    if (row.deleted()) {
      for (const PropertyKeyId key : graph::read_chunk_keys(run_.txn(), kind_, label_, chunk)) {
        if (run_.whole(kind_, label_, key) && reader_.in_base(key, id)) --counts_[key].values;
      }
    }
    std::set<PropertyKeyId> seen;
    row.each([&](PropertyKeyId key, ByteView bytes) {
      if (!run_.known_property(kind_, key)) {
        run_.damage(kHot, "partial row of " + element(id), run_.property_text(key),
                    "a property key of the catalog");
        return;
      }
      if (!seen.insert(key).second) {
        run_.damage(kHot, "partial row of " + element(id),
                    "property " + run_.property_text(key) + " twice", "each property once");
        return;
      }
      open_record(key);
      const bool in_base =
          !row.deleted() && run_.whole(kind_, label_, key) && reader_.in_base(key, id);
      const Value value = bytes.empty() ? Value() : storage::decode_value(bytes);
      counts_[key].values += (value.is_null() ? 0 : 1) - std::uint64_t{in_base};
      if (!value.is_null()) check_bounds(key, id, value);
    });
  }

  void check_row_counts() {
    storage::Cursor cursor = run_.txn().cursor(kHot);
    const graph::Key prefix = graph::Key().u8(0x06).u8(graph::keys::code(kind_)).u32(label_);
    for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
      if (cursor.key().size() != 10) continue;
      rows_.try_emplace(graph::keys::u32_at(cursor.key(), 6));
    }
    for (const auto& [chunk, rows] : rows_) {
      const auto kept = [&, at = chunk] {
        return graph::read_record<graph::RowStatistics>(run_.txn(),
                                                        graph::keys::row_count(kind_, label_, at));
      };
      run_.guard(kHot, "count of partial rows", [&, counted = rows, at = chunk] {
        run_.compare_count(
            kHot,
            "partial rows at chunk " + std::to_string(at) + " of " +
                (kind_ == ElementKind::kNode ? "nodes" : run_.edge_label_text(label_)),
            kept().count, counted);
      });
    }
  }

  /// No long value is stored that no chunk refers to. (Those that are missing are found with their
  /// chunks.)
  void check_long_values() {
    storage::Cursor cursor = run_.txn().cursor(kBase);
    const graph::Key prefix = graph::Key().u8(0x22).u8(graph::keys::code(kind_)).u32(label_);
    for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
      if (cursor.key().size() != 18) continue;
      run_.looked_at();
      const PropertyKeyId key{graph::keys::u32_at(cursor.key(), 6)};
      const std::uint64_t id = graph::keys::u64_at(cursor.key(), 10);
      if (!run_.whole(kind_, label_, key) || is_long(key, id)) continue;
      run_.warning(kBase, element(id) + ", property " + run_.property_text(key),
                   "a long value that no chunk refers to", "none");
    }
  }

  bool is_long(PropertyKeyId key, std::uint64_t id) const {
    const auto stored = run_.txn().get(
        kBase, graph::keys::column_chunk(kind_, label_, key,
                                         static_cast<std::uint32_t>(id >> kExtentBits)));
    if (!stored) return false;
    const graph::HeldBytes held(*stored);
    const ColumnView view(held.view());
    const std::uint32_t entry = view.entry(static_cast<std::uint32_t>(id & (kExtentRows - 1)));
    return entry != ColumnView::kAbsent && view.is_long(entry);
  }

  void open_record(PropertyKeyId key) {
    const auto [at, fresh] = counts_.try_emplace(key);
    if (!fresh) return;
    if (!run_.guard(kHot, "statistics of " + run_.column_text(kind_, label_, key), [&] {
          at->second.record = graph::read_property_record(
              run_.txn(), graph::keys::property_statistics(kind_, label_, key));
        })) {
      at->second.record.mixed = true;
      at->second.unreadable = true;
    }
  }

  void check_counts() {
    // Statistics of properties that no element has any more.
    storage::Cursor cursor = run_.txn().cursor(kHot);
    const graph::Key prefix = graph::Key().u8(0x02).u8(graph::keys::code(kind_)).u32(label_);
    for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
      if (cursor.key().size() == 10)
        open_record(PropertyKeyId{graph::keys::u32_at(cursor.key(), 6)});
    }
    for (const auto& [key, count] : counts_) {
      if (count.unreadable || !run_.whole(kind_, label_, key)) continue;
      run_.compare_count(kHot, "values of " + run_.column_text(kind_, label_, key),
                         count.record.count, count.values);
    }
  }

  struct Count {
    std::uint64_t values = 0;
    graph::PropertyRecord record;
    bool unreadable = false;
    bool out_of_bounds = false;  // said once
  };

  Run& run_;
  const ElementKind kind_;
  const std::uint32_t label_;
  ElementReader reader_;
  std::uint64_t limit_ = 0;  // numbers of edges are below
  std::map<PropertyKeyId, Count> counts_;
  std::map<std::uint32_t, std::uint64_t> rows_;  // partial rows by chunk
};

}  // namespace

void check_columns(Run& run) {
  run.begin_part("columns", "values", run.txn().entry_count(Table::kHot));
  ColumnCheck(run, ElementKind::kNode, 0).check();
  for (std::uint32_t label = 0; label < run.catalog->edge_label_count(); ++label) {
    if (run.known_edge_label(label)) ColumnCheck(run, ElementKind::kEdge, label).check();
  }
}

}  // namespace geode::verifier
