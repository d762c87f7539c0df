#include <algorithm>
#include <string>

#include <geode/error.hpp>
#include "graph/constraint_check.hpp"
#include "graph/delta/row_delta.hpp"
#include "graph/property_index.hpp"
#include "graph/transaction_impl.hpp"
#include "value/compare.hpp"

namespace geode::graph {
namespace {

constexpr std::uint64_t kMaximumEdges = std::uint64_t{1} << 32;

/// Sorted, without duplicates.
std::vector<LabelId> as_set(std::span<const LabelId> labels) {
  std::vector<LabelId> out(labels.begin(), labels.end());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// A stored value changes its type too: 1 and 1.0 are the same number, but not the same property.
bool identical(const Value& a, const Value& b) {
  return a.type() == b.type() && value::same(a, b) && a.type() != ValueType::kList &&
         a.type() != ValueType::kRecord && a.type() != ValueType::kZonedDateTime;
}

/// The last value given for each key; nulls are left out.
Properties without_nulls(const Properties& properties) {
  Properties out;
  out.reserve(properties.size());
  for (std::size_t i = 0; i < properties.size(); ++i) {
    const auto again =
        std::find_if(properties.begin() + static_cast<std::ptrdiff_t>(i) + 1, properties.end(),
                     [&](const auto& later) { return later.first == properties[i].first; });
    if (again == properties.end() && !properties[i].second.is_null()) out.push_back(properties[i]);
  }
  return out;
}

[[noreturn]] void no_such_node(NodeId node) {
  throw Error(status::kElementDeleted, "node " + std::to_string(raw(node)) + " does not exist")
      .category("EntityNotFound", "DeletedEntityAccess");
}

[[noreturn]] void other_graph(NodeId node) {
  throw Error(status::kEndpointOfOtherGraph,
              "node " + std::to_string(raw(node)) + " is of another graph")
      .hint("an edge connects nodes of its own graph; a label is of the graph of its nodes");
}

/// Deletes every edge of the node.
void detach_node(GraphTransaction& txn, NodeId node) {
  GraphTransaction::Impl& impl = txn.impl();
  WriteState& write = *impl.write;
  for (const EdgeLabelId label : impl.edge_labels_at(node)) {
    if (txn.edge_count(label) == 0) continue;
    for (const Direction direction : {Direction::kOut, Direction::kIn}) {
      const bool out = direction == Direction::kOut;
      const Neighbours all = txn.adjacency(label, direction).neighbours(node);
      if (all.size == 0) continue;
      std::vector<value::EdgeRef> edges;
      edges.reserve(all.size);
      for (std::uint32_t i = 0; i < all.size; ++i) {
        const EdgeId id = make_edge_id(keys::number(label), all.edge_number(i));
        const NodeId other{all.nodes[i]};
        edges.push_back(out ? value::EdgeRef{id, node, other} : value::EdgeRef{id, other, node});
      }
      // This side goes with one entry; the other side of each edge has its own.
      write.adjacency.changes(label, direction, impl.catalog()).drop_node(node, write.lsn());
      for (const value::EdgeRef& edge : edges) impl.erase_edge(edge, out, !out);
    }
  }
}

/// Counts the edges of the node for a label it gets (sign 1) or loses (-1).
void count_edges_of_label(GraphTransaction& txn, NodeId node, LabelId label, std::int64_t sign) {
  GraphTransaction::Impl& impl = txn.impl();
  for (const EdgeLabelId edge_label : impl.edge_labels_at(node)) {
    if (txn.edge_count(edge_label) == 0) continue;
    for (const Direction direction : {Direction::kOut, Direction::kIn}) {
      const std::uint32_t degree = txn.adjacency(edge_label, direction).degree(node);
      if (degree == 0) continue;
      impl.write->statistics.label_pair(direction, edge_label, label) +=
          static_cast<std::uint64_t>(sign * static_cast<std::int64_t>(degree));
    }
  }
}

}  // namespace

LabelId GraphTransaction::intern_label(GraphId graph, std::string_view name) {
  WriteState& write = impl_->writer();
  if (const auto known = write.catalog.catalog().find_label(graph, name)) return *known;
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.intern_label(graph, name);
  }
  return write.catalog.intern_label(graph, name);
}

EdgeLabelId GraphTransaction::intern_edge_label(GraphId graph, std::string_view name,
                                                bool directed) {
  WriteState& write = impl_->writer();
  const auto known = write.catalog.catalog().find_edge_label(graph, name);
  if (known && (directed || write.catalog.catalog().undirected_label(*known))) {
    return directed ? *known : *write.catalog.catalog().undirected_label(*known);
  }
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.intern_edge_label(graph, directed, name);
  }
  const EdgeLabelId label =
      known ? *known
            : write.catalog.intern_edge_label(graph, name, kDefaultChunkShift, kDefaultChunkShift);
  return directed ? label : write.catalog.intern_undirected_label(label, kDefaultChunkShift);
}

