#pragma once

#include <memory>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/path_search.hpp"
#include "gql/exec/subplan.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// Hops along single edges, with conditions on each.
class EdgeHops final : public HopSource {
 public:
  /// The conditions read the columns of an inner batch: `outer_columns` of the row's batch, then
  /// the edge.
  EdgeHops(std::vector<catalog::EdgeLabelId> labels, plan::ExpandDirection direction,
           std::vector<Evaluator> conditions, std::vector<int> outer_columns);
  void open(ExecutionContext& context);
  void set_row(const Batch& batch, std::uint32_t row);
  void hops(NodeId from, bool backward, std::vector<Hop>& out) override;

 private:
  void append(const graph::Adjacency& adjacency, NodeId from, bool out_side, bool skip_loops,
              std::vector<Hop>& out) const;
  void filter(std::vector<Hop>& hops, std::size_t begin);

  std::vector<catalog::EdgeLabelId> labels_;
  plan::ExpandDirection direction_;
  std::vector<Evaluator> conditions_;
  std::vector<int> outer_columns_;
  std::vector<std::pair<const graph::Adjacency*, const graph::Adjacency*>> adjacency_;  // out, in
  const Batch* batch_ = nullptr;
  std::uint32_t row_ = 0;
  Batch inner_;
  std::vector<std::uint32_t> rows_, kept_;
};

/// Hops over a whole segment: its plan runs with the node it starts at.
class SegmentHops final : public HopSource {
 public:
  struct Part {
    std::vector<value::EdgeRef> edges;
    std::vector<Value> inner;  ///< values of the segment's group variables for this repetition
  };
  /// The subplan's argument: outer columns, then the start node. Result columns: the end node, the
  /// edges in order, the inner variables.
  SegmentHops(std::unique_ptr<Subplan> subplan, std::vector<int> outer_columns, int to_column,
              std::vector<int> edge_columns, std::vector<int> inner_columns, bool reversed);
  void open(ExecutionContext& context);
  void set_row(const Batch& batch, std::uint32_t row);
  void hops(NodeId from, bool backward, std::vector<Hop>& out) override;
  void edges(const Hop& hop, std::vector<value::EdgeRef>& out) const override;
  bool single_edges() const override { return false; }
  const Part& part(const Hop& hop) const { return parts_[hop.detail]; }

 private:
  std::unique_ptr<Subplan> subplan_;
  std::vector<int> outer_columns_;
  int to_column_;
  std::vector<int> edge_columns_, inner_columns_;
  bool reversed_;
  ExecutionContext* context_ = nullptr;
  const Batch* batch_ = nullptr;
  std::uint32_t row_ = 0;
  Batch start_;
  std::vector<Part> parts_;
};

}  // namespace geode::gql::exec
