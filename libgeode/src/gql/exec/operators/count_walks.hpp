#pragma once

#include <optional>
#include <span>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/node_sums.hpp"
#include "gql/exec/parallel/parallel_run.hpp"
#include "gql/plan/logical_op.hpp"
#include "graph/loops.hpp"

namespace geode::gql::exec {

/// Counts the walks of a chain of single steps in one direction, without making them (aggregate
/// push-down through every hop).
///
/// The walks through a node of the second position are those that lead to it times those that lead
/// on from it. The latter come from per-node sums, position by position from the end. Where every
/// node that a step reaches satisfies the test of its position, the outermost steps need no edge:
/// the degree says how many there are.
///
/// Where steps must take different edges, of at most three steps, the walks are subtracted in which
/// they do not. In v0 -> v1 -> v2 -> v3 two steps can share an edge only so: steps 1 and 2, or 2
/// and 3, are one loop edge; steps 1 and 3 are one edge and step 2 leads back. Every intersection
/// of these sets is the walks that take one loop three times, T: the union of n of them has as many
/// walks as they have together, less (n - 1) |T|. Two steps may also have opposite directions: they
/// share an edge where the second goes back by the first's.
class CountWalksOperator final : public Operator {
 public:
  struct PositionTest {
    std::optional<catalog::LabelId> label;
    std::vector<Evaluator> conditions;
  };
  using Positions = std::vector<PositionTest>;
  using StepPairs = std::vector<std::pair<std::size_t, std::size_t>>;
  /// `argument` gives one row, whose columns are not read. `positions`: equal ones, for each thread
  /// that may count.
  CountWalksOperator(OperatorPtr argument, catalog::GraphId graph, std::vector<Positions> positions,
                     std::vector<plan::CountWalks::Step> steps, StepPairs different,
                     const plan::Sharing& sharing);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  using Mask = std::vector<std::uint8_t>;
  struct Worker {
    Positions positions;
    WorkerContext context;
  };
  /// A part of the node ids, and what the thread that looks at them works with.
  struct Range {
    const graph::GraphTransaction& graph;
    Positions& positions;
    const base::Interrupt& interrupt;
    std::uint64_t begin, end;
  };

  /// Whether every node that the steps at a position meet there satisfies its test.
  bool is_implied(std::size_t position) const;
  bool ends_have_label(std::size_t step, bool start, catalog::LabelId label) const;
  void begin_workers();
  /// Calls work(range) for ranges that make up all node ids, by several threads where they can be
  /// had.
  void for_ranges(const std::function<void(const Range&)>& work);
  void build_mask(std::size_t position, Mask& mask);
  void mark_passing(const Range& range, std::size_t position, Mask& mask) const;
  bool passes(std::size_t position, std::uint64_t node) const {
    return masks_[position].empty() || masks_[position][node] != 0;
  }

  std::uint64_t count();
  /// By node that passes the test of its position: the steps that lead from it (or, not `forward`,
  /// to it) to nodes that pass the test of position `ends`.
  NodeSums step_counts(std::size_t step, bool forward, std::size_t ends);
  /// By node that passes the test of `position`: the sum over the ends of its steps.
  NodeSums sum_over(std::size_t step, std::size_t position, const NodeSums& ends);
  std::uint64_t count_edges();
  /// Whether step_counts() of the step are the degrees of one edge label.
  bool has_plain_degrees(std::size_t step, std::size_t ends) const;
  unsigned __int128 multiply_degrees();
  /// Over the nodes of the second position, of walks that lead there times walks that lead on.
  unsigned __int128 product_sum(const NodeSums& inward, const NodeSums& onward);
  /// Adds sum_of(list) for each list of a step of the nodes that pass the test of `position`.
  template <class SumOf>
  NodeSums sum_lists(std::size_t step, bool forward, std::size_t position, SumOf sum_of);

  // count_repeated_edges.cpp
  std::uint64_t repeated_edges() const;
  /// Loops of labels that all of the steps take, where its positions let them through; a node may
  /// stand in it once for each label.
  std::vector<graph::Loop> loops_of(std::initializer_list<std::size_t> steps) const;
  std::uint64_t there_and_back() const;
  std::uint64_t back_at_once() const;
  bool must_differ(std::size_t earlier, std::size_t later) const;
  std::uint64_t edges_from(NodeId node, std::size_t step) const;
  std::uint64_t edges_into(NodeId node, std::size_t step) const;
  graph::Direction side(std::size_t step, bool forward) const;

  const catalog::GraphId graph_;
  const plan::Sharing sharing_;
  std::vector<Worker> workers_;
  std::size_t at_work_ = 1;
  Morsels ranges_;
  std::vector<plan::CountWalks::Step> steps_;
  const StepPairs different_;  ///< steps that must not take the same edge
  std::vector<Mask> masks_;    ///< by position; empty: every node passes
  std::uint64_t limit_ = 0;
  base::MemoryCharge charge_;
  bool done_ = false;
  Batch out_;
};

[[noreturn]] void throw_too_many_paths();

}  // namespace geode::gql::exec