PropertyKeyId GraphTransaction::intern_property_key(std::string_view name) {
  WriteState& write = impl_->writer();
  if (const auto known = write.catalog.catalog().find_property_key(name)) return *known;
  write.changed = true;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.text(LogOperation::kInternPropertyKey, name);
  }
  return write.catalog.intern_property_key(name);
}

// ---- rows

void GraphTransaction::Impl::put_row(ElementKind kind, std::uint32_t label, std::uint64_t id,
                                     const RowDelta& row, bool is_new) {
  WriteState& state = *write;
  state.txn.put(storage::Table::kHot, keys::row(kind, label, id), row.bytes());
  state.rows(kind, label).add(id);
  // Asked for in any case: what it says changes with the row.
  RowStatistics& rows =
      state.statistics.rows(kind, label, static_cast<std::uint32_t>(id >> kExtentBits));
  if (is_new) ++rows.count;
  state.changed = true;
}

void GraphTransaction::Impl::change_row(ElementKind kind, std::uint32_t label, std::uint64_t id,
                                        PropertyKeyId key, const Value& old, const Value& value) {
  const auto bytes = write_txn->get(storage::Table::kHot, keys::row(kind, label, id));
  RowDelta row = bytes ? RowDelta(*bytes) : RowDelta();
  row.set(key, value);
  put_row(kind, label, id, row, !bytes);
  PropertyRecord& record = write->statistics.property(kind, label, key);
  if (!old.is_null()) --record.count;
  if (!value.is_null()) {
    ++record.count;
    record.observe(value);
    ++changes.properties_set;
  } else {
    ++changes.properties_removed;
  }
}

void GraphTransaction::Impl::delete_row(ElementKind kind, std::uint32_t label, std::uint64_t id,
                                        const Properties& properties) {
  for (const auto& [key, value] : properties) --write->statistics.property(kind, label, key).count;
  const bool is_new = !write_txn->get(storage::Table::kHot, keys::row(kind, label, id));
  put_row(kind, label, id, RowDelta::deleted_element(), is_new);
}

// ---- nodes

void GraphTransaction::Impl::set_labels(NodeId node, std::vector<LabelId> labels) {
  WriteState& state = *write;
  const std::span<const LabelId> present = this->labels(node);
  const std::vector<LabelId> old(present.begin(), present.end());
  const GraphId graph = catalog().graph_of(ShapeId{shape_of(node)});
  const ShapeId shape = state.catalog.intern_shape(graph, labels);
  state.labels.set_shape(node, keys::number(shape), old, labels);
  for (const LabelId label : labels) {
    if (!std::binary_search(old.begin(), old.end(), label)) ++state.statistics.label(label).count;
  }
  for (const LabelId label : old) {
    if (!std::binary_search(labels.begin(), labels.end(), label)) {
      --state.statistics.label(label).count;
    }
  }
  state.changed = state.nodes_changed = true;
}

const catalog::GraphType* GraphTransaction::Impl::graph_type(GraphId graph) const {
  const catalog::GraphDefinition* definition = catalog().find_graph(graph);
  return definition != nullptr ? definition->type.get() : nullptr;
}

void GraphTransaction::Impl::check_later(NodeId node) {
  if (write->replayed_time) return;
  if (graph_type(catalog().graph_of(ShapeId{shape_of(node)})) != nullptr ||
      has_constraint(catalog(), labels(node))) {
    write->checks.nodes.push_back(node);
  }
}

void GraphTransaction::Impl::check_later(EdgeId edge) {
  if (write->replayed_time) return;
  const EdgeLabelId label{edge_label_of(edge)};
  if (graph_type(catalog().graph_of(label)) != nullptr || has_constraint(catalog(), label)) {
    write->checks.edges.push_back(edge);
  }
}

