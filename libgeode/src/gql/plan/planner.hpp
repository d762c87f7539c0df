#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/interrupt.hpp"
#include "gql/bind/bound/statement.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::plan {

/// What the steps of one graph pattern cost. It lives no longer than the pattern.
class PatternCosts {
 public:
  virtual ~PatternCosts() = default;
  /// Estimated rows of starting at this node alone, with the conditions that read only it.
  virtual double start_rows(std::uint32_t node) const = 0;
  /// What the whole pattern costs when it is begun there, in rows, those that a scan passes over
  /// included. To compare starts with.
  virtual double start_cost(std::uint32_t node) const = 0;
  /// Estimated part of the nodes that the conditions on this one alone let through.
  virtual double kept(std::uint32_t node) const = 0;
  /// Estimated factor of rows when this edge is followed from the given end, once those edges have
  /// been that `followed` says.
  virtual double expand_factor(std::uint32_t edge, bool from_left, bool into,
                               const std::vector<bool>& followed) const = 0;
  /// True when an index finds this node by an equality with variables that `is_bound` says are
  /// there.
  virtual bool seekable(std::uint32_t node,
                        const std::function<bool(VariableId)>& is_bound) const = 0;
};

/// What the planner asks when a pattern offers several ways to go.
class PatternOrder {
 public:
  virtual ~PatternOrder() = default;
  virtual std::unique_ptr<PatternCosts> study(const bound::GraphPattern& pattern) const = 0;
};

/// Starts at the first node written and follows edges in their order.
class TextOrder final : public PatternOrder {
 public:
  std::unique_ptr<PatternCosts> study(const bound::GraphPattern&) const override;
};

/// A plan and what must outlive it.
struct LogicalPlan {
  LogicalOpPtr root;
  std::vector<std::pair<std::string, VariableId>> columns;
  bool returns = false;
  std::uint32_t variable_count = 0;
};

/// Turns a bound query into operators. `outer` are the variables of the rows handed in (imports of
/// a subquery). `program.variables` grows by the planner's own variables.
LogicalPlan plan_query(const bound::Query& query, const std::vector<VariableId>& outer,
                       const PatternOrder& order, std::uint32_t& next_variable,
                       const base::Interrupt& interrupt);

class Planner {
 public:
  /// Planning stops when `interrupt` says so.
  Planner(const PatternOrder& order, std::uint32_t& next_variable, const base::Interrupt& interrupt)
      : order_(order), next_variable_(next_variable), interrupt_(interrupt) {}

  LogicalOpPtr plan_linear(const bound::LinearQuery& linear, LogicalOpPtr input);
  LogicalOpPtr plan_composite(const bound::CompositeQuery& composite, LogicalOpPtr input);
  LogicalOpPtr plan_query(const bound::Query& query, LogicalOpPtr input);
  LogicalOpPtr plan_clause(const bound::Clause& clause, LogicalOpPtr input);
  LogicalOpPtr plan_match(const bound::Match& match, LogicalOpPtr input);
  LogicalOpPtr plan_pattern(const bound::GraphPattern& pattern, LogicalOpPtr input);
  /// One repetition of a part of a path.
  LogicalOpPtr plan_branch(const bound::PathBranch& branch, ast::MatchMode mode,
                           LogicalOpPtr input);
  VariableId new_variable() { return VariableId{next_variable_++}; }

 private:
  LogicalOpPtr plan_project(const bound::Project& project, LogicalOpPtr input);
  /// Gives the variables from outside that an aggregation (or DISTINCT) dropped, and that some of
  /// the expressions read, back.
  /// The row from outside is joined on when variables of it are wanted that `input` dropped.
  LogicalOpPtr with_outer(std::span<const VariableId> wanted, LogicalOpPtr input);
  LogicalOpPtr restore_outer(std::span<const ExpressionPtr* const> readers, LogicalOpPtr input);
  LogicalOpPtr plan_optional(std::vector<VariableId> introduces, LogicalOpPtr input,
                             LogicalOpPtr inner);
  const PatternOrder& order_;
  std::uint32_t& next_variable_;
  const base::Interrupt& interrupt_;
  /// What the query being planned reads from outside.
  std::vector<VariableId> outer_;
  std::size_t carried_ = 0;  ///< columns that the patterns planned so far hand on
};

LogicalOpPtr argument_of(const std::vector<VariableId>& outputs);

}  // namespace geode::gql::plan
