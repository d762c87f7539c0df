#include "gql/exec/path_search.hpp"

#include <algorithm>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/running_limits.hpp"

namespace geode::gql::exec {

namespace {

/// Looking at the interrupt flag once in so many steps keeps it off the hot path.
constexpr std::uint64_t kStepsBetweenChecks = 4096;

constexpr std::uint64_t kBlockBytes = 16;  // of the allocator, a block

std::uint64_t bytes_of(const std::vector<Hop>& path) {
  // The vector that holds the paths grows by as much again.
  return 2 * sizeof path + kBlockBytes + path.size() * sizeof(Hop);
}

NodeId other_end(const value::EdgeRef& edge, NodeId at) {
  return edge.source == at ? edge.target : edge.source;
}

bool same_edge_twice(const HopSource& source, const std::vector<Hop>& path, const Hop& hop) {
  if (source.single_edges()) {
    return std::any_of(path.begin(), path.end(),
                       [&](const Hop& h) { return h.edge.id == hop.edge.id; });
  }
  std::vector<value::EdgeRef> before, edges;
  for (const Hop& h : path) source.edges(h, before);
  source.edges(hop, edges);
  return std::any_of(edges.begin(), edges.end(), [&](const value::EdgeRef& edge) {
    return std::any_of(before.begin(), before.end(),
                       [&](const value::EdgeRef& b) { return b.id == edge.id; });
  });
}

/// Nodes of a path in order, the first one included.
std::vector<NodeId> nodes_of(const HopSource& source, NodeId from, const std::vector<Hop>& path) {
  std::vector<NodeId> nodes{from};
  std::vector<value::EdgeRef> edges;
  for (const Hop& hop : path) source.edges(hop, edges);
  for (const value::EdgeRef& edge : edges) nodes.push_back(other_end(edge, nodes.back()));
  return nodes;
}

bool mode_allows(const HopSource& source, NodeId from, const std::vector<Hop>& path, const Hop& hop,
                 const SearchLimits& limits) {
  switch (limits.mode) {
    case ast::PathMode::kWalk:
      return true;
    case ast::PathMode::kUnspecified:
    case ast::PathMode::kTrail:
      return !same_edge_twice(source, path, hop);
    case ast::PathMode::kSimple:
    case ast::PathMode::kAcyclic: {
      std::vector<Hop> longer = path;
      longer.push_back(hop);
      std::vector<NodeId> nodes = nodes_of(source, from, longer);
      // A simple path may end where it began, and ends there.
      if (limits.mode == ast::PathMode::kSimple && nodes.size() > 1 &&
          nodes.front() == nodes.back()) {
        if (limits.different_edges && same_edge_twice(source, path, hop)) return false;
        nodes.pop_back();
      }
      std::sort(nodes.begin(), nodes.end());
      return std::adjacent_find(nodes.begin(), nodes.end()) == nodes.end();
    }
  }
  return true;
}

/// A simple path that came back to its beginning cannot go on.
bool closed(NodeId from, const std::vector<Hop>& path, ast::PathMode mode) {
  return mode == ast::PathMode::kSimple && !path.empty() && path.back().to == from;
}

}  // namespace

void NodeMarks::begin(std::uint64_t node_limit) {
  for (const std::uint32_t word : touched_) bits_[word] = 0;
  touched_.clear();
  if (values_.size() >= node_limit) return;
  bits_.resize((node_limit + 63) / 64);
  values_.resize(node_limit);
}

void PathEnumeration::start(HopSource& source, NodeId from, const SearchLimits& limits) {
  source_ = &source;
  from_ = from;
  limits_ = limits;
  path_.clear();
  depth_ = 0;
  emit_empty_ = limits.minimum == 0;
  if (limits.maximum != 0) push_frame();
}

void PathEnumeration::push_frame() {
  if (frames_.size() == depth_) frames_.emplace_back();
  Frame& frame = frames_[depth_++];
  frame.hops.clear();
  frame.position = 0;
  frame.mark = source_->mark();
  source_->hops(end(), false, frame.hops);
}

bool PathEnumeration::allowed(const Hop& hop) const {
  return mode_allows(*source_, from_, path_, hop, limits_);
}

bool PathEnumeration::next(std::optional<NodeId> target, const base::Interrupt& interrupt) {
  if (emit_empty_) {
    emit_empty_ = false;
    if (!target || *target == from_) return true;
  }
  while (depth_ > 0) {
    if (++steps_ % kStepsBetweenChecks == 0) interrupt.check();
    // The path has one hop more than there are frames below the one at hand while its last hop was
    // handed out.
    if (path_.size() == depth_) path_.pop_back();
    Frame& frame = frames_[depth_ - 1];
    if (frame.position == frame.hops.size()) {
      source_->forget(frame.mark);
      --depth_;
      continue;
    }
    Hop hop = frame.hops[frame.position++];
    if (!allowed(hop)) continue;
    path_.push_back(hop);
    std::uint64_t length = path_.size();
    if ((!limits_.maximum || length < *limits_.maximum) && !closed(from_, path_, limits_.mode))
      push_frame();
    if (length >= limits_.minimum && (!target || *target == hop.to)) return true;
  }
  return false;
}

namespace {

/// Whether a trail of at most `maximum` edges leads from a node back to itself.
bool has_closed_trail(HopSource& source, NodeId from, const SearchLimits& limits, bool undirected,
                      NodeMarks& marks, std::uint64_t node_limit,
                      const base::Interrupt& interrupt) {
  std::uint64_t maximum = limits.maximum.value_or(~std::uint64_t{0});
  std::vector<Hop> hops;
  if (!undirected) {
    // The shortest directed closed walk repeats no edge.
    marks.begin(node_limit);
    std::vector<NodeId> frontier{from}, next;
    for (std::uint64_t length = 1; length <= maximum && !frontier.empty(); ++length) {
      interrupt.check();
      next.clear();
      for (NodeId node : frontier) {
        hops.clear();
        source.hops(node, false, hops);
        for (const Hop& hop : hops) {
          if (hop.to == from) return true;
          if (marks.seen(hop.to)) continue;
          marks.mark(hop.to, 0);
          next.push_back(hop.to);
        }
      }
      frontier.swap(next);
    }
    return false;
  }
  // Undirected: breadth first, each node knows the first edge of the way to it (its branch); an
  // edge between two branches, or a second edge to a node of the first level, closes a trail. A
  // loop at `from` does so at once.
  std::vector<EdgeId> branch_edges;
  std::vector<std::uint64_t> depths;
  marks.begin(node_limit);
  std::vector<NodeId> frontier, next;
  source.hops(from, false, hops);
  for (const Hop& hop : hops) {
    if (hop.to == from) return maximum >= 1;
    if (marks.seen(hop.to)) {
      if (maximum >= 2) return true;
      continue;
    }
    marks.mark(hop.to, static_cast<std::uint32_t>(branch_edges.size()));
    branch_edges.push_back(hop.edge.id);
    depths.push_back(1);
    frontier.push_back(hop.to);
  }
  std::vector<std::uint32_t> branch(branch_edges.size());
  for (std::uint32_t i = 0; i < branch.size(); ++i) branch[i] = i;
  for (std::uint64_t depth = 1; !frontier.empty() && 2 * depth + 1 <= maximum + 1; ++depth) {
    interrupt.check();
    next.clear();
    for (NodeId node : frontier) {
      std::uint32_t mine = marks.value(node);
      hops.clear();
      source.hops(node, false, hops);
      for (const Hop& hop : hops) {
        if (hop.to == from) continue;
        if (!marks.seen(hop.to)) {
          marks.mark(hop.to, static_cast<std::uint32_t>(branch.size()));
          branch.push_back(branch[mine]);
          depths.push_back(depth + 1);
          next.push_back(hop.to);
          continue;
        }
        std::uint32_t theirs = marks.value(hop.to);
        if (branch[theirs] != branch[mine] && depths[mine] + depths[theirs] + 1 <= maximum)
          return true;
      }
    }
    frontier.swap(next);
  }
  return false;
}

/// Calls reached(end) for the hops of `node`. Where nothing chooses among edges, no hop is made.
template <class Reached>
void for_each_end(HopSource& source, NodeId node, std::vector<Hop>& hops, Reached reached) {
  const std::vector<EdgeSide>* sides = source.plain_sides(false);
  if (sides == nullptr) {
    hops.clear();
    source.hops(node, false, hops);
    for (const Hop& hop : hops) reached(hop.to);
    return;
  }
  for (const EdgeSide& side : *sides) {
    const graph::Neighbours list = side.adjacency->neighbours(node);
    for (std::uint32_t i = 0; i < list.size; ++i) {
      if (!side.skip_loops || NodeId{list.nodes[i]} != node) reached(NodeId{list.nodes[i]});
    }
  }
}

}  // namespace

void reach(HopSource& source, NodeId from, const SearchLimits& limits, bool undirected,
           NodeMarks& marks, std::uint64_t node_limit, const base::Interrupt& interrupt,
           std::vector<NodeId>& out) {
  out.clear();
  std::uint64_t maximum = limits.maximum.value_or(~std::uint64_t{0});
  if (limits.minimum == 0 || (maximum > 0 && has_closed_trail(source, from, limits, undirected,
                                                              marks, node_limit, interrupt))) {
    out.push_back(from);
  }
  marks.begin(node_limit);
  marks.mark(from);
  std::vector<Hop> hops;
  std::size_t begin = out.size();
  std::vector<NodeId> first{from};
  for (std::uint64_t length = 1; length <= maximum; ++length) {
    interrupt.check();
    std::size_t end = out.size();
    auto expand = [&](NodeId node) {
      for_each_end(source, node, hops, [&](NodeId to) {
        if (marks.seen(to)) return;
        marks.mark(to);
        out.push_back(to);
      });
    };
    if (length == 1) {
      expand(from);
    } else {
      for (std::size_t i = begin; i < end; ++i) expand(out[i]);
      begin = end;
    }
    if (out.size() == end) break;
  }
}

namespace {

/// Breadth first with all parents on shortest ways; paths are then read backwards. For a minimum of
/// at most 1.
class ShortestTree {
 public:
  ShortestTree(HopSource& source, NodeId from, const SearchLimits& limits, NodeMarks& marks)
      : source_(source), from_(from), limits_(limits), marks_(marks) {}

