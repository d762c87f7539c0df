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
  if (stamps_.size() < node_limit) {
    stamps_.resize(node_limit, 0);
    values_.resize(node_limit, 0);
  }
  if (++stamp_ == 0) {
    std::fill(stamps_.begin(), stamps_.end(), 0);
    stamp_ = 1;
  }
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
  marks.mark(from, 0);
  std::vector<Hop> hops;
  std::size_t begin = out.size();
  std::vector<NodeId> first{from};
  for (std::uint64_t length = 1; length <= maximum; ++length) {
    interrupt.check();
    std::size_t end = out.size();
    auto expand = [&](NodeId node) {
      hops.clear();
      source.hops(node, false, hops);
      for (const Hop& hop : hops) {
        if (marks.seen(hop.to)) continue;
        marks.mark(hop.to, 0);
        out.push_back(hop.to);
      }
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

std::optional<FoundPath> shortest_between(HopSource& source, NodeId from, NodeId to,
                                          const SearchLimits& limits, NodeMarks& forward,
                                          NodeMarks& backward, std::uint64_t node_limit,
                                          const base::Interrupt& interrupt) {
  struct Arrival {
    NodeId node;
    Hop hop;  // forward: the hop that came here; backward: the hop that leaves toward the target
    std::uint32_t parent;  // index of the arrival it came from
  };
  std::uint64_t maximum = limits.maximum.value_or(~std::uint64_t{0});
  forward.begin(node_limit);
  backward.begin(node_limit);
  std::vector<Arrival> ahead{{from, {}, 0}}, behind{{to, {}, 0}};
  forward.mark(from, 0);
  backward.mark(to, 0);
  std::size_t ahead_begin = 0, behind_begin = 0;
  std::vector<Hop> hops;
  std::uint64_t length = 0;
  // The side that costs less goes on: the one with fewer hops, not the one with fewer nodes. Of
  // many nodes some tell.
  const auto cost_of = [&](const std::vector<Arrival>& side, std::size_t begin, bool back) {
    constexpr std::size_t kAsked = 16;
    const std::size_t size = side.size() - begin, step = std::max<std::size_t>(1, size / kAsked);
    std::uint64_t cost = 0;
    std::size_t asked = 0;
    for (std::size_t i = begin; i < side.size(); i += step, ++asked)
      cost += source.hop_count(side[i].node, back);
    return asked == 0 ? 0 : cost * size / asked;
  };
  std::uint64_t ahead_cost = cost_of(ahead, 0, false), behind_cost = cost_of(behind, 0, true);
  while (length < maximum) {
    interrupt.check();
    if (ahead_begin == ahead.size() || behind_begin == behind.size()) return std::nullopt;
    const bool from_front = ahead_cost <= behind_cost;
    std::vector<Arrival>& side = from_front ? ahead : behind;
    std::size_t& begin = from_front ? ahead_begin : behind_begin;
    NodeMarks& mine = from_front ? forward : backward;
    NodeMarks& theirs = from_front ? backward : forward;
    std::size_t end = side.size();
    ++length;
    for (std::size_t i = begin; i < end; ++i) {
      NodeId node = side[i].node;
      hops.clear();
      source.hops(node, !from_front, hops);
      for (const Hop& hop : hops) {
        if (mine.seen(hop.to)) continue;
        mine.mark(hop.to, static_cast<std::uint32_t>(side.size()));
        side.push_back({hop.to, hop, static_cast<std::uint32_t>(i)});
        if (!theirs.seen(hop.to)) continue;
        FoundPath path;
        for (std::uint32_t at = forward.value(hop.to); at != 0; at = ahead[at].parent) {
          Hop step = ahead[at].hop;
          step.to = ahead[at].node;
          path.push_back(step);
        }
        std::reverse(path.begin(), path.end());
        for (std::uint32_t at = backward.value(hop.to); at != 0; at = behind[at].parent) {
          Hop step = behind[at].hop;
          step.to = behind[behind[at].parent].node;
          path.push_back(step);
        }
        return path;
      }
    }
    begin = end;
    (from_front ? ahead_cost : behind_cost) = cost_of(side, begin, !from_front);
  }
  return std::nullopt;
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
