#include "gql/exec/operators/count_intersect.hpp"

#include <algorithm>
#include <limits>

namespace geode::gql::exec {

using value::EdgeRef;

CountIntersectOperator::CountIntersectOperator(OperatorPtr input, const plan::CountIntersect& count,
                                               Columns columns, CountedRows out)
    : to_label_(count.to_label),
      legs_differ_(count.legs_differ),
      columns_(std::move(columns)),
      out_(std::move(out)) {
  add_input(std::move(input));
  first_.labels = count.first.labels;
  first_.direction = count.first.direction;
  first_.once = count.first.once;
  second_.labels = count.second.labels;
  second_.direction = count.second.direction;
  opposite_ =
      plan::is_one_way(first_.direction) && second_.direction == plan::reversed(first_.direction);
}

void CountIntersectOperator::open(ExecutionContext& context) {
  Operator::open(context);
  bool implied = !to_label_;
  for (Leg* leg : {&first_, &second_}) {
    leg->sides = edge_sides(*context.graph, leg->labels, leg->direction);
    leg->has_loops = std::any_of(
        leg->labels.begin(), leg->labels.end(),
        [&](catalog::EdgeLabelId label) { return context.graph->loop_count(label) > 0; });
    implied =
        implied || std::all_of(leg->sides.begin(), leg->sides.end(), [&](const EdgeSide& side) {
          return context.graph->all_at_label(
              side.adjacency->label(), side.out ? graph::Direction::kIn : graph::Direction::kOut,
              *to_label_);
        });
  }
  test_ends_ = !implied;
  any_marked_ = false;
  marked_.clear();
  charge_ = base::MemoryCharge(context.memory);
  charge_.set(context.graph->node_id_limit());
  weights_.assign(context.graph->node_id_limit(), 0);
}

void CountIntersectOperator::mark(NodeId node) {
  if (any_marked_ && marked_for_ == node) return;
  for (const std::uint32_t end : marked_) weights_[end] = 0;
  marked_.clear();
  any_marked_ = true;
  weight_overflows_ = false;
  marked_for_ = node;
  for (const EdgeSide& side : first_.sides) {
    const graph::Neighbours list = side.adjacency->neighbours(node);
    for (std::uint32_t i = 0; i < list.size; ++i) {
      const NodeId end{list.nodes[i]};
      if (side.skip_loops && end == node) continue;
      if (test_ends_ && !context_->graph->has_label(end, *to_label_)) continue;
      std::uint8_t& weight = weights_[list.nodes[i]];
      if (first_.once && weight != 0) continue;
      if (weight == std::numeric_limits<std::uint8_t>::max()) {
        weight_overflows_ = true;
        continue;
      }
      if (weight++ == 0) marked_.push_back(list.nodes[i]);
    }
  }
}

std::uint64_t CountIntersectOperator::times(const Leg& leg, NodeId from, NodeId end) {
  std::uint64_t count = 0;
  for (const EdgeSide& side : leg.sides) {
    if (side.skip_loops && from == end) continue;
    const graph::Neighbours list = side.adjacency->neighbours(from);
    const auto range =
        std::equal_range(list.nodes, list.nodes + list.size, static_cast<std::uint32_t>(raw(end)));
    count += static_cast<std::uint64_t>(range.second - range.first);
  }
  return count;
}

void CountIntersectOperator::edges_to(const Leg& leg, NodeId from, NodeId end,
                                      std::vector<EdgeId>& out) {
  out.clear();
  for (const EdgeSide& side : leg.sides) {
    if (side.skip_loops && from == end) continue;
    const graph::Neighbours list = side.adjacency->neighbours(from);
    const auto range =
        std::equal_range(list.nodes, list.nodes + list.size, static_cast<std::uint32_t>(raw(end)));
    for (const std::uint32_t* at = range.first; at != range.second; ++at) {
      const EdgeId id = make_edge_id(static_cast<std::uint32_t>(side.adjacency->label()),
                                     list.edge_number(static_cast<std::uint32_t>(at - list.nodes)));
      if (std::find(leg.taken.begin(), leg.taken.end(), id) == leg.taken.end()) out.push_back(id);
      if (leg.once && !out.empty()) return;
    }
  }
}

std::uint64_t CountIntersectOperator::count_at(NodeId first, NodeId second, NodeId end) {
  edges_to(first_, first, end, first_edges_);
  edges_to(second_, second, end, second_edges_);
  std::uint64_t pairs = std::uint64_t{first_edges_.size()} * second_edges_.size();
  if (!legs_differ_) return pairs;
  for (const EdgeId edge : first_edges_)
    pairs -=
        static_cast<std::uint64_t>(std::count(second_edges_.begin(), second_edges_.end(), edge));
  return pairs;
}

std::uint64_t CountIntersectOperator::count_each(NodeId first, NodeId second) {
  std::uint64_t sum = 0;
  for (const std::uint32_t end : marked_) sum += count_at(first, second, NodeId{end});
  return sum;
}

void CountIntersectOperator::read_taken(const Batch& batch, std::uint32_t row,
                                        const std::vector<int>& columns, Leg& leg) {
  leg.taken.clear();
  for (int column : columns) {
    EdgeRef edge;
    if (!edge_at(batch.columns[column], row, edge)) continue;
    leg.taken.push_back(edge.id);
    for (const NodeId end : {edge.source, edge.target}) {
      if (std::find(special_.begin(), special_.end(), end) == special_.end())
        special_.push_back(end);
    }
  }
}

std::uint64_t CountIntersectOperator::count(const Batch& batch, std::uint32_t row) {
  NodeId first{}, second{};
  if (!node_at(batch.columns[columns_.first], row, first) ||
      !node_at(batch.columns[columns_.second], row, second)) {
    return 0;
  }
  mark(first);
  special_.clear();
  if (legs_differ_) special_ = {first};
  if (legs_differ_ && second != first) special_.push_back(second);
  read_taken(batch, row, columns_.first_differs, first_);
  read_taken(batch, row, columns_.second_differs, second_);
  if (weight_overflows_ || (legs_differ_ && first == second && !opposite_))
    return count_each(first, second);
  std::uint64_t sum = 0;
  for (const EdgeSide& side : second_.sides) {
    const graph::Neighbours list = side.adjacency->neighbours(second);
    for (std::uint32_t i = 0; i < list.size; ++i) sum += weights_[list.nodes[i]];
  }
  // A loop of an edge without a direction, or walked either way, stands in both lists.
  if (second_.has_loops) {
    for (const EdgeSide& side : second_.sides) {
      if (!side.skip_loops || weights_[raw(second)] == 0) continue;
      const graph::Neighbours list = side.adjacency->neighbours(second);
      const auto range = std::equal_range(list.nodes, list.nodes + list.size,
                                          static_cast<std::uint32_t>(raw(second)));
      sum -= static_cast<std::uint64_t>(range.second - range.first) * weights_[raw(second)];
    }
  }
  for (const NodeId end : special_) {
    const std::uint64_t weight = weights_[raw(end)];
    if (weight == 0 || (end == second && !second_.has_loops)) continue;
    const std::uint64_t found = times(second_, second, end);
    if (found > 0) sum += count_at(first, second, end) - weight * found;
  }
  return sum;
}

Batch* CountIntersectOperator::next() {
  context_->interrupt->check();
  out_.release();
  while (Batch* in = input().pull()) {
    rows_.assign(in->rows().begin(), in->rows().end());
    counts_.clear();
    for (const std::uint32_t row : rows_) counts_.push_back(count(*in, row));
    if (Batch* made = out_.finish(*in, rows_, counts_)) return made;
  }
  return nullptr;
}

}  // namespace geode::gql::exec