  void build(std::optional<NodeId> target, bool all, std::uint64_t node_limit,
             const base::Interrupt& interrupt) {
    marks_.begin(node_limit);
    marks_.mark(from_, 0);
    nodes_.push_back({from_, 0, {}});
    std::vector<Hop> hops;
    std::size_t begin = 0;
    std::uint64_t maximum = limits_.maximum.value_or(~std::uint64_t{0});
    for (std::uint64_t length = 1; length <= maximum; ++length) {
      interrupt.check();
      std::size_t end = nodes_.size();
      bool found = false;
      for (std::size_t i = begin; i < end; ++i) {
        hops.clear();
        source_.hops(nodes_[i].node, false, hops);
        poll_.step();
        std::uint64_t bytes = 0;
        for (const Hop& hop : hops) {
          std::uint32_t at = marks_.value(hop.to);
          if (at == NodeMarks::kNone) {
            at = static_cast<std::uint32_t>(nodes_.size());
            marks_.mark(hop.to, at);
            nodes_.push_back({hop.to, length, {}});
            bytes += sizeof(Reached);
          } else if (nodes_[at].length != length || !all) {
            continue;
          }
          nodes_[at].parents.emplace_back(static_cast<std::uint32_t>(i), hop);
          bytes += sizeof(nodes_[at].parents[0]) + kBlockBytes;
          found = found || hop.to == target;
        }
        charge_.add(bytes);
      }
      begin = end;
      if (found || nodes_.size() == end) break;
    }
  }

