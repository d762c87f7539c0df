#include "graph/log/log_writer.hpp"

#include <algorithm>
#include <utility>

#include "graph/keys.hpp"
#include "graph/log/change_log.hpp"
#include "storage/byte_reader.hpp"
#include "storage/value_codec.hpp"

namespace geode::graph {
namespace {

using storage::put_text;
using storage::put_varint;

/// Operations go to the table in parts of about this size.
constexpr std::size_t kPartBytes = std::size_t{256} << 10;

void put_names(std::string& out, std::span<const std::string> names) {
  put_varint(out, names.size());
  for (const std::string& name : names) put_text(out, name);
}

}  // namespace

std::string& LogWriter::begin(LogOperation operation) {
  gathered_ += static_cast<char>(operation);
  return gathered_;
}

void LogWriter::end() {
  ++operations_;
  if (gathered_.size() >= kPartBytes) write_part(0, 0);
}

void LogWriter::put_properties(const Properties& properties) {
  put_varint(gathered_, properties.size());
  for (const auto& [key, value] : properties) {
    put_varint(gathered_, keys::number(key));
    storage::encode_value(value, gathered_);
  }
}

void LogWriter::intern_label(GraphId graph, std::string_view name) {
  text_of_graph(LogOperation::kInternLabel, graph, name);
}

void LogWriter::intern_edge_label(GraphId graph, bool directed, std::string_view name) {
  std::string& out = begin(LogOperation::kInternEdgeLabel);
  put_varint(out, keys::number(graph));
  out += static_cast<char>(directed);
  put_text(out, name);
  end();
}

void LogWriter::insert_node(NodeId node, GraphId graph, std::span<const LabelId> labels,
                            const Properties& properties) {
  std::string& out = begin(LogOperation::kInsertNode);
  put_varint(out, raw(node));
  put_varint(out, keys::number(graph));
  put_varint(out, labels.size());
  for (const LabelId label : labels) put_varint(out, keys::number(label));
  put_properties(properties);
  end();
}

void LogWriter::insert_edge(const value::EdgeRef& edge, const Properties& properties) {
  std::string& out = begin(LogOperation::kInsertEdge);
  put_varint(out, edge_label_of(edge.id));
  put_varint(out, edge_number_of(edge.id));
  put_varint(out, raw(edge.source));
  put_varint(out, raw(edge.target));
  put_properties(properties);
  end();
}

void LogWriter::set_node_property(NodeId node, PropertyKeyId key, const Value& value) {
  std::string& out = begin(LogOperation::kSetNodeProperty);
  put_varint(out, raw(node));
  put_varint(out, keys::number(key));
  storage::encode_value(value, out);
  end();
}

void LogWriter::set_edge_property(EdgeId edge, PropertyKeyId key, const Value& value) {
  std::string& out = begin(LogOperation::kSetEdgeProperty);
  put_varint(out, edge_label_of(edge));
  put_varint(out, edge_number_of(edge));
  put_varint(out, keys::number(key));
  storage::encode_value(value, out);
  end();
}

void LogWriter::change_label(LogOperation operation, NodeId node, LabelId label) {
  std::string& out = begin(operation);
  put_varint(out, raw(node));
  put_varint(out, keys::number(label));
  end();
}

void LogWriter::delete_node(NodeId node, bool detach) {
  std::string& out = begin(LogOperation::kDeleteNode);
  put_varint(out, raw(node));
  out += static_cast<char>(detach);
  end();
}

void LogWriter::delete_edge(const value::EdgeRef& edge) {
  std::string& out = begin(LogOperation::kDeleteEdge);
  put_varint(out, edge_label_of(edge.id));
  put_varint(out, edge_number_of(edge.id));
  put_varint(out, raw(edge.source));
  put_varint(out, raw(edge.target));
  end();
}

void LogWriter::text(LogOperation operation, std::string_view text) {
  put_text(begin(operation), text);
  end();
}

void LogWriter::text_of_graph(LogOperation operation, GraphId graph, std::string_view text) {
  std::string& out = begin(operation);
  put_varint(out, keys::number(graph));
  put_text(out, text);
  end();
}

void LogWriter::two_texts(LogOperation operation, std::string_view first, std::string_view second) {
  std::string& out = begin(operation);
  put_text(out, first);
  put_text(out, second);
  end();
}

void LogWriter::drop_graph(GraphId graph) {
  put_varint(begin(LogOperation::kDropGraph), keys::number(graph));
  end();
}

void LogWriter::copy_graph(GraphId from, GraphId to) {
  std::string& out = begin(LogOperation::kCopyGraph);
  put_varint(out, keys::number(from));
  put_varint(out, keys::number(to));
  end();
}

void LogWriter::begin_nodes(GraphId graph, NodeId first, std::span<const std::string> labels,
                            std::span<const std::string> keys) {
  loads_ = true;
  std::string& out = begin(LogOperation::kBeginNodes);
  put_varint(out, keys::number(graph));
  put_varint(out, raw(first));
  put_names(out, labels);
  put_names(out, keys);
  end();
}

void LogWriter::node_rows(std::span<const value::Vector> columns, std::uint32_t rows) {
  std::string& out = begin(LogOperation::kNodeRows);
  put_varint(out, rows);
  for (const value::Vector& column : columns) {
    for (std::uint32_t row = 0; row < rows; ++row) storage::encode_value(column.get(row), out);
  }
  end();
}

void LogWriter::begin_edges(GraphId graph, std::string_view label,
                            std::span<const std::string> keys) {
  loads_ = true;
  std::string& out = begin(LogOperation::kBeginEdges);
  put_varint(out, keys::number(graph));
  put_text(out, label);
  put_names(out, keys);
  end();
}

void LogWriter::edge_block(const EdgeBlock& block) {
  if (block.count == 0) return;
  std::string& out = begin(LogOperation::kEdgeBlock);
  put_varint(out, block.count);
  put_text(out, {block.bytes.get(), static_cast<std::size_t>(block.ends.back())});
  end();
}

void LogWriter::plain(LogOperation operation) {
  begin(operation);
  end();
}

void LogWriter::begin_savepoint() {
  savepoints_.push_back({part_, operations_, gathered_.size(), {}});
}

void LogWriter::rollback_savepoint() {
  Savepoint& savepoint = savepoints_.back();
  if (savepoint.part == part_) {
    gathered_.resize(savepoint.size);
  } else {
    gathered_ = std::move(savepoint.gathered);
  }
  part_ = savepoint.part;
  operations_ = savepoint.operations;
  savepoints_.pop_back();
}

void LogWriter::write_part(std::uint32_t flags, std::int64_t commit_time) {
  for (Savepoint& savepoint : savepoints_) {
    if (savepoint.part == part_) savepoint.gathered.assign(gathered_, 0, savepoint.size);
  }
  LogPartHeader header;
  header.lsn = header_.lsn + 1;
  header.commit_time = commit_time;
  header.flags = flags;
  header.part = part_++;
  header.operations = std::exchange(operations_, 0);
  const std::string bytes = encode_log_part(header, gathered_);
  txn_.append(storage::Table::kLog, keys::log_part(header.lsn, header.part),
              storage::as_bytes(bytes));
  header_.log_bytes += bytes.size();
  gathered_.clear();
}

void LogWriter::finish(std::int64_t commit_time) {
  if (!on()) return;
  write_part(LogPartHeader::kLast | (loads_ ? LogPartHeader::kLoads : 0), commit_time);
  if (header_.log_first == 0) header_.log_first = header_.lsn + 1;
  if (header_.log_limit != 0 && header_.log_bytes > header_.log_limit) drop_oldest();
}

void LogWriter::drop_oldest() {
  // The record of this commit stays, however long it is.
  while (header_.log_bytes > header_.log_limit && header_.log_first <= header_.lsn) {
    erase_oldest_record(txn_, header_);
  }
}

}  // namespace geode::graph
