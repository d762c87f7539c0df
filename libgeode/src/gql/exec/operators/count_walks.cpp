#include "gql/exec/operators/count_walks.hpp"

#include <algorithm>

namespace geode::gql::exec {

CountWalksOperator::CountWalksOperator(OperatorPtr argument, catalog::GraphId graph,
                                       Positions positions,
                                       std::vector<plan::CountWalks::Step> steps,
                                       bool different_edges)
    : graph_(graph),
      positions_(std::move(positions)),
      steps_(std::move(steps)),
      different_edges_(different_edges) {
  add_input(std::move(argument));
  masks_.resize(positions_.size());
  out_.columns.resize(1);
}

void CountWalksOperator::open(ExecutionContext& context) {
  Operator::open(context);
  done_ = false;
  for (PositionMask& position : positions_) {
    for (Evaluator& condition : position.conditions) condition.open(context);
  }
}

void CountWalksOperator::build_mask(PositionMask& position, Mask& mask) {
  const graph::GraphTransaction& graph = *context_->graph;
  mask.assign(limit_, 0);
  if (position.label && position.conditions.empty()) {
    graph.label_mask(*position.label, mask);
    return;
  }
  Batch batch;
  batch.columns.resize(1);
  NodeId from{0};
  std::vector<std::uint32_t> rows, passed;
  while (true) {
    context_->interrupt->check();
    batch.columns[0].reset(value::Physical::kNode);
    NodeId* nodes = batch.columns[0].mutable_data<NodeId>();
    std::uint32_t count = position.label
                              ? graph.scan_nodes(*position.label, from, nodes, kBatchRows)
                              : graph.scan_nodes(graph_, from, nodes, kBatchRows);
    if (count == 0) break;
    from = NodeId{raw(nodes[count - 1]) + 1};
    batch.size = count;
    rows.assign(identity_rows(count).begin(), identity_rows(count).end());
    bool first = true;
    for (Evaluator& condition : position.conditions) {
      passed.clear();
      condition.filter(batch, first ? identity_rows(count) : std::span<const std::uint32_t>(rows),
                       passed);
      rows.swap(passed);
      first = false;
    }
    for (std::uint32_t row : rows) mask[raw(nodes[row])] = 1;
  }
}

graph::Direction CountWalksOperator::side(std::size_t step, bool forward) const {
  bool out = (steps_[step].direction == plan::ExpandDirection::kOut) == forward;
  return out ? graph::Direction::kOut : graph::Direction::kIn;
}

std::uint64_t CountWalksOperator::edges_from(NodeId node, std::size_t step) const {
  std::uint64_t count = 0;
  for (catalog::EdgeLabelId label : steps_[step].labels) {
    graph::Neighbours list = context_->graph->adjacency(label, side(step, true)).neighbours(node);
    for (std::uint32_t i = 0; i < list.size; ++i) count += masks_[step + 1][list.nodes[i]];
  }
  return count;
}

std::uint64_t CountWalksOperator::edges_into(NodeId node, std::size_t step) const {
  std::uint64_t count = 0;
  for (catalog::EdgeLabelId label : steps_[step].labels) {
    graph::Neighbours list = context_->graph->adjacency(label, side(step, false)).neighbours(node);
    for (std::uint32_t i = 0; i < list.size; ++i) count += masks_[step][list.nodes[i]];
  }
  return count;
}

std::vector<std::uint64_t> CountWalksOperator::loops_of(
    std::initializer_list<std::size_t> steps) const {
  std::vector<std::uint64_t> loops(limit_, 0);
  for (catalog::EdgeLabelId label : steps_[*steps.begin()].labels) {
    bool shared = std::all_of(steps.begin(), steps.end(), [&](std::size_t step) {
      const auto& labels = steps_[step].labels;
      return std::find(labels.begin(), labels.end(), label) != labels.end();
    });
    if (!shared) continue;
    const graph::Adjacency& adjacency = context_->graph->adjacency(label, graph::Direction::kOut);
    for (std::uint64_t node = 0; node < limit_; ++node) {
      bool masked = std::all_of(steps.begin(), steps.end(), [&](std::size_t step) {
        return masks_[step][node] && masks_[step + 1][node];
      });
      if (!masked) continue;
      graph::Neighbours list = adjacency.neighbours(NodeId{node});
      auto range =
          std::equal_range(list.nodes, list.nodes + list.size, static_cast<std::uint32_t>(node));
      loops[node] += range.second - range.first;
    }
  }
  return loops;
}

std::uint64_t CountWalksOperator::repeated_edges() const {
  if (steps_.size() < 2) return 0;
  std::uint64_t repeated = 0;
  std::vector<std::uint64_t> first = loops_of({0, 1});
  if (steps_.size() == 2) {
    for (std::uint64_t loops : first) repeated += loops;
    return repeated;
  }
  std::vector<std::uint64_t> second = loops_of({1, 2}), all = loops_of({0, 1, 2});
  for (std::uint64_t node = 0; node < limit_; ++node) {
    if (first[node]) repeated += first[node] * edges_from(NodeId{node}, 2);
    if (second[node]) repeated += second[node] * edges_into(NodeId{node}, 0);
    repeated -= 2 * all[node];
  }
  // One edge x -> y as steps 1 and 3, and back from y to x as step 2.
  std::vector<std::uint32_t> back(limit_, 0);
  for (std::uint64_t x = 0; x < limit_; ++x) {
    if (!masks_[0][x] || !masks_[2][x]) continue;
    auto mark = [&](int by) {
      for (catalog::EdgeLabelId label : steps_[1].labels) {
        graph::Neighbours list =
            context_->graph->adjacency(label, side(1, false)).neighbours(NodeId{x});
        for (std::uint32_t i = 0; i < list.size; ++i) back[list.nodes[i]] += by;
      }
    };
    mark(1);
    for (catalog::EdgeLabelId label : steps_[0].labels) {
      if (std::find(steps_[2].labels.begin(), steps_[2].labels.end(), label) ==
          steps_[2].labels.end())
        continue;
      graph::Neighbours list =
          context_->graph->adjacency(label, side(0, true)).neighbours(NodeId{x});
      for (std::uint32_t i = 0; i < list.size; ++i) {
        std::uint32_t y = list.nodes[i];
        if (masks_[1][y] && masks_[3][y]) repeated += back[y];
      }
    }
    mark(-1);
  }
  return repeated;
}

std::uint64_t CountWalksOperator::count() {
  limit_ = context_->graph->node_id_limit();
  base::MemoryCharge charge(context_->memory);
  charge.add(limit_ * (positions_.size() + 2 * sizeof(std::uint64_t)));
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    // Positions with the same test share one look at the nodes.
    if (i > 0 && positions_[i].conditions.empty() && positions_[i - 1].conditions.empty() &&
        positions_[i].label == positions_[i - 1].label) {
      masks_[i] = masks_[i - 1];
    } else {
      build_mask(positions_[i], masks_[i]);
    }
  }
  std::vector<std::uint64_t> ways(masks_.back().begin(), masks_.back().end()), before(limit_);
  std::uint64_t total = 0;
  for (std::size_t step = steps_.size(); step-- > 0;) {
    std::fill(before.begin(), before.end(), 0);
    for (catalog::EdgeLabelId label : steps_[step].labels) {
      context_->interrupt->check();
      const graph::Adjacency& adjacency = context_->graph->adjacency(label, side(step, true));
      for (std::uint64_t node = 0; node < limit_; ++node) {
        if (!masks_[step][node]) continue;
        graph::Neighbours list = adjacency.neighbours(NodeId{node});
        std::uint64_t sum = 0;
        for (std::uint32_t i = 0; i < list.size; ++i) sum += ways[list.nodes[i]];
        if (__builtin_add_overflow(before[node], sum, &before[node])) {
          throw Error(status::kNumberOutOfRange, "the number of paths does not fit into 64 bits");
        }
      }
    }
    ways.swap(before);
  }
  for (std::uint64_t way : ways) {
    if (__builtin_add_overflow(total, way, &total) || total >> 63) {
      throw Error(status::kNumberOutOfRange, "the number of paths does not fit into 64 bits");
    }
  }
  return different_edges_ ? total - repeated_edges() : total;
}

Batch* CountWalksOperator::next() {
  if (done_) return nullptr;
  done_ = true;
  out_.columns[0].reset(value::Physical::kInt64);
  out_.columns[0].mutable_data<std::int64_t>()[0] = static_cast<std::int64_t>(count());
  out_.size = 1;
  out_.clear_selection();
  return &out_;
}

}  // namespace geode::gql::exec
