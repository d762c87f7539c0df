#pragma once

#include <cstdint>
#include <vector>

#include <geode/value.hpp>
#include "base/interrupt.hpp"
#include "base/memory_budget.hpp"
#include "gql/bind/bound/statement.hpp"
#include "gql/function/registry.hpp"
#include "gql/procedure/registry.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::exec {

/// What functions of the language read of a graph, over one transaction.
class TransactionGraphAccess final : public GraphAccess {
 public:
  explicit TransactionGraphAccess(graph::GraphTransaction& graph) : graph_(graph) {}
  List labels(NodeId node) const override;
  std::uint64_t label_set(NodeId node) const override;
  std::string edge_label(EdgeId edge) const override;
  bool is_directed(EdgeId edge) const override;
  Record node_properties(NodeId node) const override;
  Record edge_properties(const Edge& edge) const override;
  Value node_property(NodeId node, std::string_view key) const override;
  Value edge_property(const Edge& edge, std::string_view key) const override;
  bool node_exists(NodeId node) const override;
  std::uint64_t degree(NodeId node, bool out, bool in) const override;

 private:
  graph::GraphTransaction& graph_;
};

class Morsels;
class ParallelRun;
class SpillSpace;

/// What one run of a plan needs from outside. Lives as long as the run.
struct ExecutionContext {
  graph::GraphTransaction* graph = nullptr;
  /// By position in bound::Program::parameters.
  std::vector<Value> parameters;
  FunctionContext functions;
  ProcedureContext procedures;
  base::Interrupt* interrupt = nullptr;
  base::MemoryBudget* memory = nullptr;
  /// Where operators put rows that they cannot hold; null: nowhere.
  SpillSpace* spill = nullptr;
  /// Threads that may help; null: none.
  ParallelRun* parallel = nullptr;
  /// Of one of several equal pipelines: which nodes it scans, and the number of the range that it
  /// scans now.
  Morsels* morsels = nullptr;
  std::uint64_t morsel = 0;
  /// Warnings that only a run can give; null: nobody listens.
  std::vector<bound::Warning>* warnings = nullptr;
  bool profile = false;
};

/// A value as it leaves the engine: nodes and edges with their labels and properties, in lists,
/// records and paths too.
Value resolve(const Value& value, const graph::GraphTransaction& graph);

}  // namespace geode::gql::exec
