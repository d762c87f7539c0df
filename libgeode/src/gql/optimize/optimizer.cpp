#include "gql/optimize/optimizer.hpp"

#include "base/neutral_plans.hpp"
#include "gql/optimize/choose_scan.hpp"
#include "gql/optimize/count_edges.hpp"
#include "gql/optimize/count_present.hpp"
#include "gql/optimize/count_walks.hpp"
#include "gql/optimize/distinct_reach.hpp"
#include "gql/optimize/exists_steps.hpp"
#include "gql/optimize/inline_projections.hpp"
#include "gql/optimize/intersect_cycles.hpp"
#include "gql/optimize/join_matches.hpp"
#include "gql/optimize/label_scans.hpp"
#include "gql/optimize/label_steps.hpp"
#include "gql/optimize/late_columns.hpp"
#include "gql/optimize/limit_sort.hpp"
#include "gql/optimize/order_patterns.hpp"
#include "gql/optimize/prune_columns.hpp"
#include "gql/optimize/push_filter_down.hpp"
#include "gql/optimize/unroll_quantified.hpp"

namespace geode::gql::optimize {

Optimizer::Optimizer(const graph::GraphTransaction& graph, bool enabled,
                     std::uint32_t& next_variable, const base::Interrupt& interrupt)
    : graph_(graph), enabled_(enabled), next_variable_(next_variable), interrupt_(interrupt) {
  if (enabled) {
    order_ = std::make_unique<StatisticsOrder>(graph);
  } else {
    order_ = std::make_unique<plan::TextOrder>();
  }
}

Optimizer::~Optimizer() = default;

void Optimizer::rewrite(plan::LogicalOp& root) const {
  if (!enabled_) return;
  interrupt_.check();
  const bound::VariableId first_unrolled{next_variable_};
  unroll_quantified(root, next_variable_);  // first: all other rules look for single steps
  push_filter_down(
      root);  // conditions of later clauses reach the scans that the next rules look at
  interrupt_.check();
  inline_projections(root);  // the rules below look for steps, and see through nothing
  join_matches(root, *order_, first_unrolled, next_variable_,
               interrupt_);  // before anything depends on where a pattern starts
  inline_projections(root);  // again: what it plans anew is below a choice of columns
  interrupt_.check();
  choose_scan(root, graph_);  // needs filters directly above their scans
  interrupt_.check();
  // Rules that ask which labels there are, and how many, are not for neutral plans.
  const bool neutral = base::NeutralPlans::on();
  if (!neutral) {
    // Whole chains of expands, while no other rule has taken one of them apart.
    count_walks(root, graph_);
    interrupt_.check();
    aggregate_at_node(root, graph_, next_variable_);  // the same for the patterns of groups
    interrupt_.check();
    count_present(root, graph_);  // before the rules that count what is not read
  }
  exists_steps(root, next_variable_);  // what is left of EXISTS; a step of it may close a cycle
  intersect_cycles(root);              // an expand and the one that closes its triangle
  interrupt_.check();
  if (!neutral) {
    count_last_edges(root, graph_.catalog(),
                     next_variable_);     // steps that are left, and close nothing
    label_steps(root, graph_.catalog());  // after the rules that look for filters
    label_scans(root, graph_);            // after the rules that look for a scan below a pattern
  }
  interrupt_.check();
  limit_sort(root);
  late_columns(root);  // wants sorts that know their limit
  interrupt_.check();
  prune_columns(root);   // after the rules that need to see which columns there are
  distinct_reach(root);  // wants paths whose list of edges nobody reads: pruning says which
}

}  // namespace geode::gql::optimize
