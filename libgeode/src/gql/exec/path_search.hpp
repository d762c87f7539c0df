#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gql/exec/context.hpp"
#include "gql/exec/operators/edge_sides.hpp"
#include "gql/syntax/ast/pattern.hpp"

namespace geode::gql::exec {

/// One repetition of what is quantified: an edge, or a whole segment (then `detail` names its parts
/// at the HopSource).
struct Hop {
  value::EdgeRef edge;
  NodeId to{};
  std::uint32_t detail = 0;
};

/// Where paths can go from a node.
class HopSource {
 public:
  virtual ~HopSource() = default;
  /// Appends the hops that leave `from`. `backward`: those that reach it, as hops to where they
  /// come from.
  virtual void hops(NodeId from, bool backward, std::vector<Hop>& out) = 0;
  /// About how many hops() would append.
  virtual std::uint64_t hop_count(NodeId /*from*/, bool /*backward*/) const { return 1; }
  /// Where its hops are all edges of some sides, those sides; null: something chooses among them.
  virtual const std::vector<EdgeSide>* plain_sides(bool /*backward*/) const { return nullptr; }
  /// The edges of a hop in path order; for a plain edge the edge itself.
  virtual void edges(const Hop& hop, std::vector<value::EdgeRef>& out) const {
    out.push_back(hop.edge);
  }
  /// True when a hop is always one edge.
  virtual bool single_edges() const { return true; }
  /// How much is kept of the hops given so far, and forgetting what is kept of later ones: a search
  /// that has turned back from a node does not need its hops again.
  virtual std::size_t mark() const { return 0; }
  virtual void forget(std::size_t /*mark*/) {}
  /// What the paths take that a search has found from here, until the next one.
  base::MemoryCharge& found_charge() { return found_charge_; }

 private:
  base::MemoryCharge found_charge_;
};

struct SearchLimits {
  std::uint64_t minimum = 1;
  std::optional<std::uint64_t> maximum;
  ast::PathMode mode = ast::PathMode::kTrail;
  /// No edge is met twice, whatever the mode: a simple path that closes may not do so over its
  /// first edge. Trails and acyclic paths never do.
  bool different_edges = true;
};

/// Marks of nodes in one search, kept by an operator for all of its searches. Whether a node has
/// one is a bit, so that the answers for a hundred thousand nodes stay in the nearest cache.
class NodeMarks {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;
  void begin(std::uint64_t node_limit);
  bool seen(NodeId node) const { return (bits_[raw(node) >> 6] >> (raw(node) & 63) & 1) != 0; }
  void mark(NodeId node) {
    std::uint64_t& word = bits_[raw(node) >> 6];
    if (word == 0) touched_.push_back(static_cast<std::uint32_t>(raw(node) >> 6));
    word |= std::uint64_t{1} << (raw(node) & 63);
  }
  void mark(NodeId node, std::uint32_t value) {
    mark(node);
    values_[raw(node)] = value;
  }
  /// What the node was marked with; kNone when it was not.
  std::uint32_t value(NodeId node) const { return seen(node) ? values_[raw(node)] : kNone; }

 private:
  std::vector<std::uint64_t> bits_;
  std::vector<std::uint32_t> values_;
  std::vector<std::uint32_t> touched_;  ///< words of bits_ that are not 0
};

/// All paths from one node, one after another, depth first; stops anywhere and goes on (the stack
/// is explicit).
class PathEnumeration {
 public:
  void start(HopSource& source, NodeId from, const SearchLimits& limits);
  /// The next path that ends in `target` (in any node when absent). hops() are its hops.
  bool next(std::optional<NodeId> target, const base::Interrupt& interrupt);
  const std::vector<Hop>& hops() const { return path_; }
  NodeId end() const { return path_.empty() ? from_ : path_.back().to; }

 private:
  struct Frame {
    std::vector<Hop> hops;
    std::size_t position = 0;
    std::size_t mark = 0;  // of the source, before it gave the hops
  };
  bool allowed(const Hop& hop) const;
  void push_frame();

  HopSource* source_ = nullptr;
  NodeId from_{};
  SearchLimits limits_;
  std::vector<Frame> frames_;  // buffers are kept below depth_
  std::size_t depth_ = 0;
  std::vector<Hop> path_;
  bool emit_empty_ = false;
  std::uint64_t steps_ = 0;
};

/// Each node that a path within the limits reaches, once. Minimum must be 0 or 1.
void reach(HopSource& source, NodeId from, const SearchLimits& limits, bool undirected,
           NodeMarks& marks, std::uint64_t node_limit, const base::Interrupt& interrupt,
           std::vector<NodeId>& out);

using FoundPath = std::vector<Hop>;

/// One shortest path between two different nodes, meeting in the middle: the side with the smaller
/// frontier is expanded. Plain edges only; minimum at most 1.
std::optional<FoundPath> shortest_between(HopSource& source, NodeId from, NodeId to,
                                          const SearchLimits& limits, NodeMarks& forward,
                                          NodeMarks& backward, std::uint64_t node_limit,
                                          const base::Interrupt& interrupt);

/// Shortest paths from `from` as `search` asks, to `target` or to every node, shortest first.
/// Sources: breadth-first search with parents for one or all shortest; by increasing length
/// otherwise.
void shortest_paths(HopSource& source, NodeId from, std::optional<NodeId> target,
                    const SearchLimits& limits, ast::PathSearch search, std::uint64_t count,
                    bool undirected, NodeMarks& marks, std::uint64_t node_limit,
                    const base::Interrupt& interrupt, std::vector<FoundPath>& out);

}  // namespace geode::gql::exec
