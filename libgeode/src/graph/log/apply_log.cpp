#include "graph/log/apply_log.hpp"

#include <optional>
#include <vector>

#include <geode/error.hpp>
#include "catalog/definition_codec.hpp"
#include "graph/bulk_edges.hpp"
#include "graph/bulk_nodes.hpp"
#include "graph/transaction_impl.hpp"
#include "storage/byte_reader.hpp"
#include "storage/value_codec.hpp"

namespace geode::graph {
namespace {

[[noreturn]] void does_not_fit(std::uint64_t lsn, const std::string& what) {
  throw Error(status::kCorrupt, "record " + std::to_string(lsn) +
                                    " of the change log does not fit the database: " + what)
      .hint("the database is not the state that this log goes on from");
}

template <class Id>
Id take_id(storage::ByteReader& in) {
  const std::uint64_t number = in.varint();
  if (number > UINT32_MAX) throw Error(status::kCorrupt, "an id in the change log is out of range");
  return Id{static_cast<std::uint32_t>(number)};
}

NodeId take_node(storage::ByteReader& in) { return NodeId{in.varint()}; }

Value take_one(storage::ByteReader& in) {
  storage::ByteView rest = in.left();
  Value out = storage::take_value(rest);
  in.bytes(in.left().size() - rest.size());
  return out;
}

Properties take_properties(storage::ByteReader& in) {
  Properties out;
  const std::size_t count = in.count_of(2);
  for (std::size_t i = 0; i < count; ++i) {
    const auto key = take_id<PropertyKeyId>(in);
    out.emplace_back(key, take_one(in));
  }
  return out;
}

std::vector<std::string> take_names(storage::ByteReader& in) {
  std::vector<std::string> out(in.count_of(1));
  for (std::string& name : out) name = in.text();
  return out;
}

}  // namespace

struct LogApplier::Impl {
  explicit Impl(GraphTransaction& transaction) : txn(transaction) {}

  GraphTransaction& txn;
  BulkLoadOptions options;
  std::uint64_t lsn = 0;
  std::uint32_t next_part = 0;
  bool in_record = false;
  std::optional<BulkNodes> nodes;
  std::optional<BulkEdges> edges;
  std::size_t columns = 0;  ///< of the table that is loaded
  std::optional<EdgeGatherer> gatherer;