void GraphTransaction::Impl::check_edges_later(NodeId node) {
  const catalog::GraphType* type = graph_type(catalog().graph_of(ShapeId{shape_of(node)}));
  if (write->replayed_time || type == nullptr || type->edges.empty()) return;
  for (const EdgeLabelId label : edge_labels_at(node)) {
    for (const Direction direction : {Direction::kOut, Direction::kIn}) {
      const Neighbours all = adjacency(label, direction).neighbours(node);
      for (std::uint32_t i = 0; i < all.size; ++i) {
        write->checks.edges.push_back(make_edge_id(keys::number(label), all.edge_number(i)));
      }
    }
  }
}

NodeId GraphTransaction::insert_node(GraphId graph, std::span<const LabelId> labels,
                                     const Properties& properties) {
  WriteState& write = impl_->writer();
  const LogWriter::Change change(write.log);
  const Properties given = without_nulls(properties);
  RowDelta row;
  for (const auto& [key, value] : given) row.append(key, value);

  const std::vector<LabelId> set = as_set(labels);
  const ShapeId shape = write.catalog.intern_shape(graph, set);
  GraphStatistics& statistics = write.statistics.graph(graph);
  const NodeId node = write.ids.allocate(shape, statistics);
  ++statistics.nodes;
  write.labels.set_shape(node, keys::number(shape), {}, set);
  for (const LabelId label : set) ++write.statistics.label(label).count;
  write.changed = write.nodes_changed = true;

  if (!given.empty()) {
    impl_->put_row(ElementKind::kNode, 0, raw(node), row, true);
    for (const auto& [key, value] : given) {
      PropertyRecord& record = write.statistics.property(ElementKind::kNode, 0, key);
      ++record.count;
      record.observe(value);
    }
    PropertyIndexes(*this).insert_node(node, set, given);
  }
  if (change.noted()) write.log.insert_node(node, graph, set, given);
  impl_->check_later(node);
  ++impl_->changes.nodes_created;
  impl_->changes.labels_added += set.size();
  impl_->changes.properties_set += given.size();
  return node;
}

bool GraphTransaction::set_node_property(NodeId node, PropertyKeyId key, const Value& value) {
  WriteState& write = impl_->writer();
  if (!node_exists(node)) no_such_node(node);
  const Value old = impl_->column(ElementKind::kNode, 0, key).get(raw(node));
  if (old.is_null() ? value.is_null() : identical(old, value)) return false;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.set_node_property(node, key, value);
  }
  PropertyIndexes(*this).change_property(node, key, old, value);
  impl_->change_row(ElementKind::kNode, 0, raw(node), key, old, value);
  if (value.is_null() || impl_->graph_type(graph_of(node)) != nullptr ||
      has_value_constraint(catalog(), labels(node), key)) {
    impl_->check_later(node);
  }
  return true;
}

bool GraphTransaction::add_label(NodeId node, LabelId label) {
  WriteState& write = impl_->writer();
  if (!node_exists(node)) no_such_node(node);
  if (has_label(node, label)) return false;
  if (impl_->catalog().graph_of(label) != graph_of(node)) other_graph(node);
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.change_label(LogOperation::kAddLabel, node, label);
  }
  const std::span<const LabelId> present = labels(node);
  std::vector<LabelId> set(present.begin(), present.end());
  set.insert(std::lower_bound(set.begin(), set.end(), label), label);
  impl_->set_labels(node, std::move(set));
  PropertyIndexes(*this).add_label(node, label);
  count_edges_of_label(*this, node, label, 1);
  impl_->check_later(node);
  impl_->check_edges_later(node);
  ++impl_->changes.labels_added;
  return true;
}

bool GraphTransaction::remove_label(NodeId node, LabelId label) {
  WriteState& write = impl_->writer();
  if (!node_exists(node)) no_such_node(node);
  if (!has_label(node, label)) return false;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.change_label(LogOperation::kRemoveLabel, node, label);
  }
  const std::span<const LabelId> present = labels(node);
  std::vector<LabelId> set(present.begin(), present.end());
  std::erase(set, label);
  PropertyIndexes(*this).remove_label(node, label);
  count_edges_of_label(*this, node, label, -1);
  impl_->set_labels(node, std::move(set));
  impl_->check_later(node);
  impl_->check_edges_later(node);
  ++impl_->changes.labels_removed;
  return true;
}

bool GraphTransaction::add_label(NodeId node, std::string_view label) {
  impl_->writer();
  const GraphId graph = graph_of(node);
  if (graph == catalog::kNoGraph) no_such_node(node);
  return add_label(node, intern_label(graph, label));
}