  void paths(std::optional<NodeId> target, std::vector<FoundPath>& out) {
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      if (target && nodes_[i].node != *target) continue;
      FoundPath suffix;
      collect(static_cast<std::uint32_t>(i), suffix, out);
    }
  }

 private:
  struct Reached {
    NodeId node;
    std::uint64_t length;
    std::vector<std::pair<std::uint32_t, Hop>> parents;
  };
  void collect(std::uint32_t at, FoundPath& suffix, std::vector<FoundPath>& out) {
    if (at == 0) {
      poll_.step();
      source_.found_charge().add(bytes_of(suffix));
      out.emplace_back(suffix.rbegin(), suffix.rend());
      return;
    }
    for (const auto& [parent, hop] : nodes_[at].parents) {
      suffix.push_back(hop);
      collect(parent, suffix, out);
      suffix.pop_back();
    }
  }

  HopSource& source_;
  NodeId from_;
  const SearchLimits& limits_;
  NodeMarks& marks_;
  std::vector<Reached> nodes_;
  base::MemoryCharge charge_{base::running_budget()};
  base::Poll poll_;
};

/// Paths by increasing length, as many per end node as the search asks for. Exact for every mode
/// and minimum; the price is that partial paths of one length are held at a time.
void by_length(HopSource& source, NodeId from, std::optional<NodeId> target,
               const SearchLimits& limits, ast::PathSearch search, std::uint64_t count,
               const base::Interrupt& interrupt, std::vector<FoundPath>& out) {
  struct Quota {
    std::uint64_t paths = 0, groups = 0, last_length = 0;
  };
  boost::unordered_flat_map<std::uint64_t, Quota> quotas;
  bool groups =
      search == ast::PathSearch::kAllShortest || search == ast::PathSearch::kShortestKGroup;
  std::uint64_t wanted =
      search == ast::PathSearch::kAllShortest || search == ast::PathSearch::kAnyShortest ? 1
                                                                                         : count;
  auto take = [&](const FoundPath& path, NodeId end) {
    if (target && end != *target) return;
    Quota& quota = quotas[raw(end)];
    if (groups) {
      if (quota.groups == 0 || quota.last_length != path.size()) {
        if (quota.groups == wanted) return;
        ++quota.groups;
        quota.last_length = path.size();
      }
    } else if (quota.paths == wanted) {
      return;
    }
    ++quota.paths;
    source.found_charge().add(bytes_of(path));
    out.push_back(path);
  };
  auto satisfied = [&](std::uint64_t length) {
    if (!target) return false;
    auto found = quotas.find(raw(*target));
    if (found == quotas.end()) return false;
    return groups ? found->second.groups == wanted && found->second.last_length < length
                  : found->second.paths == wanted;
  };
  std::vector<FoundPath> level{FoundPath{}}, next;
  // Paths of this length, and those that are made of them.
  base::MemoryCharge level_charge(base::running_budget()), next_charge(base::running_budget());
  if (limits.minimum == 0) take(level[0], from);
  std::vector<Hop> hops;
  std::uint64_t maximum = limits.maximum.value_or(~std::uint64_t{0});
  for (std::uint64_t length = 1; length <= maximum && !level.empty() && !satisfied(length);
       ++length) {
    next.clear();
    for (const FoundPath& path : level) {
      interrupt.check();
      if (closed(from, path, limits.mode)) continue;
      hops.clear();
      source.hops(path.empty() ? from : path.back().to, false, hops);
      for (const Hop& hop : hops) {
        if (!mode_allows(source, from, path, hop, limits)) continue;
        FoundPath longer;
        longer.reserve(path.size() + 1);
        longer = path;
        longer.push_back(hop);
        if (length >= limits.minimum) take(longer, hop.to);
        next_charge.add(bytes_of(longer));
        next.push_back(std::move(longer));
      }
    }
    level.swap(next);
    next.clear();
    std::swap(level_charge, next_charge);
    next_charge.clear();
  }
}

}  // namespace

