#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <geode/error.hpp>
#include "graph/property_index.hpp"
#include "graph/transaction_impl.hpp"

namespace geode::graph {
namespace {

using storage::Table;

/// What a graph has in the tables, taken out key by key: extents and edge labels belong to one
/// graph each, so nothing of another graph is read or written.
class GraphEraser {
 public:
  GraphEraser(GraphTransaction& txn, GraphId graph)
      : txn_(txn), write_(*txn.impl().write), graph_(graph) {}

  void run() {
    write_.txn.use_reserve();
    subtract_from_property_counts();
    const std::vector<catalog::IndexDefinition> indexes = catalog().indexes();
    for (const catalog::IndexDefinition& index : indexes) {
      if (index.graph == graph_) PropertyIndexes(txn_).erase_all(index);
    }
    erase_nodes();
    for (const LabelId label : catalog().labels(graph_)) {
      erase_range(Table::kBase, keys::label_prefix(label));
      write_.txn.erase(Table::kHot, keys::label_count(label));
    }
    for (const EdgeLabelId label : catalog().edge_labels(graph_)) erase_edges(label);
    write_.txn.erase(Table::kHot, keys::graph_statistics(graph_));
    write_.statistics.discard();
    write_.catalog.remove_graph(graph_);
  }

 private:
  const catalog::StoredCatalog& catalog() const { return write_.catalog.catalog(); }

  /// Property statistics of nodes are of all graphs together.
  void subtract_from_property_counts() {
    std::vector<NodeId> nodes(value::kBatchRows);
    std::vector<std::uint64_t> ids(value::kBatchRows);
    value::Vector values;
    std::vector<std::uint64_t> counts(catalog().property_key_count());
    for (NodeId from{0};;) {
      const std::uint32_t n = txn_.scan_nodes(graph_, from, nodes.data(), value::kBatchRows);
      for (std::uint32_t i = 0; i < n; ++i) ids[i] = raw(nodes[i]);
      for (std::uint32_t key = 0; n > 0 && key < counts.size(); ++key) {
        if (write_.statistics.read_property(ElementKind::kNode, 0, PropertyKeyId{key}).count == 0) {
          continue;
        }
        txn_.node_column(PropertyKeyId{key}).read(ids.data(), n, values);
        for (std::uint32_t i = 0; i < n; ++i) counts[key] += values.is_null(i) ? 0 : 1;
      }
      if (n < value::kBatchRows) break;
      from = NodeId{raw(nodes[n - 1]) + 1};
    }
    for (std::uint32_t key = 0; key < counts.size(); ++key) {
      if (counts[key] == 0) continue;
      write_.statistics.property(ElementKind::kNode, 0, PropertyKeyId{key}).count -= counts[key];
    }
    write_.flush();
  }

  void erase_nodes() {
    for (std::uint32_t extent = 0; extent < write_.header.extents; ++extent) {
      const std::uint32_t shape = write_.labels.extent(extent).any_shape();
      if (shape == kNoShape || catalog().graph_of(ShapeId{shape}) != graph_) continue;
      write_.txn.erase(Table::kHot, keys::allocation(ShapeId{shape}));
      for (const PropertyKeyId key : chunk_keys(extent)) {
        write_.txn.erase(Table::kBase, keys::column_chunk(ElementKind::kNode, 0, key, extent));
        erase_ids(Table::kBase, extent, [&](std::uint64_t id) {
          return keys::long_value(ElementKind::kNode, 0, key, id);
        });
      }
      write_.txn.erase(Table::kBase, keys::chunk_keys(ElementKind::kNode, 0, extent));
      erase_ids(Table::kHot, extent,
                [](std::uint64_t id) { return keys::row(ElementKind::kNode, 0, id); });
      write_.txn.erase(Table::kHot, keys::row_count(ElementKind::kNode, 0, extent));
      write_.labels.erase_extent(extent);
    }
  }