bool GraphTransaction::remove_label(NodeId node, std::string_view label) {
  impl_->writer();
  const GraphId graph = graph_of(node);
  if (graph == catalog::kNoGraph) no_such_node(node);
  const auto known = catalog().find_label(graph, label);
  return known && remove_label(node, *known);
}

bool GraphTransaction::delete_node(NodeId node, bool detach) {
  WriteState& write = impl_->writer();
  const GraphId graph = graph_of(node);
  if (graph == catalog::kNoGraph) return false;
  const LogWriter::Change change(write.log);
  if (change.noted()) write.log.delete_node(node, detach);
  if (detach) {
    detach_node(*this, node);
  } else if (has_edges(node)) {
    // Its edges may still be deleted by the same statement.
    write.checks.deleted_with_edges.push_back(node);
  }
  const std::span<const LabelId> present = labels(node);
  std::vector<LabelId> old(present.begin(), present.end());
  const Properties properties = node_properties(node);
  PropertyIndexes(*this).erase_node(node, old, properties);
  impl_->delete_row(ElementKind::kNode, 0, raw(node), properties);
  write.labels.set_shape(node, kNoShape, old, {});
  for (const LabelId label : old) --write.statistics.label(label).count;
  --write.statistics.graph(graph).nodes;
  write.changed = write.nodes_changed = true;
  write.deleted_labels[raw(node)] = std::move(old);
  ++impl_->changes.nodes_deleted;
  return true;
}

// ---- edges

void GraphTransaction::delete_unseen_edges(NodeId node, std::span<const EdgeId> seen) {
  if (graph_of(node) == catalog::kNoGraph) return;
  std::vector<value::EdgeRef> edges;
  for (const EdgeLabelId label : impl_->edge_labels_at(node)) {
    for (const Direction direction : {Direction::kOut, Direction::kIn}) {
      const Neighbours all = adjacency(label, direction).neighbours(node);
      for (std::uint32_t i = 0; i < all.size; ++i) {
        const EdgeId id = make_edge_id(keys::number(label), all.edge_number(i));
        if (std::binary_search(seen.begin(), seen.end(), id)) continue;
        const NodeId other{all.nodes[i]};
        edges.push_back(direction == Direction::kOut ? value::EdgeRef{id, node, other}
                                                     : value::EdgeRef{id, other, node});
      }
    }
  }
  const std::uint64_t counted = impl_->changes.edges_deleted;
  for (const value::EdgeRef& edge : edges) delete_edge(edge);
  impl_->changes.edges_deleted = counted;
}

void GraphTransaction::Impl::count_label_pairs(EdgeLabelId label, NodeId source, NodeId target,
                                               std::int64_t change) {
  const auto count = [&](Direction direction, NodeId node) {
    std::span<const LabelId> all = labels(node);
    if (const auto gone = write->deleted_labels.find(raw(node));
        gone != write->deleted_labels.end() && shape_of(node) == kNoShape) {
      all = gone->second;
    }
    for (const LabelId node_label : all) {
      write->statistics.label_pair(direction, label, node_label) +=
          static_cast<std::uint64_t>(change);
    }
  };
  count(Direction::kOut, source);
  count(Direction::kIn, target);
}

