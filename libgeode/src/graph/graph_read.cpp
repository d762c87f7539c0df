#include <algorithm>
#include <cstring>
#include <string>

#include <geode/error.hpp>
#include "base/neutral_plans.hpp"
#include "graph/chunk/bitmap_container.hpp"
#include "graph/delta/row_delta.hpp"
#include "graph/transaction_impl.hpp"
#include "storage/value_codec.hpp"

namespace geode::graph {

namespace {

constexpr std::uint64_t kNeutralNodes = 1'000'000, kNeutralNodesOfLabel = 100'000,
                        kNeutralEdges = 10'000'000, kNeutralEdgesOfLabel = 1'000'000,
                        kNeutralDistinctValues = 10'000;

}  // namespace

std::uint32_t GraphTransaction::Impl::shape_of(NodeId node) const {
  const std::uint64_t extent = raw(node) >> kExtentBits;
  if (write != nullptr && extent < write->header.extents &&
      write->labels.touched(static_cast<std::uint32_t>(extent))) {
    return write->labels.extent(static_cast<std::uint32_t>(extent))
        .shape_of(raw(node) & (kExtentRows - 1));
  }
  return snapshot->extents().shape_of(*read_txn, raw(node));
}

std::span<const LabelId> GraphTransaction::Impl::labels(NodeId node) const {
  const std::uint32_t shape = shape_of(node);
  if (shape == kNoShape) return {};
  return catalog().shape_labels(ShapeId{shape});
}

const Adjacency& GraphTransaction::Impl::adjacency(EdgeLabelId label, Direction direction) {
  const std::uint32_t number = keys::number(label);
  if (number >= adjacencies.size()) adjacencies.resize(number + 1);
  std::unique_ptr<Adjacency>& slot = adjacencies[number][keys::code(direction)];
  if (slot == nullptr) {
    if (write == nullptr) {
      slot = std::make_unique<SnapshotAdjacency>(*read_txn, *snapshot, label, direction);
    } else {
      slot = std::make_unique<WriteAdjacency>(
          *read_txn, *snapshot, write->adjacency.changes(label, direction, catalog()), label,
          direction, number < snapshot->catalog()->edge_label_count());
    }
  }
  return *slot;
}

const GraphColumn& GraphTransaction::Impl::column(ElementKind kind, std::uint32_t label,
                                                  PropertyKeyId key) {
  const std::uint32_t number = keys::number(key);
  std::unique_ptr<GraphColumn>* slot = nullptr;
  if (kind == ElementKind::kNode) {
    if (number >= node_columns.size()) node_columns.resize(number + 1);
    slot = &node_columns[number];
  } else {
    slot = &edge_columns[{label, number}];
  }
  if (*slot == nullptr) {
    const catalog::StoredCatalog& known = *snapshot->catalog();
    const bool in_snapshot = (key == kSourceColumn || number < known.property_key_count()) &&
                             (kind == ElementKind::kNode || label < known.edge_label_count());
    *slot = std::make_unique<GraphColumn>(
        *read_txn, in_snapshot ? snapshot->column(*read_txn, kind, label, key) : nullptr,
        write_txn.get(), write != nullptr ? &write->rows(kind, label) : nullptr, kind, label, key);
  }
  return **slot;
}

const std::vector<PropertyKeyId>& GraphTransaction::Impl::chunk_keys(ElementKind kind,
                                                                     std::uint32_t label,
                                                                     std::uint32_t chunk) {
  const std::pair id(kind, std::uint64_t{label} << 32 | chunk);
  if (chunk_keys_of_ != id) {
    chunk_keys_.clear();
    const auto bytes = read_txn->get(storage::Table::kBase, keys::chunk_keys(kind, label, chunk));
    if (bytes) {
      chunk_keys_.resize(bytes->size() / sizeof(PropertyKeyId));
      std::memcpy(chunk_keys_.data(), bytes->data(), chunk_keys_.size() * sizeof(PropertyKeyId));
      const std::uint32_t known = catalog().property_key_count();
      const bool right = std::all_of(
          chunk_keys_.begin(), chunk_keys_.end(),
          [&](PropertyKeyId key) { return keys::number(key) < known || key == kSourceColumn; });
      if (!right || bytes->size() % sizeof(PropertyKeyId) != 0) {
        chunk_keys_of_.reset();
        throw Error(status::kCorrupt, "a list of property keys names one that does not exist");
      }
    }
    chunk_keys_of_ = id;
  }
  return chunk_keys_;
}

Properties GraphTransaction::Impl::properties(ElementKind kind, std::uint32_t label,
                                              std::uint64_t id) {
  Properties out;
  std::vector<PropertyKeyId> said;  // keys the partial row decides
  const storage::Transaction& txn = write != nullptr && write->rows(kind, label).contains(id)
                                        ? static_cast<const storage::Transaction&>(*write_txn)
                                        : *read_txn;
  if (const auto bytes = txn.get(storage::Table::kHot, keys::row(kind, label, id))) {
    const RowView row(*bytes);
    if (row.deleted()) return out;
    row.each([&](PropertyKeyId key, storage::ByteView value) {
      said.push_back(key);
      if (!value.empty() && key != kSourceColumn) {
        out.emplace_back(key, storage::decode_value(value));
      }
    });
  }
  const auto chunk = static_cast<std::uint32_t>(id >> kExtentBits);
  for (const PropertyKeyId key : chunk_keys(kind, label, chunk)) {
    if (key == kSourceColumn || std::find(said.begin(), said.end(), key) != said.end()) continue;
    Value value = column(kind, label, key).get(id);
    if (!value.is_null()) out.emplace_back(key, std::move(value));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return out;
}

std::vector<EdgeLabelId> GraphTransaction::Impl::edge_labels_at(NodeId node) const {
  const std::uint32_t shape = shape_of(node);
  std::vector<EdgeLabelId> out;
  if (shape != kNoShape) {
    const auto labels = catalog().edge_labels(catalog().graph_of(ShapeId{shape}));
    out.assign(labels.begin(), labels.end());
  } else {
    for (std::uint32_t label = 0; label < catalog().edge_label_count(); ++label)
      out.push_back(EdgeLabelId{label});
  }
  return out;
}

bool GraphTransaction::node_exists(NodeId node) const { return impl_->shape_of(node) != kNoShape; }

std::uint64_t GraphTransaction::node_id_limit() const {
  const DatabaseHeader& header =
      impl_->write != nullptr ? impl_->write->header : impl_->snapshot->header();
  return std::uint64_t{header.extents} << kExtentBits;
}

std::span<const LabelId> GraphTransaction::labels(NodeId node) const { return impl_->labels(node); }

GraphId GraphTransaction::graph_of(NodeId node) const {
  const std::uint32_t shape = impl_->shape_of(node);
  return shape == kNoShape ? catalog::kNoGraph : impl_->catalog().graph_of(ShapeId{shape});
}

bool GraphTransaction::has_label(NodeId node, LabelId label) const {
  const std::uint32_t shape = impl_->shape_of(node);
  return shape != kNoShape && impl_->catalog().shape_has(ShapeId{shape}, label);
}

std::uint32_t GraphTransaction::scan_nodes(GraphId graph, NodeId from, NodeId* out,
                                           std::uint32_t capacity) const {
  const Impl& impl = *impl_;
  const catalog::StoredCatalog& catalog = impl.catalog();
  std::uint32_t written = 0;
  const std::uint64_t limit = node_id_limit();
  for (std::uint64_t id = raw(from); id < limit && written < capacity;) {
    const auto number = static_cast<std::uint32_t>(id >> kExtentBits);
    const Extent& extent = impl.write != nullptr && impl.write->labels.touched(number)
                               ? impl.write->labels.extent(number)
                               : impl.snapshot->extents().get(*impl.read_txn, number);
    std::uint32_t row = id & (kExtentRows - 1);
    const std::uint64_t first = id - row;
    // All rows of an extent are of one graph: any live one tells.
    const std::uint32_t shape = extent.any_shape();
    if (shape == kNoShape || catalog.graph_of(ShapeId{shape}) != graph) row = extent.rows;
    if (extent.shapes.empty()) {
      for (; row < extent.rows && written < capacity; ++row) out[written++] = NodeId{first + row};
    } else {
      for (; row < extent.rows && written < capacity; ++row) {
        if (extent.shapes[row] != kNoShape) out[written++] = NodeId{first + row};
      }
    }
    id = first + kExtentRows;
  }
  return written;
}

std::uint32_t GraphTransaction::scan_nodes(LabelId label, NodeId from, NodeId* out,
                                           std::uint32_t capacity) const {
  const Impl& impl = *impl_;
  std::uint32_t written = 0;
  const auto first_high = static_cast<std::uint32_t>(raw(from) >> kContainerBits);
  const auto low_of = [&](std::uint32_t high) {
    return high == first_high ? static_cast<std::uint32_t>(raw(from) & 0xffff) : 0u;
  };
  const auto base_of = [](std::uint32_t high) { return std::uint64_t{high} << kContainerBits; };
  if (impl.write != nullptr && impl.write->labels.touched(label)) {
    const std::uint64_t highs = (node_id_limit() + 0xffff) >> kContainerBits;
    for (std::uint32_t high = first_high; high < highs && written < capacity; ++high) {
      written += impl.write->labels.container(label, high)
                     .collect(low_of(high), base_of(high), out + written, capacity - written);
    }
    return written;
  }
  if (keys::number(label) >= impl.snapshot->catalog()->label_count()) return 0;
  const auto containers = impl.snapshot->label(*impl.read_txn, label);
  for (const LabelContainers::Container& container : containers->containers()) {
    if (container.high < first_high) continue;
    if (written == capacity) break;
    written += container.view.collect(low_of(container.high), base_of(container.high),
                                      out + written, capacity - written);
  }
  return written;
}

std::pair<std::uint64_t, std::uint64_t> GraphTransaction::id_range(LabelId label) const {
  const Impl& impl = *impl_;
  if (impl.write != nullptr) return {0, node_id_limit()};
  if (keys::number(label) >= impl.snapshot->catalog()->label_count()) return {0, 0};
  const auto containers = impl.snapshot->label(*impl.read_txn, label);
  NodeId first{0};
  if (scan_nodes(label, first, &first, 1) == 0) return {0, 0};
  const LabelContainers::Container& last = containers->containers().back();
  // The container has a member at or after `from`, and none at or after `to`.
  std::uint32_t from = 0, to = std::uint32_t{1} << kContainerBits;
  while (to - from > 1) {
    const std::uint32_t middle = from + (to - from) / 2;
    NodeId found{};
    if (last.view.collect(middle, 0, &found, 1) == 1) {
      from = static_cast<std::uint32_t>(raw(found));
    } else {
      to = middle;
    }
  }
  return {raw(first), (std::uint64_t{last.high} << kContainerBits) + to};
}

void GraphTransaction::label_mask(LabelId label, std::span<std::uint8_t> mask) const {
  const Impl& impl = *impl_;
  std::fill(mask.begin(), mask.end(), 0);
  if (impl.write != nullptr && impl.write->labels.touched(label)) {
    std::vector<NodeId> ids(value::kBatchRows);
    for (NodeId from{0};;) {
      const std::uint32_t n = scan_nodes(label, from, ids.data(), value::kBatchRows);
      for (std::uint32_t i = 0; i < n; ++i) {
        if (raw(ids[i]) < mask.size()) mask[raw(ids[i])] = 1;
      }
      if (n < value::kBatchRows) return;
      from = NodeId{raw(ids[n - 1]) + 1};
    }
  }
  if (keys::number(label) >= impl.snapshot->catalog()->label_count()) return;
  const auto containers = impl.snapshot->label(*impl.read_txn, label);
  for (const LabelContainers::Container& container : containers->containers()) {
    const std::uint64_t base = std::uint64_t{container.high} << kContainerBits;
    if (base >= mask.size()) break;
    container.view.mark(mask.data() + base, static_cast<std::uint32_t>(std::min<std::uint64_t>(
                                                mask.size() - base, 65536)));
  }
}

void GraphTransaction::test_label(LabelId label, const NodeId* nodes, std::uint32_t n,
                                  std::uint8_t* keep) const {
  const catalog::StoredCatalog& catalog = impl_->catalog();
  // Nodes that follow one another mostly have the same shape.
  std::uint32_t last_shape = kNoShape;
  std::uint8_t last = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint32_t shape = impl_->shape_of(nodes[i]);
    if (shape != last_shape) {
      last_shape = shape;
      last = shape != kNoShape && catalog.shape_has(ShapeId{shape}, label) ? 1 : 0;
    }
    keep[i] = last;
  }
}

bool GraphTransaction::all_have(LabelId label, PropertyKeyId key) const {
  const Impl& impl = *impl_;
  if (impl.write != nullptr) return false;
  const catalog::StoredCatalog& catalog = impl.catalog();
  const storage::Transaction& txn = *impl.read_txn;
  const std::shared_ptr<ColumnDirectory> column =
      impl.snapshot->column(txn, ElementKind::kNode, 0, key);
  ExtentTable& extents = impl.snapshot->extents();
  for (std::uint32_t chunk = 0; chunk < extents.count(); ++chunk) {
    const Extent& extent = extents.get(txn, chunk);
    auto labelled = [&](std::uint32_t shape) {
      return shape != kNoShape && catalog.shape_has(ShapeId{shape}, label);
    };
    if (extent.rows == 0 || (extent.shapes.empty() && !labelled(extent.shape))) continue;
    const ColumnView* view =
        column != nullptr && chunk < column->chunk_count() ? column->find(chunk) : nullptr;
    if (view == nullptr && column != nullptr && chunk < column->chunk_count()) {
      view = column->resolve(txn, chunk, kExtentRows);
    }
    const bool full =
        view != nullptr && !view->empty() && view->dense() && view->header().rows >= extent.rows;
    if (full) continue;
    if (extent.shapes.empty()) return false;
    for (std::uint32_t row = 0; row < extent.rows; ++row) {
      if (!labelled(extent.shapes[row])) continue;
      if (view == nullptr || view->empty() || view->entry(row) == ColumnView::kAbsent) return false;
    }
  }
  return true;
}

const Adjacency& GraphTransaction::adjacency(EdgeLabelId label, Direction direction) const {
  return impl_->adjacency(label, direction);
}

const Column& GraphTransaction::node_column(PropertyKeyId key) const {
  return impl_->column(ElementKind::kNode, 0, key);
}

const Column& GraphTransaction::edge_column(EdgeLabelId label, PropertyKeyId key) const {
  return impl_->column(ElementKind::kEdge, keys::number(label), key);
}

Properties GraphTransaction::node_properties(NodeId node) const {
  if (!node_exists(node)) return {};
  return impl_->properties(ElementKind::kNode, 0, raw(node));
}

Properties GraphTransaction::edge_properties(EdgeId edge) const {
  if (edge_label_of(edge) >= impl_->catalog().edge_label_count()) return {};
  return impl_->properties(ElementKind::kEdge, edge_label_of(edge), edge_number_of(edge));
}

std::optional<value::EdgeRef> GraphTransaction::find_edge(EdgeId edge) const {
  const std::uint32_t label = edge_label_of(edge);
  if (label >= impl_->catalog().edge_label_count()) return std::nullopt;
  const Value source =
      impl_->column(ElementKind::kEdge, label, kSourceColumn).get(edge_number_of(edge));
  if (source.is_null()) return std::nullopt;
  const NodeId from{static_cast<std::uint64_t>(source.as_int64())};
  const Neighbours all = adjacency(EdgeLabelId{label}, Direction::kOut).neighbours(from);
  for (std::uint32_t i = 0; i < all.size; ++i) {
    if (all.edge_number(i) == edge_number_of(edge)) {
      return value::EdgeRef{edge, from, NodeId{all.nodes[i]}};
    }
  }
  throw Error(status::kCorrupt, "an edge is not among the edges of its source");
}

bool GraphTransaction::has_edges(NodeId node) const {
  for (const EdgeLabelId label : impl_->edge_labels_at(node)) {
    if (edge_count(label) == 0) continue;
    for (const Direction direction : {Direction::kOut, Direction::kIn}) {
      if (adjacency(label, direction).degree(node) > 0) return true;
    }
  }
  return false;
}

Value GraphTransaction::resolve_node(NodeId node) const {
  const catalog::StoredCatalog& catalog = impl_->catalog();
  Node out;
  out.id = node;
  for (const LabelId label : impl_->labels(node)) out.labels.push_back(catalog.label_name(label));
  std::sort(out.labels.begin(), out.labels.end());
  for (auto& [key, value] : node_properties(node)) {
    out.properties.emplace_back(catalog.property_key_name(key), std::move(value));
  }
  return out;
}

Value GraphTransaction::resolve_edge(const value::EdgeRef& edge) const {
  const catalog::StoredCatalog& catalog = impl_->catalog();
  Edge out;
  out.id = edge.id;
  out.source = edge.source;
  out.target = edge.target;
  const EdgeLabelId label{edge_label_of(edge.id)};
  out.label = catalog.edge_label_name(label);
  out.directed = catalog.is_directed(label);
  for (auto& [key, value] : edge_properties(edge.id)) {
    out.properties.emplace_back(catalog.property_key_name(key), std::move(value));
  }
  return out;
}

std::uint64_t GraphTransaction::node_count(GraphId graph) const {
  if (base::NeutralPlans::on()) return kNeutralNodes;
  if (impl_->write != nullptr) return impl_->write->statistics.read_graph(graph).nodes;
  return read_record<GraphStatistics>(*impl_->read_txn, keys::graph_statistics(graph)).nodes;
}

std::uint64_t GraphTransaction::node_count(LabelId label) const {
  if (base::NeutralPlans::on()) return kNeutralNodesOfLabel;
  if (impl_->write != nullptr) return impl_->write->statistics.read_label(label).count;
  return read_record<LabelStatistics>(*impl_->read_txn, keys::label_count(label)).count;
}

std::uint64_t GraphTransaction::edge_count(GraphId graph) const {
  if (base::NeutralPlans::on()) return kNeutralEdges;
  if (impl_->write != nullptr) return impl_->write->statistics.read_graph(graph).edges;
  return read_record<GraphStatistics>(*impl_->read_txn, keys::graph_statistics(graph)).edges;
}

std::uint64_t GraphTransaction::edge_count(EdgeLabelId label) const {
  if (base::NeutralPlans::on()) return kNeutralEdgesOfLabel;
  if (impl_->write != nullptr) {
    return impl_->write->statistics.read_edge(Direction::kOut, label).count;
  }
  return read_record<EdgeStatistics>(*impl_->read_txn,
                                     keys::edge_statistics(Direction::kOut, label))
      .count;
}

std::uint64_t GraphTransaction::loop_count(EdgeLabelId label) const {
  if (impl_->write != nullptr) {
    return impl_->write->statistics.read_edge(Direction::kOut, label).loops;
  }
  return read_record<EdgeStatistics>(*impl_->read_txn,
                                     keys::edge_statistics(Direction::kOut, label))
      .loops;
}

std::uint64_t GraphTransaction::named_edge_count(EdgeLabelId directed) const {
  const auto undirected = catalog().undirected_label(directed);
  return edge_count(directed) + (undirected ? edge_count(*undirected) : 0);
}

bool GraphTransaction::all_at_label(EdgeLabelId label, Direction direction,
                                    LabelId node_label) const {
  if (base::NeutralPlans::on()) return false;
  return edge_count(label, direction, node_label) == static_cast<double>(edge_count(label));
}

double GraphTransaction::edge_count(EdgeLabelId label, Direction direction,
                                    LabelId node_label) const {
  if (base::NeutralPlans::on()) return kNeutralEdgesOfLabel;
  if (impl_->write != nullptr) {
    return static_cast<double>(
        impl_->write->statistics.read_label_pair(direction, label, node_label));
  }
  return static_cast<double>(read_record<std::uint64_t>(
      *impl_->read_txn, keys::label_pair_count(direction, label, node_label)));
}

std::optional<DegreeHistogram> GraphTransaction::degree_histogram(EdgeLabelId label,
                                                                  Direction direction) const {
  if (base::NeutralPlans::on()) return std::nullopt;
  const DegreeHistogram degrees =
      impl_->write != nullptr ? impl_->write->statistics.read_degrees(direction, label)
                              : read_record<DegreeHistogram>(
                                    *impl_->read_txn, keys::degree_histogram(direction, label));
  const std::uint64_t edges = edge_count(label);
  // Edges that are gone wait in deltas, too.
  const bool tells = degrees.edges > edges / 2 && degrees.edges / 2 < edges;
  return tells ? std::optional(degrees) : std::nullopt;
}

PropertyStatistics GraphTransaction::property_statistics(PropertyKeyId key) const {
  if (base::NeutralPlans::on()) {
    return {kNeutralNodes, kNeutralDistinctValues, std::nullopt, std::nullopt};
  }
  const auto read = [&](ElementKind kind, std::uint32_t label) {
    if (impl_->write != nullptr) return impl_->write->statistics.read_property(kind, label, key);
    return read_property_record(*impl_->read_txn, keys::property_statistics(kind, label, key));
  };
  PropertyRecord all = read(ElementKind::kNode, 0);
  // Keys are mostly of nodes or of edges; only those no node has are looked for among edges.
  for (std::uint32_t label = 0; all.count == 0 && label < impl_->catalog().edge_label_count();
       ++label) {
    all = read(ElementKind::kEdge, label);
  }
  return all.summary();
}

}  // namespace geode::graph
