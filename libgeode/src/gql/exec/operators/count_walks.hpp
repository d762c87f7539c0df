#pragma once

#include <optional>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// Counts the walks of a chain of single steps in one direction, without making them: each position
/// gets per-node sums from the next one (aggregate push-down through every hop).
///
/// With different edges, for at most three steps, the walks that use an edge twice are subtracted.
/// In v0 -> v1 -> v2 -> v3 two steps can share an edge only so: steps 1 and 2, or 2 and 3, are one
/// loop edge; steps 1 and 3 are one edge and step 2 leads back. All three intersections of these
/// sets are the walks that take one loop three times, T: |union| = |A12| + |A23| + |A13| - 2 |T|.
class CountWalksOperator final : public Operator {
 public:
  struct PositionMask {
    std::optional<catalog::LabelId> label;
    std::vector<Evaluator> conditions;
  };
  using Positions = std::vector<PositionMask>;
  /// `argument` gives one row, whose columns are not read.
  CountWalksOperator(OperatorPtr argument, catalog::GraphId graph, Positions positions,
                     std::vector<plan::CountWalks::Step> steps, bool different_edges);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  using Mask = std::vector<std::uint8_t>;
  void build_mask(PositionMask& position, Mask& mask);
  std::uint64_t count();
  std::uint64_t repeated_edges() const;
  /// Loops of labels that all of the steps take, at nodes that all masks take.
  std::vector<std::uint64_t> loops_of(std::initializer_list<std::size_t> steps) const;
  std::uint64_t edges_from(NodeId node, std::size_t step) const;
  std::uint64_t edges_into(NodeId node, std::size_t step) const;
  graph::Direction side(std::size_t step, bool forward) const;

  const catalog::GraphId graph_;
  Positions positions_;
  std::vector<plan::CountWalks::Step> steps_;
  bool different_edges_;
  std::vector<Mask> masks_;
  std::uint64_t limit_ = 0;
  bool done_ = false;
  Batch out_;
};

}  // namespace geode::gql::exec
