#include <algorithm>
#include <array>

#include "gql/exec/operators/count_walks.hpp"

namespace geode::gql::exec {

namespace {

constexpr std::uint32_t kLists = 512;
/// A list so many times as long as the other is searched, not read.
constexpr std::uint32_t kSearchFrom = 16;

bool has(const std::vector<catalog::EdgeLabelId>& labels, catalog::EdgeLabelId label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

std::uint64_t times_in(const graph::Neighbours& list, std::uint32_t node) {
  const auto range = std::equal_range(list.nodes, list.nodes + list.size, node);
  return static_cast<std::uint64_t>(range.second - range.first);
}

/// For pairs of lists of neighbours, the entries of one that stand in the other.
class CommonNeighbours {
 public:
  explicit CommonNeighbours(std::uint64_t nodes) : marks_(nodes / 64 + 1) {}

  /// The sum of weight(y) times the entries y of `other`, over the entries y of `list`.
  template <class Weight>
  std::uint64_t count(const graph::Neighbours& list, const graph::Neighbours& other,
                      Weight weight) {
    std::uint64_t sum = 0;
    if (other.size / kSearchFrom > list.size) {
      for (std::uint32_t i = 0; i < list.size; ++i) {
        if (weight(list.nodes[i])) sum += times_in(other, list.nodes[i]);
      }
      return sum;
    }
    if (list.size / kSearchFrom > other.size) {
      for (std::uint32_t i = 0; i < other.size; ++i) {
        if (weight(other.nodes[i])) sum += times_in(list, other.nodes[i]);
      }
      return sum;
    }
    for (std::uint32_t i = 0; i < other.size; ++i)
      marks_[other.nodes[i] / 64] |= bit(other.nodes[i]);
    for (std::uint32_t i = 0; i < list.size; ++i) {
      const std::uint32_t node = list.nodes[i];
      if ((marks_[node / 64] & bit(node)) != 0 && weight(node)) sum += times_in(other, node);
    }
    for (std::uint32_t i = 0; i < other.size; ++i) marks_[other.nodes[i] / 64] = 0;
    return sum;
  }

 private:
  static std::uint64_t bit(std::uint32_t node) { return std::uint64_t{1} << (node % 64); }
  std::vector<std::uint64_t> marks_;
};

}  // namespace

std::uint64_t CountWalksOperator::edges_from(NodeId node, std::size_t step) const {
  std::uint64_t count = 0;
  for (catalog::EdgeLabelId label : steps_[step].labels) {
    graph::Neighbours list = context_->graph->adjacency(label, side(step, true)).neighbours(node);
    for (std::uint32_t i = 0; i < list.size; ++i) count += passes(step + 1, list.nodes[i]) ? 1 : 0;
  }
  return count;
}

std::uint64_t CountWalksOperator::edges_into(NodeId node, std::size_t step) const {
  std::uint64_t count = 0;
  for (catalog::EdgeLabelId label : steps_[step].labels) {
    graph::Neighbours list = context_->graph->adjacency(label, side(step, false)).neighbours(node);
    for (std::uint32_t i = 0; i < list.size; ++i) count += passes(step, list.nodes[i]) ? 1 : 0;
  }
  return count;
}

std::vector<graph::Loop> CountWalksOperator::loops_of(
    std::initializer_list<std::size_t> steps) const {
  std::vector<graph::Loop> loops;
  for (catalog::EdgeLabelId label : steps_[*steps.begin()].labels) {
    const bool shared = std::all_of(steps.begin(), steps.end(), [&](std::size_t step) {
      return has(steps_[step].labels, label);
    });
    if (!shared) continue;
    for (const graph::Loop& loop : graph::find_loops(*context_->graph, label)) {
      const bool taken = std::all_of(steps.begin(), steps.end(), [&](std::size_t step) {
        return passes(step, loop.node) && passes(step + 1, loop.node);
      });
      if (taken) loops.push_back(loop);
    }
  }
  return loops;
}

/// One edge x -> y as steps 1 and 3, and back from y to x as step 2.
std::uint64_t CountWalksOperator::there_and_back() const {
  std::uint64_t count = 0;
  CommonNeighbours common(limit_);
  std::array<graph::Neighbours, kLists> there, back;
  for (catalog::EdgeLabelId label : steps_[0].labels) {
    if (!has(steps_[2].labels, label)) continue;
    const graph::Adjacency& onward = context_->graph->adjacency(label, side(0, true));
    for (catalog::EdgeLabelId back_label : steps_[1].labels) {
      const graph::Adjacency& inward = context_->graph->adjacency(back_label, side(1, false));
      for (std::uint64_t first = 0; first < limit_; first += kLists) {
        if (first % (64 * kLists) == 0) context_->interrupt->check();
        const auto n = static_cast<std::uint32_t>(std::min<std::uint64_t>(kLists, limit_ - first));
        onward.lists(NodeId{first}, n, there.data());
        inward.lists(NodeId{first}, n, back.data());
        for (std::uint32_t i = 0; i < n; ++i) {
          const std::uint64_t x = first + i;
          if (there[i].size == 0 || back[i].size == 0 || !passes(0, x) || !passes(2, x)) continue;
          count += common.count(there[i], back[i],
                                [this](std::uint32_t y) { return passes(1, y) && passes(3, y); });
        }
      }
    }
  }
  return count;
}

/// Edges that lead from a node of positions 0 and 2 to one of position 1: step 1 goes back by the
/// edge that step 0 came by.
std::uint64_t CountWalksOperator::back_at_once() const {
  std::uint64_t count = 0;
  const bool any_end = masks_[1].empty();
  std::array<graph::Neighbours, kLists> lists;
  for (catalog::EdgeLabelId label : steps_[0].labels) {
    if (!has(steps_[1].labels, label)) continue;
    if (any_end && masks_[0].empty() && masks_[2].empty()) {
      count += context_->graph->edge_count(label);
      continue;
    }
    const graph::Adjacency& adjacency = context_->graph->adjacency(label, side(0, true));
    for (std::uint64_t first = 0; first < limit_; first += kLists) {
      if (first % (64 * kLists) == 0) context_->interrupt->check();
      const auto n = static_cast<std::uint32_t>(std::min<std::uint64_t>(kLists, limit_ - first));
      adjacency.lists(NodeId{first}, n, lists.data());
      for (std::uint32_t i = 0; i < n; ++i) {
        if (!passes(0, first + i) || !passes(2, first + i)) continue;
        if (any_end) count += lists[i].size;
        for (std::uint32_t k = 0; !any_end && k < lists[i].size; ++k)
          count += masks_[1][lists[i].nodes[k]];
      }
    }
  }
  return count;
}

bool CountWalksOperator::must_differ(std::size_t earlier, std::size_t later) const {
  return std::find(different_.begin(), different_.end(), std::pair{earlier, later}) !=
         different_.end();
}

std::uint64_t CountWalksOperator::repeated_edges() const {
  if (steps_.size() == 2 && steps_[0].direction != steps_[1].direction) return back_at_once();
  std::uint64_t repeated = 0;
  const auto loops_if = [this](bool asked, std::initializer_list<std::size_t> steps) {
    return asked ? loops_of(steps) : std::vector<graph::Loop>{};
  };
  const std::vector<graph::Loop> first = loops_if(must_differ(0, 1), {0, 1});
  if (steps_.size() == 2) {
    for (const graph::Loop& loop : first) repeated += loop.edges;
    return repeated;
  }
  for (const graph::Loop& loop : first) repeated += loop.edges * edges_from(NodeId{loop.node}, 2);
  for (const graph::Loop& loop : loops_if(must_differ(1, 2), {1, 2}))
    repeated += loop.edges * edges_into(NodeId{loop.node}, 0);
  if (must_differ(0, 2)) repeated += there_and_back();
  for (const graph::Loop& loop : loops_if(different_.size() > 1, {0, 1, 2}))
    repeated -= (different_.size() - 1) * loop.edges;
  return repeated;
}

}  // namespace geode::gql::exec