  std::vector<PropertyKeyId> chunk_keys(std::uint32_t extent) const {
    std::vector<PropertyKeyId> out;
    if (const auto bytes =
            write_.txn.get(Table::kBase, keys::chunk_keys(ElementKind::kNode, 0, extent))) {
      out.resize(bytes->size() / sizeof(PropertyKeyId));
      std::memcpy(out.data(), bytes->data(), out.size() * sizeof(PropertyKeyId));
    }
    return out;
  }

  void erase_edges(EdgeLabelId label) {
    const std::uint32_t number = keys::number(label);
    for (const Direction direction : {Direction::kOut, Direction::kIn}) {
      const std::uint8_t side = keys::code(direction);
      erase_range(Table::kBase, keys::adjacency_prefix(direction, label));
      erase_range(Table::kBase, Key().u8(0x11).u8(side).u32(number));
      erase_range(Table::kHot, Key().u8(0x10).u8(side).u32(number));
      erase_range(Table::kHot, keys::edge_statistics(direction, label));
      erase_range(Table::kHot, keys::degree_histogram(direction, label));
      erase_range(Table::kHot, Key().u8(0x04).u8(side).u32(number));
    }
    constexpr auto kEdge = static_cast<std::uint8_t>(ElementKind::kEdge);
    for (const std::uint8_t kind : {0x20, 0x22, 0x33}) {
      erase_range(Table::kBase, Key().u8(kind).u8(kEdge).u32(number));
    }
    for (const std::uint8_t kind : {0x02, 0x06, 0x20}) {
      erase_range(Table::kHot, Key().u8(kind).u8(kEdge).u32(number));
    }
  }

  /// Every key that begins with `prefix`.
  void erase_range(Table table, storage::ByteView prefix) {
    erase_while(table, prefix, [&](storage::ByteView key) {
      return key.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), key.begin());
    });
  }

  /// The keys `key_of(id)` of the ids of an extent.
  template <class KeyOf>
  void erase_ids(Table table, std::uint32_t extent, KeyOf key_of) {
    const std::uint64_t first = std::uint64_t{extent} << kExtentBits;
    const Key begin = key_of(first);
    const Key last = key_of(first + kExtentRows - 1);
    erase_while(table, begin, [&](storage::ByteView key) {
      return !std::lexicographical_compare(last.view().begin(), last.view().end(), key.begin(),
                                           key.end());
    });
  }

  template <class Belongs>
  void erase_while(Table table, storage::ByteView begin, Belongs belongs) {
    std::vector<std::byte> key(begin.begin(), begin.end());
    for (;;) {
      // A cursor does not outlive a change of its table, so keys are gathered first.
      std::vector<std::vector<std::byte>> found;
      {
        storage::Cursor cursor = write_.txn.cursor(table);
        for (bool more = cursor.seek(key);
             more && found.size() < kKeysAtOnce && belongs(cursor.key()); more = cursor.next()) {
          found.emplace_back(cursor.key().begin(), cursor.key().end());
        }
      }
      for (const std::vector<std::byte>& each : found) write_.txn.erase(table, each);
      if (found.size() < kKeysAtOnce) return;
      key = std::move(found.back());
    }
  }

  static constexpr std::size_t kKeysAtOnce = 4096;
  GraphTransaction& txn_;
  WriteState& write_;
  const GraphId graph_;
};

}  // namespace

void GraphTransaction::drop_graph(GraphId graph) {
  WriteState& write = impl_->writer();
  if (graph == catalog::kHomeGraph) {
    throw Error(status::kInvalidReference, "the home graph cannot be dropped")
        .hint("MATCH (n) DETACH DELETE n empties it");
  }
  const LogWriter::Change change(write.log);
  if (change.noted()) write.log.drop_graph(graph);
  write.flush();
  GraphEraser(*this, graph).run();
  write.changed = write.nodes_changed = true;
}

}  // namespace geode::graph
