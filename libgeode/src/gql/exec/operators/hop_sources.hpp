#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/operators/edge_sides.hpp"
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
  std::uint64_t hop_count(NodeId from, bool backward) const override;
  const std::vector<EdgeSide>* plain_sides(bool backward) const override {
    return conditions_.empty() ? backward ? &backward_ : &forward_ : nullptr;
  }

 private:
  void filter(std::vector<Hop>& hops, std::size_t begin);

  std::vector<catalog::EdgeLabelId> labels_;
  plan::ExpandDirection direction_;
  std::vector<Evaluator> conditions_;
  std::vector<int> outer_columns_;
  std::vector<EdgeSide> forward_, backward_;
  const Batch* batch_ = nullptr;
  std::uint32_t row_ = 0;
  Batch inner_;
  std::vector<std::uint32_t> rows_, kept_;
};

/// Hops over a whole segment: the plan of each of its branches runs with the node it starts at.
class SegmentHops final : public HopSource {
 public:
  struct Part {
    std::size_t branch = 0;
    std::vector<value::EdgeRef> edges;
    std::vector<Value> inner;        ///< what the segment's exports are in this hop
    std::uint64_t bytes_so_far = 0;  ///< of this part and those before it
  };
  struct Branch {
    std::unique_ptr<Subplan> subplan;
    /// Columns of the row's batch; they and the start node are the subplan's argument.
    std::vector<int> outer_columns;
    // Columns of the subplan's result: the end node, the edges (or lists of them) in path order,
    // and for each export its value, or -1 where nobody reads it or the branch does not have it.
    int to_column = -1;
    std::vector<int> edge_columns, inner_columns;
    bound::PathSegment const* segment = nullptr;
    std::size_t index = 0;
    Batch start;
  };
  /// `reversed`: the subplans begin at the last node of the segment.
  SegmentHops(std::vector<Branch> branches, bool distinct, bool reversed);
  void open(ExecutionContext& context);
  void set_row(const Batch& batch, std::uint32_t row);
  void hops(NodeId from, bool backward, std::vector<Hop>& out) override;
  void edges(const Hop& hop, std::vector<value::EdgeRef>& out) const override;
  bool single_edges() const override { return false; }
  std::size_t mark() const override { return parts_.size(); }
  void forget(std::size_t mark) override;
  const Part& part(const Hop& hop) const { return parts_[hop.detail]; }

 private:
  void append(Branch& branch, NodeId from, std::vector<Hop>& out);
  /// Drops what an earlier branch has matched, too (GQL: path pattern union). What one branch
  /// matches several times alike stays: it comes from a multiset alternation within.
  void remove_duplicates(std::vector<Hop>& hops, std::size_t begin) const;

  std::vector<Branch> branches_;
  bool distinct_, reversed_;
  ExecutionContext* context_ = nullptr;
  const Batch* batch_ = nullptr;
  std::uint32_t row_ = 0;
  std::uint64_t held_bytes() const { return parts_.empty() ? 0 : parts_.back().bytes_so_far; }

  // There may be millions; a vector would hold them twice while it grows.
  std::deque<Part> parts_;
  base::MemoryCharge charge_;
};

}  // namespace geode::gql::exec