void shortest_paths(HopSource& source, NodeId from, std::optional<NodeId> target,
                    const SearchLimits& limits, ast::PathSearch search, std::uint64_t count,
                    bool undirected, NodeMarks& marks, std::uint64_t node_limit,
                    const base::Interrupt& interrupt, std::vector<FoundPath>& out) {
  out.clear();
  source.found_charge() = base::MemoryCharge(base::running_budget());
  bool all = search == ast::PathSearch::kAllShortest;
  bool one =
      search == ast::PathSearch::kAnyShortest || (search == ast::PathSearch::kAny && count == 1);
  // A shortest path to another node repeats neither nodes nor edges, so the modes do not matter to
  // it; one back to its own beginning, or of a least length beyond one, is another matter.
  if ((!all && !one) || limits.minimum > 1) {
    by_length(source, from, target, limits, search, count, interrupt, out);
    return;
  }
  bool to_itself = !target || *target == from;
  if (to_itself && limits.minimum == 0) out.emplace_back();
  if (to_itself && limits.minimum == 1 &&
      has_closed_trail(source, from, limits, undirected, marks, node_limit, interrupt)) {
    by_length(source, from, from, limits, search, count, interrupt, out);
  }
  if (target && *target == from) return;
  ShortestTree shortest(source, from, limits, marks);
  shortest.build(target, all, node_limit, interrupt);
  shortest.paths(target, out);
}

}  // namespace geode::gql::exec
