#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "graph/statistics.hpp"
#include "storage/format_version.hpp"
#include "verify/run.hpp"

namespace geode::verifier {

namespace {

/// What a key of kBase or kHot names besides its first byte (graph/keys.hpp).
struct KeyForm {
  Table table;
  std::uint8_t prefix;
  std::size_t bytes;
  /// Where a kind or a direction stands (one byte each), a label, a property key; 0: nowhere.
  std::size_t kind_at, direction_at, edge_label_at, label_at, key_at, extent_at;
  /// The size of its values; 0: they differ.
  std::size_t value_bytes;
};

constexpr std::array kForms = {
    KeyForm{Table::kBase, 0x10, 14, 0, 1, 2, 0, 0, 0, 0},
    KeyForm{Table::kBase, 0x11, 14, 0, 1, 2, 0, 0, 0, 0},
    KeyForm{Table::kBase, 0x20, 14, 1, 0, 0, 0, 6, 0, 0},
    KeyForm{Table::kBase, 0x22, 18, 1, 0, 0, 0, 6, 0, 0},
    KeyForm{Table::kBase, 0x30, 9, 0, 0, 0, 1, 0, 0, 0},
    KeyForm{Table::kBase, 0x31, 5, 0, 0, 0, 0, 0, 1, 0},
    KeyForm{Table::kBase, 0x33, 10, 1, 0, 0, 0, 0, 0, 0},
    KeyForm{Table::kHot, 0x01, 6, 0, 1, 2, 0, 0, 0, sizeof(graph::EdgeStatistics)},
    KeyForm{Table::kHot, 0x02, 10, 1, 0, 0, 0, 6, 0, 0},
    KeyForm{Table::kHot, 0x04, 10, 0, 1, 2, 6, 0, 0, 8},
    KeyForm{Table::kHot, 0x05, 5, 0, 0, 0, 1, 0, 0, sizeof(graph::LabelStatistics)},
    KeyForm{Table::kHot, 0x06, 10, 1, 0, 0, 0, 0, 0, sizeof(graph::RowStatistics)},
    KeyForm{Table::kHot, 0x07, 6, 0, 1, 2, 0, 0, 0, sizeof(graph::DegreeHistogram)},
    KeyForm{Table::kHot, 0x10, 10, 0, 1, 2, 0, 0, 0, 0},
    KeyForm{Table::kHot, 0x20, 14, 1, 0, 0, 0, 0, 0, 0},
};

std::string hexadecimal(ByteView bytes) {
  std::string out = "key ";
  for (const std::byte byte : bytes.first(std::min<std::size_t>(bytes.size(), 32))) {
    out += "0123456789abcdef"[static_cast<unsigned>(byte) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned>(byte) & 15];
  }
  return bytes.size() > 32 ? out + "..." : out;
}

int compare(ByteView a, ByteView b) {
  const int order = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
  if (order != 0) return order;
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

class TableCheck {
 public:
  TableCheck(Run& run, Table table) : run_(run), table_(table) {}

  void check() {
    std::uint64_t entries = 0;
    std::vector<std::byte> key, value;
    storage::Cursor cursor = run_.txn().cursor(table_);
    for (bool more = cursor.first(); more; more = cursor.next()) {
      run_.looked_at();
      if (entries++ > 0) check_order(key, value, cursor);
      key.assign(cursor.key().begin(), cursor.key().end());
      if (table_ == Table::kIndexDup) value.assign(cursor.value().begin(), cursor.value().end());
      check_form(cursor.key(), cursor.value());
    }
    const std::uint64_t kept = run_.txn().entry_count(table_);
    if (kept != entries) {
      run_.damage(table_, "the whole table", "a count of " + std::to_string(kept) + " entries",
                  std::to_string(entries) + ", which a walk finds");
    }
  }

 private:
  void check_order(ByteView key, ByteView value, const storage::Cursor& cursor) {
    const int order = compare(key, cursor.key());
    if (order < 0) return;
    if (order == 0 && table_ == Table::kIndexDup && compare(value, cursor.value()) < 0) return;
    run_.damage(table_, hexadecimal(cursor.key()), "it stands behind " + hexadecimal(key),
                "ascending keys");
  }

  void check_form(ByteView key, ByteView value) {
    switch (table_) {
      case Table::kBase:
      case Table::kHot:
        check_graph_key(key, value);
        break;
      case Table::kIndex:
      case Table::kIndexDup:
        check_index_entry(key, value);
        break;
      case Table::kLog:
      case Table::kCatalog:
        break;  // the catalog is a part of its own
    }
  }

  void check_graph_key(ByteView key, ByteView value) {
    if (table_ == Table::kHot && key[0] == std::byte{0x03}) return check_single_key(key, value);
    const auto form = std::find_if(kForms.begin(), kForms.end(), [&](const KeyForm& each) {
      return each.table == table_ && each.prefix == static_cast<std::uint8_t>(key[0]);
    });
    if (form == kForms.end()) {
      run_.damage(table_, hexadecimal(key), "a key of no known kind", "one of graph/keys.hpp");
      return;
    }
    if (key.size() != form->bytes) {
      run_.damage(table_, hexadecimal(key), std::to_string(key.size()) + " bytes of key",
                  std::to_string(form->bytes));
      return;
    }
    if (form->value_bytes != 0 && value.size() != form->value_bytes) {
      run_.damage(table_, hexadecimal(key), std::to_string(value.size()) + " bytes of value",
                  std::to_string(form->value_bytes));
    }
    check_numbers(*form, key);
  }

  /// What the key names must exist.
  void check_numbers(const KeyForm& form, ByteView key) {
    const auto byte_at = [&](std::size_t at) { return static_cast<std::uint8_t>(key[at]); };
    const std::uint8_t kind = form.kind_at != 0 ? byte_at(form.kind_at) : 0;
    if (kind > 1 || (form.direction_at != 0 && byte_at(form.direction_at) > 1)) {
      run_.damage(table_, hexadecimal(key), "a side or kind of element above 1", "0 or 1");
      return;
    }
    if (run_.catalog == nullptr) return;
    std::size_t edge_label_at = form.edge_label_at;
    if (form.kind_at != 0 && kind == 1) edge_label_at = 2;
    if (form.kind_at != 0 && kind == 0 && graph::keys::u32_at(key, 2) != 0) {
      run_.damage(table_, hexadecimal(key), "a label of a column of nodes", "0");
    }
    if (edge_label_at != 0 && !run_.known_edge_label(graph::keys::u32_at(key, edge_label_at))) {
      run_.damage(table_, hexadecimal(key),
                  "edge label number " + std::to_string(graph::keys::u32_at(key, edge_label_at)),
                  "an edge label of the catalog");
    }
    if (form.label_at != 0 && !run_.known_label(graph::keys::u32_at(key, form.label_at))) {
      run_.damage(table_, hexadecimal(key),
                  "label number " + std::to_string(graph::keys::u32_at(key, form.label_at)),
                  "a label of the catalog");
    }
    if (form.key_at != 0 &&
        !run_.known_property(ElementKind{kind},
                             PropertyKeyId{graph::keys::u32_at(key, form.key_at)})) {
      run_.damage(table_, hexadecimal(key),
                  "property number " + std::to_string(graph::keys::u32_at(key, form.key_at)),
                  "a property key of the catalog");
    }
    if (form.extent_at != 0 && graph::keys::u32_at(key, form.extent_at) >= run_.header.extents) {
      run_.damage(
          table_, hexadecimal(key),
          "extent " + std::to_string(graph::keys::u32_at(key, form.extent_at)),
          "one below " + std::to_string(run_.header.extents) + ", the next to be given away");
    }
  }

  /// 03 ...: the header, allocators, counts of graphs.
  void check_single_key(ByteView key, ByteView value) {
    if (storage::as_text(key) == storage::kTransactionText) return;  // compared with the pages
    if (storage::as_text(key) == storage::as_text(graph::keys::timelines()))
      return;  // with the log
    const auto kind = key.size() > 1 ? static_cast<std::uint8_t>(key[1]) : 0xff;
    const std::size_t expected = kind == 0 ? 2 : 6;
    static constexpr std::array<std::size_t, 3> kBytes{sizeof(graph::DatabaseHeader), 16,
                                                       sizeof(graph::GraphStatistics)};
    if (kind > 2 || key.size() != expected) {
      run_.damage(table_, hexadecimal(key), "a key of no known kind", "one of graph/keys.hpp");
      return;
    }
    if (value.size() != kBytes[kind]) {
      run_.damage(table_, hexadecimal(key), std::to_string(value.size()) + " bytes of value",
                  std::to_string(kBytes[kind]));
    }
    if (run_.catalog == nullptr) return;
    if (kind == 1 && graph::keys::u32_at(key, 2) >= run_.catalog->shape_count()) {
      run_.damage(table_, hexadecimal(key),
                  "shape number " + std::to_string(graph::keys::u32_at(key, 2)),
                  "a shape of the catalog");
    }
    if (kind == 2 && run_.catalog->find_graph(GraphId{graph::keys::u32_at(key, 2)}) == nullptr) {
      run_.damage(table_, hexadecimal(key),
                  "graph number " + std::to_string(graph::keys::u32_at(key, 2)),
                  "a graph of the catalog");
    }
  }

  void check_index_entry(ByteView key, ByteView value) {
    if (key.size() < 5 || value.size() != 8) {
      run_.damage(table_, hexadecimal(key),
                  std::to_string(key.size()) + " bytes of key and " + std::to_string(value.size()) +
                      " of value",
                  "5 or more and 8");
      return;
    }
    if (run_.catalog == nullptr) return;
    const std::uint32_t index = graph::keys::u32_at(key, 0);
    if (index == index_) return;
    index_ = index;
    const auto& all = run_.catalog->indexes();
    const bool unique = table_ == Table::kIndex;
    if (std::any_of(all.begin(), all.end(), [&](const catalog::IndexDefinition& each) {
          return static_cast<std::uint32_t>(each.id) == index &&
                 (each.kind == catalog::IndexKind::kUnique) == unique;
        })) {
      return;
    }
    run_.warning(table_, "index number " + std::to_string(index), "entries of an index",
                 "an index that exists");
  }

  Run& run_;
  const Table table_;
  std::optional<std::uint32_t> index_;  // the last one looked up
};

}  // namespace

void check_tables(Run& run) {
  std::uint64_t total = 0;
  for (int i = 0; i < storage::kTableCount; ++i) {
    total += run.txn().entry_count(static_cast<Table>(i));
  }
  run.begin_part("tables", "entries", total);
  for (int i = 0; i < storage::kTableCount; ++i) {
    const auto table = static_cast<Table>(i);
    run.guard(table, "the whole table", [&] { TableCheck(run, table).check(); });
  }
}

}  // namespace geode::verifier