  void apply(storage::ByteReader& in);
  void insert_node(storage::ByteReader& in);
  void insert_edge(storage::ByteReader& in);
  void set_graph_type(storage::ByteReader& in);
  void create_index(storage::ByteReader& in);
  void create_constraint(storage::ByteReader& in);
  void begin_nodes(storage::ByteReader& in);
  void node_rows(storage::ByteReader& in);
  void begin_edges(storage::ByteReader& in);
  void edge_block(storage::ByteReader& in);
  EdgeId take_edge(storage::ByteReader& in) const {
    const auto label = take_id<EdgeLabelId>(in);
    require_edge_label(label);
    return make_edge_id(keys::number(label), in.varint());
  }
  void require(bool holds, const char* what) const {
    if (!holds) does_not_fit(lsn, what);
  }
  void require_graph(GraphId graph) const {
    require(txn.catalog().find_graph(graph) != nullptr, "a graph is not there");
  }
  void require_label(LabelId label) const {
    require(keys::number(label) < txn.catalog().label_count(), "a label is not there");
  }
  void require_edge_label(EdgeLabelId label) const {
    require(keys::number(label) < txn.catalog().edge_label_count(), "an edge label is not there");
  }
  void require_key(PropertyKeyId key) const {
    require(keys::number(key) < txn.catalog().property_key_count(), "a property key is not there");
  }
};

void LogApplier::Impl::insert_node(storage::ByteReader& in) {
  const NodeId node = take_node(in);
  const auto graph = take_id<GraphId>(in);
  require_graph(graph);
  std::vector<LabelId> labels(in.count_of(1));
  for (LabelId& label : labels) {
    label = take_id<LabelId>(in);
    require_label(label);
  }
  const Properties properties = take_properties(in);
  for (const auto& [key, value] : properties) require_key(key);
  require(txn.insert_node(graph, labels, properties) == node, "a node gets another id");
}

void LogApplier::Impl::insert_edge(storage::ByteReader& in) {
  const auto label = take_id<EdgeLabelId>(in);
  const std::uint64_t number = in.varint();
  const NodeId source = take_node(in), target = take_node(in);
  const Properties properties = take_properties(in);
  for (const auto& [key, value] : properties) require_key(key);
  require_edge_label(label);
  const value::EdgeRef edge = txn.insert_edge(source, target, label, properties);
  require(edge_number_of(edge.id) == number, "an edge gets another number");
}

void LogApplier::Impl::create_index(storage::ByteReader& in) {
  catalog::IndexDefinition definition = catalog::decode_index(storage::as_bytes(in.text()));
  require_label(definition.label);
  for (const PropertyKeyId key : definition.keys) require_key(key);
  txn.create_index(std::move(definition.name), definition.label, std::move(definition.keys),
                   definition.kind, std::move(definition.constraint));
}

void LogApplier::Impl::create_constraint(storage::ByteReader& in) {
  catalog::ConstraintDefinition definition =
      catalog::decode_constraint(storage::as_bytes(in.text()));
  require_graph(definition.graph);
  if (definition.on_edges) {
    require_edge_label(EdgeLabelId{definition.label});
  } else {
    require_label(LabelId{definition.label});
  }
  for (const PropertyKeyId key : definition.keys) require_key(key);
  txn.create_constraint(std::move(definition));
}

void LogApplier::Impl::set_graph_type(storage::ByteReader& in) {
  const auto graph = take_id<GraphId>(in);
  require_graph(graph);
  const std::string_view bytes = in.text();
  txn.set_graph_type(
      graph, bytes.empty() ? nullptr : catalog::decode_graph_type(storage::as_bytes(bytes)).type);
}

void LogApplier::Impl::begin_nodes(storage::ByteReader& in) {
  require(!nodes && !edges, "a table begins within another one");
  const auto graph = take_id<GraphId>(in);
  require_graph(graph);
  const NodeId first = take_node(in);
  const std::vector<std::string> labels = take_names(in), names = take_names(in);
  nodes.emplace(txn, graph, labels, names, options.memory_bytes / 2);
  columns = names.size();
  require(nodes->first() == first, "nodes get other ids");
}

void LogApplier::Impl::node_rows(storage::ByteReader& in) {
  require(nodes.has_value(), "rows stand outside of a table");
  const std::uint64_t rows = in.varint();
  require(rows > 0 && rows <= value::kBatchRows, "too many rows stand together");
  std::vector<value::Vector> values(columns);
  std::vector<Value> column(rows);
  for (value::Vector& vector : values) {
    for (Value& value : column) value = take_one(in);
    vector.assign(column);
  }
  nodes->add(values, static_cast<std::uint32_t>(rows));
}

void LogApplier::Impl::begin_edges(storage::ByteReader& in) {
  require(!nodes && !edges, "a table begins within another one");
  const auto graph = take_id<GraphId>(in);
  require_graph(graph);
  const std::string_view label = in.text();
  const std::vector<std::string> names = take_names(in);
  edges.emplace(txn, graph, label, names, options);
  columns = names.size();
  gatherer.emplace(edges->gatherer());
}

void LogApplier::Impl::edge_block(storage::ByteReader& in) {
  require(edges.has_value(), "edges stand outside of a table");
  const std::uint64_t count = in.varint();
  gatherer->add(count, columns, in.text());
  edges->add(gatherer->take());
}

void LogApplier::Impl::apply(storage::ByteReader& in) {
  const auto operation = static_cast<LogOperation>(in.byte());
  switch (operation) {
    case LogOperation::kInternLabel: {
      const auto graph = take_id<GraphId>(in);
      require_graph(graph);
      txn.intern_label(graph, in.text());
      return;
    }
    case LogOperation::kInternEdgeLabel: {
      const auto graph = take_id<GraphId>(in);
      require_graph(graph);
      const bool directed = in.byte() != 0;
      txn.intern_edge_label(graph, in.text(), directed);
      return;
    }
    case LogOperation::kInternPropertyKey:
      txn.intern_property_key(in.text());
      return;
    case LogOperation::kInsertNode:
      return insert_node(in);
    case LogOperation::kInsertEdge:
      return insert_edge(in);
    case LogOperation::kSetNodeProperty: {
      const NodeId node = take_node(in);
      const auto key = take_id<PropertyKeyId>(in);
      require_key(key);
      require(txn.set_node_property(node, key, take_one(in)), "a property is set already");
      return;
    }
    case LogOperation::kSetEdgeProperty: {
      const EdgeId edge = take_edge(in);
      const auto key = take_id<PropertyKeyId>(in);
      require_key(key);
      require(txn.set_edge_property(edge, key, take_one(in)), "a property is set already");
      return;
    }
    case LogOperation::kAddLabel: {
      const NodeId node = take_node(in);
      const auto label = take_id<LabelId>(in);
      require_label(label);
      require(txn.add_label(node, label), "a label is set already");
      return;
    }
    case LogOperation::kRemoveLabel: {
      const NodeId node = take_node(in);
      const auto label = take_id<LabelId>(in);
      require_label(label);
      require(txn.remove_label(node, label), "a label to be removed is not there");
      return;
    }
    case LogOperation::kDeleteNode: {
      const NodeId node = take_node(in);
      require(txn.delete_node(node, in.byte() != 0), "a node to be deleted is not there");
      return;
    }
    case LogOperation::kDeleteEdge: {
      const EdgeId edge = take_edge(in);
      const NodeId source = take_node(in), target = take_node(in);
      require(txn.delete_edge({edge, source, target}), "an edge to be deleted is not there");
      return;
    }
    case LogOperation::kCreateIndex:
      return create_index(in);
    case LogOperation::kDropIndex: {
      const auto graph = take_id<GraphId>(in);
      require(txn.drop_index(graph, in.text()), "an index to be dropped is not there");
      return;
    }
    case LogOperation::kCreateConstraint:
      return create_constraint(in);
    case LogOperation::kDropConstraint: {
      const auto graph = take_id<GraphId>(in);
      require(txn.drop_constraint(graph, in.text()), "a constraint to be dropped is not there");
      return;
    }
    case LogOperation::kCreateGraph: {
      const std::string_view schema = in.text();
      txn.create_graph(schema, in.text());
      return;
    }
    case LogOperation::kSetGraphType:
      return set_graph_type(in);
    case LogOperation::kPutGraphType:
      txn.put_graph_type(catalog::decode_graph_type(storage::as_bytes(in.text())));
      return;
    case LogOperation::kDropGraphType: {
      const std::string_view schema = in.text();
      txn.drop_graph_type(schema, in.text());
      return;
    }
    case LogOperation::kCreateSchema:
      txn.create_schema(in.text());
      return;
    case LogOperation::kDropSchema:
      txn.drop_schema(in.text());
      return;
    case LogOperation::kDropGraph: {
      const auto graph = take_id<GraphId>(in);
      require_graph(graph);
      txn.drop_graph(graph);
      return;
    }
    case LogOperation::kCopyGraph: {
      const auto from = take_id<GraphId>(in), to = take_id<GraphId>(in);
      require_graph(from);
      require_graph(to);
      txn.copy_graph(from, to);
      return;
    }
    case LogOperation::kBeginNodes:
      return begin_nodes(in);
    case LogOperation::kNodeRows:
      return node_rows(in);
    case LogOperation::kEndNodes:
      require(nodes.has_value(), "a table ends that has not begun");
      nodes->finish();
      nodes.reset();
      return;
    case LogOperation::kBeginEdges:
      return begin_edges(in);
    case LogOperation::kEdgeBlock:
      return edge_block(in);
    case LogOperation::kEndEdges:
      require(edges.has_value(), "a table ends that has not begun");
      edges->finish();
      edges.reset();
      gatherer.reset();
      return;
    case LogOperation::kPutSecurity: {
      catalog::SecurityEntry entry;
      entry.key = in.text();
      entry.value = in.text();
      txn.put_security(entry);
      return;
    }
    case LogOperation::kDropSecurity:
      txn.drop_security(std::string(in.text()));
      return;
  }
  does_not_fit(lsn, "operation " + std::to_string(static_cast<int>(operation)) + " is unknown");
}

LogApplier::LogApplier(GraphTransaction& txn, std::string temporary_directory,
                       std::uint64_t memory_bytes)
    : impl_(std::make_unique<Impl>(txn)) {
  impl_->options.temporary_directory = std::move(temporary_directory);
  impl_->options.memory_bytes = memory_bytes;
  impl_->lsn = txn.impl().writer().header.lsn;
  txn.impl().write->log.be_silent();
}

LogApplier::~LogApplier() = default;

void LogApplier::apply(const LogPart& part, std::int64_t commit_time) {
  Impl& impl = *impl_;
  WriteState& write = impl.txn.impl().writer();
  if (!impl.in_record) {
    if (part.header.lsn != impl.lsn + 1) {
      does_not_fit(part.header.lsn, "the database is at commit " + std::to_string(impl.lsn));
    }
    impl.lsn = part.header.lsn;
    impl.next_part = 0;
    impl.in_record = true;
    write.header.lsn = impl.lsn - 1;
    write.replayed_time = commit_time;
  }
  if (part.header.lsn != impl.lsn || part.header.part != impl.next_part) {
    does_not_fit(part.header.lsn, "its parts are not in order");
  }
  ++impl.next_part;
  storage::ByteReader in(part.operations);
  for (std::uint32_t i = 0; i < part.header.operations; ++i) impl.apply(in);
  if (!in.left().empty()) does_not_fit(impl.lsn, "something stands behind its last operation");
  if (!part.header.last()) return;
  impl.require(!impl.nodes && !impl.edges, "a table has not ended");
  impl.in_record = false;
  // A commit counts even where it left nothing behind.
  write.changed = true;
}

void LogApplier::commit() {
  impl_->require(!impl_->in_record, "its last part is missing");
  impl_->txn.commit();
}

}  // namespace geode::graph
