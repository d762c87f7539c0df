#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/operators/row_expander.hpp"

namespace geode::gql::exec {

/// All nodes of a graph, or those with a label, for each input row.
class NodeScanOperator final : public Operator {
 public:
  NodeScanOperator(OperatorPtr input, ColumnSources sources, int node_column,
                   catalog::GraphId graph, std::optional<catalog::LabelId> label, bool empty,
                   bool by_morsels);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  Batch* next_of_morsels();
  std::uint32_t scan(NodeId from, NodeId* to, std::uint32_t capacity) const {
    return label_ ? context_->graph->scan_nodes(*label_, from, to, capacity)
                  : context_->graph->scan_nodes(graph_, from, to, capacity);
  }

  RowExpander out_;
  int node_column_;
  value::Vector unread_;  ///< the nodes, when nobody reads that column
  catalog::GraphId graph_;
  std::optional<catalog::LabelId> label_;
  bool empty_;
  bool by_morsels_;  ///< where the run has them, this scan takes the nodes of its morsels alone
  Batch* in_ = nullptr;
  std::size_t position_ = 0;
  NodeId from_{}, end_{};
};

/// The nodes an index gives for the keys of each input row.
class IndexSeekOperator final : public Operator {
 public:
  struct Bounds {
    std::vector<Evaluator> equal;
    std::optional<Evaluator> among, low, high;
    bool low_inclusive = true, high_inclusive = true;
    catalog::LabelId label{};
  };
  IndexSeekOperator(OperatorPtr input, ColumnSources sources, int node_column,
                    catalog::IndexId index, Bounds bounds);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  void seek(std::uint32_t row);
  void seek_among(const Value& list);
  RowExpander out_;
  int node_column_;
  value::Vector unread_;  ///< the nodes, when nobody reads that column
  catalog::IndexId index_;
  Bounds bounds_;
  Batch* in_ = nullptr;
  std::size_t position_ = 0;
  std::vector<NodeId> found_;
  std::size_t found_position_ = 0;
  std::vector<Value> keys_;
};

}  // namespace geode::gql::exec
