#include "graph/bulk_load.hpp"

#include <filesystem>
#include <optional>

#include <geode/error.hpp>
#include "graph/bulk_edges.hpp"
#include "graph/bulk_nodes.hpp"

namespace geode::graph {
namespace {

std::string directory_beside(const storage::Environment& environment) {
  if (environment.in_memory()) return std::filesystem::temp_directory_path().string();
  const std::filesystem::path parent = std::filesystem::path(environment.path()).parent_path();
  return parent.empty() ? "." : parent.string();
}

}  // namespace

struct BulkLoader::Impl {
  BulkLoadOptions options;
  std::unique_ptr<GraphTransaction> txn;
  GraphId graph = catalog::kHomeGraph;
  std::optional<BulkNodes> nodes;
  std::optional<BulkEdges> edges;

  void require_between_tables() const {
    if (nodes || edges) {
      throw Error(status::kInternal, "a table of the bulk load has not been ended");
    }
  }
};

BulkLoader::BulkLoader(std::shared_ptr<storage::Environment> environment, BulkLoadOptions options)
    : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
  if (impl_->options.temporary_directory.empty()) {
    impl_->options.temporary_directory = directory_beside(*environment);
  }
  impl_->txn = GraphTransaction::begin_load(std::move(environment), impl_->options.lock_timeout_ms,
                                            impl_->options.expected_bytes);
}

BulkLoader::~BulkLoader() = default;

void BulkLoader::use_graph(GraphId graph) {
  impl_->require_between_tables();
  impl_->graph = graph;
}

NodeId BulkLoader::begin_nodes(std::span<const std::string> labels,
                               std::span<const std::string> keys) {
  impl_->require_between_tables();
  impl_->nodes.emplace(*impl_->txn, impl_->graph, labels, keys, impl_->options.memory_bytes / 2);
  return impl_->nodes->first();
}

void BulkLoader::add_nodes(std::span<const value::Vector> columns, std::uint32_t rows) {
  if (impl_->options.poll) impl_->options.poll();
  impl_->nodes.value().add(columns, rows);
}

void BulkLoader::end_nodes() {
  impl_->nodes.value().finish();
  impl_->nodes.reset();
}

void BulkLoader::begin_edges(std::string_view label, std::span<const std::string> keys) {
  impl_->require_between_tables();
  impl_->edges.emplace(*impl_->txn, impl_->graph, label, keys, impl_->options);
}

void BulkLoader::add_edges(const NodeId* sources, const NodeId* targets,
                           std::span<const value::Vector> columns, std::uint32_t rows) {
  if (impl_->options.poll) impl_->options.poll();
  impl_->edges.value().add(sources, targets, columns, rows);
}

bool BulkLoader::edges_are_checked() const { return impl_->edges.value().checked(); }

EdgeGatherer BulkLoader::edge_gatherer() const { return impl_->edges.value().gatherer(); }

void BulkLoader::add_edges(EdgeBlock block) {
  if (impl_->options.poll) impl_->options.poll();
  impl_->edges.value().add(std::move(block));
}

void BulkLoader::end_edges() {
  impl_->edges.value().finish();
  impl_->edges.reset();
}

void BulkLoader::finish() {
  impl_->require_between_tables();
  impl_->txn->commit();
}

GraphTransaction& BulkLoader::transaction() { return *impl_->txn; }

}  // namespace geode::graph
