#pragma once

#include <memory>

#include "gql/plan/planner.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::optimize {

/// Rewrites plans of one statement by an ordered list of rules; every rule keeps the bag of rows of
/// the plan. Switched off it changes nothing and follows patterns in the order of the text.
class Optimizer {
 public:
  /// New variables are numbered from `next_variable` on.
  Optimizer(const graph::GraphTransaction& graph, bool enabled, std::uint32_t& next_variable,
            const base::Interrupt& interrupt);
  ~Optimizer();

  const plan::PatternOrder& pattern_order() const { return *order_; }
  void rewrite(plan::LogicalOp& root) const;

 private:
  const graph::GraphTransaction& graph_;
  bool enabled_;
  std::uint32_t& next_variable_;
  const base::Interrupt& interrupt_;
  std::unique_ptr<plan::PatternOrder> order_;
};

}  // namespace geode::gql::optimize
