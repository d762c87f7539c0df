// One shortest path between two nodes: a search from each of them, until they meet.
#include <algorithm>

#include <geode/error.hpp>
#include "gql/exec/path_search.hpp"

namespace geode::gql::exec {
namespace {

/// One of the two sides that a search goes on from. What it reaches is kept as small as can be:
/// most of the time goes into the last step, whose ends nobody looks at but for one.
class SearchSide {
 public:
  SearchSide(HopSource& source, NodeId start, bool backward, NodeMarks& marks)
      : source_(source), sides_(source.plain_sides(backward)), marks_(marks), backward_(backward) {
    make_room(1);
    add(start, 0);
    cost_ = sampled_cost();
  }

  bool exhausted() const { return begin_ == count_; }
  /// About how many hops leave the nodes that were reached last: the side that has fewer goes on,
  /// not the one with fewer nodes.
  std::uint64_t cost() const { return cost_; }

  /// Goes one hop on from the nodes that were reached last, until one is reached that the other
  /// side has; gives it.
  std::optional<NodeId> advance(const NodeMarks& other) {
    const std::uint32_t end = count_;
    if (sides_ != nullptr ? meets_over_edges(end, other) : meets_over_hops(end, other))
      return nodes_[count_ - 1];
    begin_ = end;
    cost_ = sampled_cost();
    return std::nullopt;
  }

  /// Appends the hops between the start and a node that was reached, the last one first. Each leads
  /// on from the start, or, backward, to it.
  void path_from(NodeId node, FoundPath& path) const {
    std::uint32_t at = count_ - 1;  // mostly the last
    while (nodes_[at] != node) --at;
    for (; at != 0; at = parents_[at]) {
      Hop hop = hop_to(at);
      if (backward_) hop.to = nodes_[parents_[at]];
      path.push_back(hop);
    }
  }

 private:
  static constexpr std::uint32_t kNodes = 16;  ///< whose lists are fetched together

  void make_room(std::size_t more) {
    if (count_ + more <= nodes_.size()) return;
    const std::size_t size = std::max(count_ + more, 2 * nodes_.size());
    nodes_.resize(size);
    parents_.resize(size);
  }
  void add(NodeId node, std::uint32_t parent) {
    marks_.mark(node);
    nodes_[count_] = node;
    parents_[count_++] = parent;
  }

  bool meets_over_edges(std::uint32_t end, const NodeMarks& other) {
    lists_.resize(sides_->size() * kNodes);
    for (std::uint32_t first = begin_; first < end; first += kNodes) {
      const std::uint32_t n = std::min(kNodes, end - first);
      std::size_t ends = 0;
      for (std::size_t s = 0; s < sides_->size(); ++s) {
        graph::Neighbours* const lists = lists_.data() + s * kNodes;
        (*sides_)[s].adjacency->lists(nodes_.data() + first, n, lists);
        for (std::uint32_t i = 0; i < n; ++i) {
          __builtin_prefetch(lists[i].nodes);
          ends += lists[i].size;
        }
      }
      make_room(ends);
      for (std::uint32_t i = 0; i < n; ++i) {
        for (std::size_t s = 0; s < sides_->size(); ++s) {
          const graph::Neighbours& list = lists_[s * kNodes + i];
          for (std::uint32_t k = 0; k < list.size; ++k) {
            const NodeId to{list.nodes[k]};
            if (marks_.seen(to)) continue;
            add(to, first + i);
            if (other.seen(to)) return true;
          }
        }
      }
    }
    return false;
  }

  bool meets_over_hops(std::uint32_t end, const NodeMarks& other) {
    for (std::uint32_t i = begin_; i < end; ++i) {
      hops_.clear();
      source_.hops(nodes_[i], backward_, hops_);
      make_room(hops_.size());
      for (const Hop& hop : hops_) {
        if (marks_.seen(hop.to)) continue;
        kept_.push_back(hop);
        add(hop.to, i);
        if (other.seen(hop.to)) return true;
      }
    }
    return false;
  }

  /// The hop by which a node was reached: the first one to it from where it was reached from.
  Hop hop_to(std::uint32_t at) const {
    if (sides_ == nullptr) return kept_[at - 1];
    const NodeId from = nodes_[parents_[at]], to = nodes_[at];
    for (const EdgeSide& side : *sides_) {
      const graph::Neighbours list = side.adjacency->neighbours(from);
      for (std::uint32_t i = 0; i < list.size; ++i) {
        if (NodeId{list.nodes[i]} != to) continue;
        const EdgeId id =
            make_edge_id(static_cast<std::uint32_t>(side.adjacency->label()), list.edge_number(i));
        return {side.edge(id, from, to), to, 0};
      }
    }
    throw Error(status::kInternal, "a path was found over an edge that is not there");
  }

  /// Of many nodes some tell.
  std::uint64_t sampled_cost() const {
    constexpr std::uint32_t kAsked = 16;
    const std::uint32_t size = count_ - begin_, step = std::max(1u, size / kAsked);
    std::uint64_t cost = 0;
    std::uint32_t asked = 0;
    for (std::uint32_t i = begin_; i < count_; i += step, ++asked)
      cost += source_.hop_count(nodes_[i], backward_);
    return asked == 0 ? 0 : cost * size / asked;
  }

  HopSource& source_;
  const std::vector<EdgeSide>* const sides_;
  NodeMarks& marks_;
  const bool backward_;
  // What was reached, in this order, the start first, and from where, as a place among these.
  std::vector<NodeId> nodes_;
  std::vector<std::uint32_t> parents_;
  std::uint32_t count_ = 0;
  std::uint32_t begin_ = 0;  ///< of those that were reached last
  std::uint64_t cost_ = 0;
  std::vector<graph::Neighbours> lists_;
  std::vector<Hop> hops_, kept_;  ///< kept: of each node but the start, where something chooses
};

}  // namespace

std::optional<FoundPath> shortest_between(HopSource& source, NodeId from, NodeId to,
                                          const SearchLimits& limits, NodeMarks& forward,
                                          NodeMarks& backward, std::uint64_t node_limit,
                                          const base::Interrupt& interrupt) {
  forward.begin(node_limit);
  backward.begin(node_limit);
  SearchSide ahead(source, from, false, forward), behind(source, to, true, backward);
  const std::uint64_t maximum = limits.maximum.value_or(~std::uint64_t{0});
  for (std::uint64_t length = 0; length < maximum; ++length) {
    interrupt.check();
    if (ahead.exhausted() || behind.exhausted()) return std::nullopt;
    const std::optional<NodeId> met =
        ahead.cost() <= behind.cost() ? ahead.advance(backward) : behind.advance(forward);
    if (!met) continue;
    FoundPath path;
    ahead.path_from(*met, path);
    std::reverse(path.begin(), path.end());
    behind.path_from(*met, path);
    return path;
  }
  return std::nullopt;
}

}  // namespace geode::gql::exec
