#include <algorithm>
#include <thread>

#include <geode/transaction.hpp>
#include "base/out_of_memory.hpp"
#include "base/running_limits.hpp"
#include "session/session_host.hpp"
#include "session/session_impl.hpp"

namespace geode {
inline namespace v1 {

using catalog::EdgeLabelId;
using catalog::LabelId;

struct Transaction::Impl {
  explicit Impl(std::shared_ptr<Database::Impl> of) : database(std::move(of)) {}

  std::shared_ptr<Database::Impl> database;
  std::unique_ptr<graph::GraphTransaction> graph;
  std::thread::id owner = std::this_thread::get_id();
  std::vector<std::string> savepoints;
  session::StatementCache statements{database->statements};
  std::shared_ptr<base::Interrupt> interrupt = std::make_shared<base::Interrupt>();
  gql::CatalogContext context;
  std::shared_ptr<const session::SessionContext> session_context;

  const std::shared_ptr<const session::SessionContext>& session() {
    if (!session_context) {
      auto made = std::make_shared<session::SessionContext>(database->context());
      made->interrupt = interrupt;
      made->host = std::make_shared<session::SessionHost>(database, std::weak_ptr<Session::Impl>());
      session_context = std::move(made);
    }
    return session_context;
  }
  /// Of one call, which is at work with the transaction.
  class Call {
   public:
    explicit Call(graph::GraphTransaction& graph) : graph_(graph), use_(graph) {}
    graph::GraphTransaction& operator*() const { return graph_; }
    graph::GraphTransaction* operator->() const { return &graph_; }

   private:
    graph::GraphTransaction& graph_;
    graph::GraphTransaction::Use use_;
  };
  Call use() const { return Call(open()); }
  graph::GraphTransaction& open() const {
    if (!graph) throw Error(status::kInvalidTransactionState, "the transaction has ended");
    if (graph->writable() && owner != std::this_thread::get_id()) {
      throw Error(status::kInvalidTransactionState,
                  "a writing transaction belongs to the thread that began it");
    }
    return *graph;
  }
  graph::GraphTransaction& write() const {
    graph::GraphTransaction& used = open();
    if (!used.writable())
      throw Error(status::kReadOnlyTransaction, "the transaction is a snapshot: it cannot write");
    return used;
  }
  graph::Properties intern(const PropertyList& properties) const {
    graph::Properties out;
    for (const auto& [name, value] : properties)
      out.emplace_back(graph->intern_property_key(name), value);
    return out;
  }
  std::vector<EdgeLabelId> edge_labels(std::string_view name) const {
    std::vector<EdgeLabelId> labels;
    const catalog::Catalog& catalog = graph->catalog();
    if (!name.empty()) {
      const auto directed = catalog.find_edge_label(context.graph, name);
      if (!directed) return labels;
      labels.push_back(*directed);
      if (const auto undirected = catalog.undirected_label(*directed))
        labels.push_back(*undirected);
      return labels;
    }
    const auto all = catalog.edge_labels(context.graph);
    labels.assign(all.begin(), all.end());
    return labels;
  }
};

Transaction Database::begin_read() try {
  auto impl = std::make_unique<Transaction::Impl>(impl_);
  impl->graph = graph::GraphTransaction::begin_read(impl_->environment);
  impl->graph->rest();
  return Transaction(std::move(impl));
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

Transaction Database::begin_write() try {
  if (impl_->options.read_only)
    throw Error(status::kReadOnlyTransaction, "the database was opened read-only");
  auto impl = std::make_unique<Transaction::Impl>(impl_);
  impl->graph =
      graph::GraphTransaction::begin_write(impl_->environment, impl_->options.lock_timeout.count());
  return Transaction(std::move(impl));
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

Transaction::Transaction(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

void Transaction::use_graph(std::string_view path) try {
  const GraphReference graph{std::string(path), kNoGraph};
  impl_->context.graph = gql::referenced_graph(graph, impl_->use()->catalog(), {}).id;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

bool Transaction::read_only() const { return !impl_->open().writable(); }

NodeId Transaction::insert_node(const std::vector<std::string>& labels,
                                const PropertyList& properties) try {
  graph::GraphTransaction& graph = impl_->write();
  std::vector<LabelId> ids;
  const catalog::GraphId of = impl_->context.graph;
  for (const std::string& label : labels) ids.push_back(graph.intern_label(of, label));
  return graph.insert_node(of, ids, impl_->intern(properties));
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

EdgeId Transaction::insert_edge(NodeId source, NodeId target, std::string_view label,
                                const PropertyList& properties, bool directed) try {
  graph::GraphTransaction& graph = impl_->write();
  const EdgeLabelId id = graph.intern_edge_label(impl_->context.graph, label, directed);
  return graph.insert_edge(source, target, id, impl_->intern(properties)).id;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

bool Transaction::set_property(NodeId node, std::string_view key, const Value& value) try {
  graph::GraphTransaction& graph = impl_->write();
  return graph.set_node_property(node, graph.intern_property_key(key), value);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

bool Transaction::set_property(EdgeId edge, std::string_view key, const Value& value) try {
  graph::GraphTransaction& graph = impl_->write();
  return graph.set_edge_property(edge, graph.intern_property_key(key), value);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

bool Transaction::add_label(NodeId node, std::string_view label) try {
  return impl_->write().add_label(node, label);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

bool Transaction::remove_label(NodeId node, std::string_view label) try {
  return impl_->write().remove_label(node, label);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

bool Transaction::delete_node(NodeId node, bool detach) try {
  graph::GraphTransaction& graph = impl_->write();
  if (!detach && graph.node_exists(node) && graph.has_edges(node)) {
    throw Error(status::kEdgesStillConnected, "the node still has edges")
        .hint("delete them first, or detach the node");
  }
  return graph.delete_node(node, detach);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

bool Transaction::delete_edge(EdgeId edge) try {
  graph::GraphTransaction& graph = impl_->write();
  auto found = graph.find_edge(edge);
  return found && graph.delete_edge(*found);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

bool Transaction::exists(NodeId node) const try {
  return impl_->use()->node_exists(node);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

Node Transaction::node(NodeId id) const try {
  const auto call = impl_->use();
  graph::GraphTransaction& graph = *call;
  if (!graph.node_exists(id))
    throw Error(status::kElementDeleted, "there is no node with id " + std::to_string(raw(id)));
  return graph.resolve_node(id).as_node();
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

std::optional<Edge> Transaction::edge(EdgeId id) const try {
  const auto call = impl_->use();
  graph::GraphTransaction& graph = *call;
  auto found = graph.find_edge(id);
  if (!found) return std::nullopt;
  return graph.resolve_edge(*found).as_edge();
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

Value Transaction::property(NodeId node, std::string_view key) const try {
  const auto call = impl_->use();
  graph::GraphTransaction& graph = *call;
  auto id = graph.catalog().find_property_key(key);
  return id ? graph.node_column(*id).get(raw(node)) : Value();
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

Value Transaction::property(EdgeId edge, std::string_view key) const try {
  const auto call = impl_->use();
  graph::GraphTransaction& graph = *call;
  auto id = graph.catalog().find_property_key(key);
  return id ? graph.edge_column(EdgeLabelId{edge_label_of(edge)}, *id).get(edge_number_of(edge))
            : Value();
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

std::uint64_t Transaction::count_nodes(std::string_view label) const try {
  const auto call = impl_->use();
  graph::GraphTransaction& graph = *call;
  if (label.empty()) return graph.node_count(impl_->context.graph);
  auto id = graph.catalog().find_label(impl_->context.graph, label);
  return id ? graph.node_count(*id) : 0;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

std::uint64_t Transaction::count_edges(std::string_view label) const try {
  const auto call = impl_->use();
  graph::GraphTransaction& graph = *call;
  if (label.empty()) return graph.edge_count(impl_->context.graph);
  auto id = graph.catalog().find_edge_label(impl_->context.graph, label);
  return id ? graph.named_edge_count(*id) : 0;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

std::vector<NodeId> Transaction::find_nodes(std::string_view label, std::string_view key,
                                            const Value& value) const try {
  const auto call = impl_->use();
  graph::GraphTransaction& graph = *call;
  std::vector<NodeId> found;
  auto label_id = graph.catalog().find_label(impl_->context.graph, label);
  auto key_id = graph.catalog().find_property_key(key);
  if (!label_id || !key_id || value.is_null()) return found;
  for (const catalog::IndexDefinition& index : graph.catalog().indexes()) {
    if (index.label != *label_id || index.keys.size() != 1 || index.keys[0] != *key_id) continue;
    graph.seek_equal(index.id, {&value, 1}, found);
    return found;
  }
  const graph::Column& column = graph.node_column(*key_id);
  for_each_node(label, [&](NodeId node) {
    if (column.get(raw(node)) == value) found.push_back(node);
    return true;
  });
  return found;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

void Transaction::for_each_node(std::string_view label,
                                const std::function<bool(NodeId)>& visit) const try {
  const auto call = impl_->use();
  graph::GraphTransaction& graph = *call;
  std::optional<LabelId> id;
  if (!label.empty()) {
    id = graph.catalog().find_label(impl_->context.graph, label);
    if (!id) return;
  }
  std::vector<NodeId> nodes(value::kBatchRows);
  for (NodeId from{0};;) {
    std::uint32_t count =
        id ? graph.scan_nodes(*id, from, nodes.data(), value::kBatchRows)
           : graph.scan_nodes(impl_->context.graph, from, nodes.data(), value::kBatchRows);
    if (count == 0) return;
    from = NodeId{raw(nodes[count - 1]) + 1};
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!visit(nodes[i])) return;
    }
  }
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

void Transaction::for_each_neighbour(NodeId node, EdgeDirection direction, std::string_view label,
                                     const std::function<bool(const Neighbour&)>& visit) const try {
  const auto call = impl_->use();
  graph::GraphTransaction& graph = *call;
  for (EdgeLabelId edge_label : impl_->edge_labels(label)) {
    const bool either =
        direction == EdgeDirection::kBoth || !graph.catalog().is_directed(edge_label);
    for (bool outgoing : {true, false}) {
      if (!either && direction == (outgoing ? EdgeDirection::kIn : EdgeDirection::kOut)) continue;
      graph::Neighbours list =
          graph.adjacency(edge_label, outgoing ? graph::Direction::kOut : graph::Direction::kIn)
              .neighbours(node);
      for (std::uint32_t i = 0; i < list.size; ++i) {
        NodeId other{list.nodes[i]};
        if (!outgoing && either && other == node) continue;
        EdgeId edge = make_edge_id(static_cast<std::uint32_t>(edge_label), list.edge_number(i));
        if (!visit({edge, other, outgoing})) return;
      }
    }
  }
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

Result Transaction::execute(std::string_view text, const Parameters& parameters,
                            const StatementOptions& options) try {
  const auto call = impl_->use();
  graph::GraphTransaction& graph = *call;
  impl_->interrupt->reset();
  if (options.timeout.count() > 0) impl_->interrupt->set_timeout(options.timeout);
  // What is done before the plan runs has the limits of the statement, too.
  base::MemoryBudget memory(impl_->database->memory_limit(options));
  const base::RunningLimits limits(impl_->interrupt.get(), &memory);
  std::shared_ptr<session::CachedStatement> statement = impl_->statements.get(text);
  if (!std::holds_alternative<gql::ast::Query>(statement->statement.node)) {
    throw Error(status::kInvalidTransactionState,
                "only queries and updates run in a transaction of the graph API");
  }
  if (statement->modifies) impl_->write();
  session::RunSettings settings;
  settings.session = impl_->session();
  settings.begin = std::chrono::steady_clock::now();
  settings.memory_limit_bytes = impl_->database->memory_limit(options);
  if (graph.writable()) graph.begin_savepoint();
  try {
    impl_->context.graph_parameters = session::graph_parameters(parameters);
    auto plan = session::plan_for(*statement, graph, statement->modifies, *impl_->database,
                                  *impl_->interrupt, impl_->context);
    auto result = session::run_to_end(plan, graph, parameters, settings);
    if (graph.writable()) {
      graph.check_statement_end();
      graph.release_savepoint();
      result->summary.counters = session::counters_of(graph.changes());
    }
    return Result(std::move(result));
  } catch (...) {
    if (graph.writable()) graph.rollback_savepoint();
    throw;
  }
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

void Transaction::savepoint(std::string name) try {
  impl_->write().begin_savepoint();
  impl_->savepoints.push_back(std::move(name));
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

void Transaction::rollback_to(std::string_view name) try {
  graph::GraphTransaction& graph = impl_->write();
  auto found = std::find(impl_->savepoints.rbegin(), impl_->savepoints.rend(), name);
  if (found == impl_->savepoints.rend()) {
    throw Error(status::kUnknownSavepoint, "there is no savepoint `" + std::string(name) + "`");
  }
  std::size_t later = static_cast<std::size_t>(found - impl_->savepoints.rbegin());
  for (std::size_t i = 0; i <= later; ++i) graph.rollback_savepoint();
  graph.begin_savepoint();
  impl_->savepoints.resize(impl_->savepoints.size() - later);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

void Transaction::release(std::string_view name) try {
  graph::GraphTransaction& graph = impl_->write();
  auto found = std::find(impl_->savepoints.rbegin(), impl_->savepoints.rend(), name);
  if (found == impl_->savepoints.rend()) {
    throw Error(status::kUnknownSavepoint, "there is no savepoint `" + std::string(name) + "`");
  }
  std::size_t count = static_cast<std::size_t>(found - impl_->savepoints.rbegin()) + 1;
  for (std::size_t i = 0; i < count; ++i) graph.release_savepoint();
  impl_->savepoints.resize(impl_->savepoints.size() - count);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

void Transaction::commit() try {
  graph::GraphTransaction& graph = impl_->open();
  if (graph.writable()) {
    graph.check_statement_end();
    graph.commit();
    impl_->graph.reset();
    impl_->database->writer.committed();
  }
  impl_->graph.reset();
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

void Transaction::rollback() try {
  if (!impl_->graph) return;
  if (impl_->open().writable()) impl_->graph->rollback();
  impl_->graph.reset();
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

}  // namespace v1
}  // namespace geode
