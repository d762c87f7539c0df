#include "gql/exec/operators/intersect.hpp"

#include <algorithm>

namespace geode::gql::exec {

using value::EdgeRef;
using value::Physical;

IntersectOperator::IntersectOperator(OperatorPtr input, ColumnSources sources,
                                     const plan::Intersect& intersect, int first_column,
                                     int second_column, int to_column, int first_edge_column,
                                     int second_edge_column)
    : out_(std::move(sources)),
      first_{intersect.first.labels, intersect.first.direction, {}},
      second_{intersect.second.labels, intersect.second.direction, {}},
      once_(intersect.first.once),
      first_column_(first_column),
      second_column_(second_column),
      to_column_(to_column),
      first_edge_column_(first_edge_column),
      second_edge_column_(second_edge_column) {
  add_input(std::move(input));
}

void IntersectOperator::open(ExecutionContext& context) {
  Operator::open(context);
  for (Leg* leg : {&first_, &second_}) {
    leg->sides = edge_sides(*context.graph, leg->labels, leg->direction);
  }
  any_marked_ = false;
  in_ = nullptr;
  position_ = 0;
  nodes_.clear();
  match_position_ = 0;
}

EdgeRef IntersectOperator::edge_of(const EdgeSide& side, NodeId from, NodeId to,
                                   std::uint32_t number) {
  EdgeId id = make_edge_id(static_cast<std::uint32_t>(side.adjacency->label()), number);
  return side.edge(id, from, to);
}

void IntersectOperator::mark(NodeId node) {
  if (any_marked_ && marked_for_ == node) return;
  any_marked_ = true;
  marked_for_ = node;
  marks_.begin(context_->graph->node_id_limit());
  marked_.clear();
  for (const EdgeSide& side : first_.sides) {
    graph::Neighbours list = side.adjacency->neighbours(node);
    for (std::uint32_t i = 0; i < list.size; ++i) {
      NodeId to{list.nodes[i]};
      if (side.skip_loops && to == node) continue;
      std::uint32_t before = marks_.value(to);
      if (once_ && before != NodeMarks::kNone) continue;
      marked_.push_back({edge_of(side, node, to, list.edge_number(i)),
                         before == NodeMarks::kNone ? 0 : before + 1});
      marks_.mark(to, static_cast<std::uint32_t>(marked_.size() - 1));
    }
  }
}

void IntersectOperator::match(NodeId node) {
  nodes_.clear();
  first_edges_.clear();
  second_edges_.clear();
  match_position_ = 0;
  for (const EdgeSide& side : second_.sides) {
    graph::Neighbours list = side.adjacency->neighbours(node);
    for (std::uint32_t i = 0; i < list.size; ++i) {
      NodeId to{list.nodes[i]};
      if (!marks_.seen(to)) continue;
      if (side.skip_loops && to == node) continue;
      EdgeRef second = edge_of(side, node, to, list.edge_number(i));
      for (std::uint32_t at = marks_.value(to) + 1; at != 0; at = marked_[at - 1].next) {
        nodes_.push_back(to);
        first_edges_.push_back(marked_[at - 1].edge);
        second_edges_.push_back(second);
      }
    }
  }
}

Batch* IntersectOperator::next() {
  context_->interrupt->check();
  while (true) {
    out_.begin();
    auto column = [&](int index, Physical physical) {
      if (index >= 0) out_.column(index).reset(physical);
    };
    column(to_column_, Physical::kNode);
    column(first_edge_column_, Physical::kEdge);
    column(second_edge_column_, Physical::kEdge);
    while (in_ && !out_.full()) {
      if (match_position_ == nodes_.size()) {
        if (position_ == in_->row_count()) break;
        std::uint32_t row = in_->rows()[position_++];
        NodeId a{}, b{};
        nodes_.clear();
        match_position_ = 0;
        if (!node_at(in_->columns[first_column_], row, a) ||
            !node_at(in_->columns[second_column_], row, b))
          continue;
        mark(a);
        match(b);
        continue;
      }
      std::uint32_t count = static_cast<std::uint32_t>(
          std::min<std::size_t>(out_.room(), nodes_.size() - match_position_));
      auto copy = [&](int index, const auto& from) {
        using T = typename std::decay_t<decltype(from)>::value_type;
        if (index >= 0) {
          std::copy_n(from.begin() + match_position_, count,
                      out_.column(index).template mutable_data<T>() + out_.size());
        }
      };
      copy(to_column_, nodes_);
      copy(first_edge_column_, first_edges_);
      copy(second_edge_column_, second_edges_);
      out_.add(in_->rows()[position_ - 1], count);
      match_position_ += count;
    }
    if (out_.size() > 0) return out_.finish(*in_);
    out_.release();
    in_ = input().pull();
    position_ = 0;
    nodes_.clear();
    match_position_ = 0;
    if (!in_) return nullptr;
  }
}

}  // namespace geode::gql::exec
