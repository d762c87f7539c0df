#pragma once

#include "gql/plan/planner.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::optimize {

/// Orders the steps of patterns by estimated rows: counts of labels and edges, degrees by label,
/// distinct values, indexes.
class StatisticsOrder final : public plan::PatternOrder {
 public:
  explicit StatisticsOrder(const graph::GraphTransaction& graph) : graph_(graph) {}
  double start_rows(const bound::GraphPattern& pattern, std::uint32_t node) const override;
  double expand_factor(const bound::GraphPattern& pattern, std::uint32_t edge, bool from_left,
                       bool into) const override;
  bool seekable(const bound::GraphPattern& pattern, std::uint32_t node,
                const std::vector<bound::VariableId>& bound) const override;

 private:
  double label_rows(const bound::PatternNode& node) const;
  /// Part of the nodes of a label that the conditions on the node alone let through.
  double selectivity(const bound::GraphPattern& pattern, const bound::PatternNode& node) const;
  double degree(const bound::PatternEdge& edge, const bound::PatternNode& from,
                bool from_left) const;
  const graph::GraphTransaction& graph_;
};

}  // namespace geode::gql::optimize