value::EdgeRef GraphTransaction::insert_edge(NodeId source, NodeId target, EdgeLabelId label,
                                             const Properties& properties) {
  WriteState& write = impl_->writer();
  const GraphId graph = write.catalog.catalog().graph_of(label);
  for (const NodeId end : {source, target}) {
    const GraphId of_end = graph_of(end);
    if (of_end == catalog::kNoGraph) no_such_node(end);
    if (of_end != graph) other_graph(end);
  }
  const Properties given = without_nulls(properties);
  RowDelta row;
  row.append(kSourceColumn, Value(static_cast<std::int64_t>(raw(source))));
  for (const auto& [key, value] : given) row.append(key, value);

  EdgeStatistics& out = write.statistics.edge(Direction::kOut, label);
  if (out.next_edge >= kMaximumEdges) {
    throw Error(status::kLimitExceeded,
                "an edge label has at most 4294967296 edges, counting deleted ones");
  }
  const auto number = static_cast<std::uint32_t>(out.next_edge++);
  ++out.count;
  if (source == target) ++out.loops;
  ++write.statistics.edge(Direction::kIn, label).count;
  ++write.statistics.graph(graph).edges;
  const std::uint64_t lsn = write.lsn();
  const catalog::StoredCatalog& catalog = write.catalog.catalog();
  write.adjacency.changes(label, Direction::kOut, catalog)
      .add(source, static_cast<std::uint32_t>(raw(target)), number, lsn);
  write.adjacency.changes(label, Direction::kIn, catalog)
      .add(target, static_cast<std::uint32_t>(raw(source)), number, lsn);
  const std::uint32_t label_number = keys::number(label);
  impl_->put_row(ElementKind::kEdge, label_number, number, row, true);
  ++write.statistics.property(ElementKind::kEdge, label_number, kSourceColumn).count;
  for (const auto& [key, value] : given) {
    PropertyRecord& record = write.statistics.property(ElementKind::kEdge, label_number, key);
    ++record.count;
    record.observe(value);
  }
  impl_->count_label_pairs(label, source, target, 1);
  const EdgeId id = make_edge_id(label_number, number);
  impl_->check_later(id);
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.insert_edge({id, source, target}, given);
  }
  if (write.adjacency.full()) write.flush();
  ++impl_->changes.edges_created;
  impl_->changes.properties_set += given.size();
  return {id, source, target};
}

bool GraphTransaction::set_edge_property(EdgeId edge, PropertyKeyId key, const Value& value) {
  impl_->writer();
  const std::uint32_t label = edge_label_of(edge);
  const std::uint64_t number = edge_number_of(edge);
  if (label >= impl_->catalog().edge_label_count() ||
      !impl_->column(ElementKind::kEdge, label, kSourceColumn).has(number)) {
    throw Error(status::kElementDeleted, "edge " + std::to_string(raw(edge)) + " does not exist")
        .category("EntityNotFound", "DeletedEntityAccess");
  }
  const Value old = impl_->column(ElementKind::kEdge, label, key).get(number);
  if (old.is_null() ? value.is_null() : identical(old, value)) return false;
  WriteState& write = *impl_->write;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.set_edge_property(edge, key, value);
  }
  impl_->change_row(ElementKind::kEdge, label, number, key, old, value);
  const bool typed = impl_->graph_type(impl_->catalog().graph_of(EdgeLabelId{label})) != nullptr;
  if (value.is_null() || typed || has_value_constraint(catalog(), EdgeLabelId{label}, key)) {
    impl_->check_later(edge);
  }
  return true;
}

void GraphTransaction::Impl::erase_edge(const value::EdgeRef& edge, bool keep_source,
                                        bool keep_target) {
  WriteState& state = *write;
  const EdgeLabelId label{edge_label_of(edge.id)};
  const auto number = static_cast<std::uint32_t>(edge_number_of(edge.id));
  const std::uint64_t lsn = state.lsn();
  if (!keep_source) {
    state.adjacency.changes(label, Direction::kOut, catalog())
        .remove(edge.source, static_cast<std::uint32_t>(raw(edge.target)), number, lsn);
  }
  if (!keep_target) {
    state.adjacency.changes(label, Direction::kIn, catalog())
        .remove(edge.target, static_cast<std::uint32_t>(raw(edge.source)), number, lsn);
  }
  const std::uint32_t label_number = keys::number(label);
  delete_row(ElementKind::kEdge, label_number, number,
             properties(ElementKind::kEdge, label_number, number));
  --state.statistics.property(ElementKind::kEdge, label_number, kSourceColumn).count;
  EdgeStatistics& out = state.statistics.edge(Direction::kOut, label);
  --out.count;
  if (edge.source == edge.target) --out.loops;
  --state.statistics.edge(Direction::kIn, label).count;
  --state.statistics.graph(catalog().graph_of(label)).edges;
  count_label_pairs(label, edge.source, edge.target, -1);
  ++changes.edges_deleted;
}

bool GraphTransaction::delete_edge(const value::EdgeRef& edge) {
  impl_->writer();
  const std::uint32_t label = edge_label_of(edge.id);
  if (label >= impl_->catalog().edge_label_count()) return false;
  if (!impl_->column(ElementKind::kEdge, label, kSourceColumn).has(edge_number_of(edge.id))) {
    return false;
  }
  WriteState& write = *impl_->write;
  if (const LogWriter::Change change(write.log); change.noted()) write.log.delete_edge(edge);
  impl_->erase_edge(edge, false, false);
  if (write.adjacency.full()) write.flush();
  return true;
}

}  // namespace geode::graph
