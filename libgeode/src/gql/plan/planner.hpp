#pragma once

#include <memory>
#include <vector>

#include "gql/bind/bound/statement.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::plan {

/// What the planner asks when a pattern offers several ways to go. The default is the order of the
/// text.
class PatternOrder {
 public:
  virtual ~PatternOrder() = default;
  /// Estimated rows of starting at this node alone, with the conditions that read only it.
  virtual double start_rows(const bound::GraphPattern& pattern, std::uint32_t node) const = 0;
  /// Estimated factor of rows when this edge is followed from the given end.
  virtual double expand_factor(const bound::GraphPattern& pattern, std::uint32_t edge,
                               bool from_left, bool into) const = 0;
  /// True when an index finds this node by an equality with variables in `bound`.
  virtual bool seekable(const bound::GraphPattern& pattern, std::uint32_t node,
                        const std::vector<VariableId>& bound) const = 0;
};

/// Starts at the first node written and follows edges in their order.
class TextOrder final : public PatternOrder {
 public:
  double start_rows(const bound::GraphPattern&, std::uint32_t node) const override { return node; }
  double expand_factor(const bound::GraphPattern&, std::uint32_t edge, bool, bool) const override {
    return edge;
  }
  bool seekable(const bound::GraphPattern&, std::uint32_t,
                const std::vector<VariableId>&) const override {
    return false;
  }
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
                       const PatternOrder& order, std::uint32_t& next_variable);

class Planner {
 public:
  Planner(const PatternOrder& order, std::uint32_t& next_variable)
      : order_(order), next_variable_(next_variable) {}

  LogicalOpPtr plan_linear(const bound::LinearQuery& linear, LogicalOpPtr input);
  LogicalOpPtr plan_composite(const bound::CompositeQuery& composite, LogicalOpPtr input);
  LogicalOpPtr plan_query(const bound::Query& query, LogicalOpPtr input);
  LogicalOpPtr plan_clause(const bound::Clause& clause, LogicalOpPtr input);
  /// plan_pattern.cpp
  LogicalOpPtr plan_match(const bound::Match& match, LogicalOpPtr input);
  LogicalOpPtr plan_pattern(const bound::GraphPattern& pattern, LogicalOpPtr input);
  VariableId new_variable() { return VariableId{next_variable_++}; }

 private:
  LogicalOpPtr plan_project(const bound::Project& project, LogicalOpPtr input);
  /// Gives the variables from outside that an aggregation dropped, and that `project` reads, back.
  LogicalOpPtr restore_outer(const bound::Project& project, LogicalOpPtr input);
  LogicalOpPtr plan_optional(std::vector<VariableId> introduces, LogicalOpPtr input,
                             LogicalOpPtr inner);
  const PatternOrder& order_;
  std::uint32_t& next_variable_;
  /// What the query being planned reads from outside.
  std::vector<VariableId> outer_;
};

LogicalOpPtr argument_of(const std::vector<VariableId>& outputs);

}  // namespace geode::gql::plan
