#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <geode/error.hpp>
#include "graph/property_index.hpp"
#include "verify/run.hpp"

namespace geode::verifier {

namespace {

using catalog::IndexDefinition;
using graph::kExtentBits;

class IndexCheck {
 public:
  IndexCheck(Run& run, const IndexDefinition& index)
      : run_(run),
        index_(index),
        unique_(index.kind == catalog::IndexKind::kUnique),
        table_(unique_ ? Table::kIndex : Table::kIndexDup),
        reader_(run.txn(), ElementKind::kNode, 0),
        seen_(run.extents.size() << kExtentBits) {}

  void check() {
    check_entries();
    check_nodes();
  }

 private:
  std::string where() const { return "index " + index_.name; }

  bool has_label(std::uint64_t node) const {
    const std::uint32_t shape = run_.shape_of(node);
    return shape != graph::kNoShape && run_.catalog->shape_has(ShapeId{shape}, index_.label);
  }

  graph::IndexKey key_of(std::uint64_t node) {
    std::vector<Value> values;
    values.reserve(index_.keys.size());
    for (const PropertyKeyId key : index_.keys) values.push_back(reader_.get(key, node));
    return graph::make_index_key(index_, values, NodeId{node});
  }

  /// Each entry is of a node with the label whose values give its key. Entries of a table are
  /// distinct, so a node has one at most.
  void check_entries() {
    const std::string prefix = graph::index_prefix(index_.id);
    storage::Cursor cursor = run_.txn().cursor(table_);
    for (bool more = cursor.seek(storage::as_bytes(prefix));
         more && cursor.has_prefix(storage::as_bytes(prefix)); more = cursor.next()) {
      run_.looked_at();
      if (cursor.value().size() != 8) continue;  // a finding of the tables
      std::uint64_t node;
      std::memcpy(&node, cursor.value().data(), 8);
      if (!unique_) node = __builtin_bswap64(node);
      if (node >= seen_.size() || !has_label(node)) {
        run_.damage(table_, where(), "an entry of " + Run::node_text(node),
                    "entries of nodes with " + run_.label_text(index_.label));
        continue;
      }
      const graph::IndexKey key = key_of(node);
      if (!key.indexed || key.bytes != storage::as_text(cursor.key())) {
        run_.damage(table_, where(),
                    "an entry of " + Run::node_text(node) + " under other values than it has",
                    key.indexed ? "an entry under its values" : "no entry, as it has no value");
        continue;
      }
      seen_[node] = true;
    }
  }

  /// Each node with the label and a value has an entry.
  void check_nodes() {
    for (std::uint64_t node = 0; node < seen_.size(); ++node) {
      if (seen_[node] || !has_label(node)) continue;
      const graph::IndexKey key = key_of(node);
      if (!key.indexed) continue;
      std::string found = "no entry of " + Run::node_text(node);
      const auto other =
          unique_ ? run_.txn().get(table_, storage::as_bytes(key.bytes)) : std::nullopt;
      if (other && other->size() == 8) {
        std::uint64_t holder;
        std::memcpy(&holder, other->data(), 8);
        found += ", whose values node " + std::to_string(holder) + " has in the index";
      }
      run_.damage(table_, where(), std::move(found), "one for each node that has the values");
    }
  }

  Run& run_;
  const IndexDefinition& index_;
  const bool unique_;
  const Table table_;
  ElementReader reader_;
  std::vector<bool> seen_;
};

}  // namespace

void check_indexes(Run& run) {
  run.begin_part("indexes", "entries",
                 run.txn().entry_count(Table::kIndex) + run.txn().entry_count(Table::kIndexDup));
  for (const IndexDefinition& index : run.catalog->indexes()) {
    const bool readable =
        run.extents_whole && run.known_label(static_cast<std::uint32_t>(index.label)) &&
        std::all_of(index.keys.begin(), index.keys.end(), [&](PropertyKeyId key) {
          return static_cast<std::uint32_t>(key) < run.catalog->property_key_count() &&
                 run.whole(ElementKind::kNode, 0, key);
        });
    if (!readable) {
      run.warning(Table::kIndex, "index " + index.name,
                  "what it is an index of is damaged, so it was not looked at",
                  "nodes and columns that can be read");
      continue;
    }
    run.guard(Table::kIndex, "index " + index.name, [&] { IndexCheck(run, index).check(); });
  }
}

}  // namespace geode::verifier
