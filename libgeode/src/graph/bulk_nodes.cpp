#include "graph/bulk_nodes.hpp"

#include <algorithm>

#include <geode/error.hpp>
#include "graph/constraint_check.hpp"
#include "graph/graph_type_check.hpp"
#include "graph/transaction_impl.hpp"

namespace geode::graph {

std::vector<PropertyKeyId> intern_keys(GraphTransaction& txn, std::span<const std::string> names) {
  std::vector<PropertyKeyId> out;
  for (const std::string& name : names) {
    const PropertyKeyId key = txn.intern_property_key(name);
    if (std::find(out.begin(), out.end(), key) != out.end()) {
      throw Error(status::kDuplicateObject, "property " + name + " is there twice");
    }
    out.push_back(key);
  }
  return out;
}

Properties properties_of_row(std::span<const PropertyKeyId> keys,
                             std::span<const value::Vector> columns, std::uint32_t row) {
  Properties out;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Value value = columns[i].get(row);
    if (!value.is_null()) out.emplace_back(keys[i], std::move(value));
  }
  return out;
}

BulkNodes::BulkNodes(GraphTransaction& txn, GraphId graph, std::span<const std::string> labels,
                     std::span<const std::string> keys, std::uint64_t memory_bytes)
    : txn_(txn), graph_(graph) {
  const LogWriter::Change change(txn.impl().write->log);
  for (const std::string& label : labels) labels_.push_back(txn.intern_label(graph, label));
  std::sort(labels_.begin(), labels_.end());
  labels_.erase(std::unique(labels_.begin(), labels_.end()), labels_.end());
  keys_ = intern_keys(txn, keys);
  WriteState& write = *txn.impl().write;
  shape_ = write.catalog.intern_shape(graph, labels_);
  first_ = NodeId{std::uint64_t{write.header.extents} << kExtentBits};
  columns_.emplace(write, ElementKind::kNode, 0, keys_, raw(first_));
  indexes_.emplace(txn, labels_, keys_, memory_bytes);
  if (change.noted()) write.log.begin_nodes(graph, first_, labels, keys);
}

void BulkNodes::add(std::span<const value::Vector> columns, std::uint32_t rows) {
  WriteState& write = *txn_.impl().write;
  check_rows(txn_, labels_, keys_, columns, rows);
  if (const catalog::GraphType* type = txn_.impl().graph_type(graph_)) {
    for (std::uint32_t row = 0; row < rows; ++row) {
      check_node(txn_.catalog(), *type, labels_, properties_of_row(keys_, columns, row));
    }
  }
  if (const LogWriter::Change change(write.log); change.noted() && rows > 0) {
    write.log.node_rows(columns, rows);
  }
  indexes_->add_rows(columns, rows, NodeId{raw(first_) + rows_});
  for (std::uint32_t done = 0; done < rows;) {
    if ((rows_ & (kExtentRows - 1)) == 0) {
      const std::uint32_t extent = write.ids.take_extents(1);
      if (extent != (raw(first_) + rows_) >> kExtentBits) {
        throw Error(status::kInternal, "nodes were inserted in the middle of a bulk load");
      }
    }
    const std::uint32_t part = std::min(rows - done, columns_->room());
    for (std::uint32_t row = 0; row < part; ++row) {
      write.labels.set_shape(NodeId{raw(first_) + rows_ + row}, keys::number(shape_), {}, labels_);
    }
    columns_->add_rows(columns, done, part);
    rows_ += part;
    done += part;
  }
  write.txn.write_out();
}

void BulkNodes::finish() {
  WriteState& write = *txn_.impl().write;
  if (const LogWriter::Change change(write.log); change.noted()) {
    write.log.plain(LogOperation::kEndNodes);
  }
  columns_->finish();
  indexes_->finish();
  write.statistics.graph(graph_).nodes += rows_;
  for (const LabelId label : labels_) write.statistics.label(label).count += rows_;
  Changes& changes = txn_.impl().changes;
  changes.nodes_created += rows_;
  changes.labels_added += rows_ * labels_.size();
  changes.properties_set += columns_->value_count();
  write.changed = true;
  write.nodes_changed = write.nodes_changed || rows_ > 0;
}

}  // namespace geode::graph
