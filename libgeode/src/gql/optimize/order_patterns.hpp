#pragma once

#include "gql/plan/planner.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::optimize {

/// Orders the steps of patterns by estimated rows: counts of labels and edges, degrees by label,
/// distinct values, indexes.
class StatisticsOrder final : public plan::PatternOrder {
 public:
  explicit StatisticsOrder(const graph::GraphTransaction& graph) : graph_(graph) {}
  std::unique_ptr<plan::PatternCosts> study(const bound::GraphPattern& pattern) const override;

 private:
  const graph::GraphTransaction& graph_;
};

}  // namespace geode::gql::optimize
