#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/interrupt.hpp"
#include "gql/plan/planner.hpp"

namespace geode::gql::plan {

/// The work of planning one graph pattern, step by step: a start, then the cheapest edge that leads
/// on, each condition as soon as its variables are there. Every bookkeeping is kept up to date with
/// the step at hand instead of being searched for, so that the time is about linear in the number
/// of edges.
///
/// plan_pattern.cpp has the course of it, plan_edge.cpp the steps along edges, plan_path.cpp what
/// concerns whole paths.
class PatternPlanner {
 public:
  PatternPlanner(const PatternOrder& order, const bound::GraphPattern& pattern, ast::MatchMode mode,
                 LogicalOpPtr plan, const base::Interrupt& interrupt);
  LogicalOpPtr run();

 private:
  struct Step {
    double cost = 0;
    int turns = 0;  ///< see turns_in_cycles
    std::uint32_t edge = 0;
    bool from_right = false;
    bool into = false;
    bool operator<(const Step& other) const {
      return std::tie(cost, turns, edge, from_right) <
             std::tie(other.cost, other.turns, other.edge, other.from_right);
    }
  };
  /// A part of the plan that is not joined with the rest yet.
  using Part = std::uint32_t;
  static constexpr Part kNowhere = 0;

  // ---- what is there (plan_pattern.cpp)
  Part part_of(bound::VariableId variable) const;
  bool here(bound::VariableId variable) const { return part_of(variable) == part_; }
  bool covers(const bound::Expression& condition) const;
  /// The variables are outputs of the plan at hand from now on.
  void arrive(const std::vector<bound::VariableId>& variables);
  void start_from_input();
  void start_at(std::uint32_t node);
  void join_part(std::uint32_t node);
  LogicalOpPtr scan(std::uint32_t node, LogicalOpPtr input);
  std::optional<std::uint32_t> cheapest_start() const;
  void reach(std::uint32_t node);
  void add_condition(ExpressionPtr condition);
  void add_ready_conditions();

  // ---- edges (plan_edge.cpp)
  /// Whether the edge can be followed now, and at what cost.
  void consider(std::uint32_t edge);
  void forget(std::uint32_t edge);
  /// How many triangles the step begins whose next edge is followed in the other direction, less
  /// those where it is followed in the same. Of steps that cost the same the one with fewer is
  /// better, in whatever order the pattern was written.
  ///
  /// Of a step from a to b and on to c, where a and c are connected, too, the lists of all b are
  /// read. With the same direction these are the sum of in(b) * out(b), otherwise that of the
  /// squares of one of the two, and the first is never above the greater of the squares.
  int turns_in_cycles(std::uint32_t edge, bool from_right) const;
  void follow(Step step);
  void add_edge_ends(std::uint32_t edge);
  void add_edge(Step step);
  LogicalOpPtr quantified(const bound::PatternEdge& edge, const Step& step,
                          ExpandDirection direction, std::vector<bound::VariableId> outputs);
  void done(std::uint32_t edge);
  /// These edges, which the plan at hand has, and those that it had before must differ.
  void add_different_edges(const std::vector<std::uint32_t>& edges);

  // ---- paths (plan_path.cpp)
  void add_paths();
  void add_path_mode(const bound::PatternPath& path);
  void add_path_search(const bound::PatternPath& path);

  const bound::GraphPattern& pattern_;
  const ast::MatchMode mode_;
  const std::unique_ptr<PatternCosts> costs_;
  const base::Interrupt& interrupt_;
  LogicalOpPtr plan_;
  Part part_ = 1, last_part_ = 1;
  std::unordered_map<bound::VariableId, Part> parts_;
  std::vector<bool> edge_done_, node_done_;
  std::set<std::uint32_t> scanned_;  ///< nodes that a part of the plan starts with
  std::vector<std::vector<std::uint32_t>> edges_of_node_;
  /// Edges whose conditions read other parts of the pattern wait for these variables.
  std::unordered_map<bound::VariableId, std::vector<std::uint32_t>> waiting_edges_;
  std::vector<std::vector<bound::VariableId>> needs_of_edge_;
  std::vector<std::vector<Step>> steps_of_edge_;  ///< those of the frontier
  std::set<Step> frontier_;
  /// Conditions that are not in the plan yet, and who waits for which variable.
  std::vector<const bound::Expression*> conditions_;
  std::unordered_map<bound::VariableId, std::vector<std::uint32_t>> waiting_conditions_;
  std::vector<std::uint32_t> ready_;
  /// Edges that are done and there, by the labels they may have.
  std::unordered_map<catalog::EdgeLabelId, std::vector<std::uint32_t>> done_by_label_;
};

/// The sides to follow for an edge that stands as it does between its left and its right node.
ExpandDirection direction_of(bound::EdgeOrientation orientation);
/// Whether the search prefix of a path is left to the walk of its only step.
bool searched_by_walk(const bound::GraphPattern& pattern, const bound::PatternPath& path);
/// What a path's prefix searches for. SHORTEST 1 is ANY SHORTEST, and SHORTEST 1 GROUP is ALL
/// SHORTEST, for which there are searches of their own.
ast::PathSearch search_of(const bound::PatternPath& path);
/// The path as a value of its elements.
ExpressionPtr path_value(const bound::GraphPattern& pattern, const bound::PatternPath& path);

}  // namespace geode::gql::plan
