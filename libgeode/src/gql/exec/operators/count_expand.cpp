#include "gql/exec/operators/count_expand.hpp"

#include <algorithm>

namespace geode::gql::exec {

using value::EdgeRef;
using value::Physical;
using value::Vector;

CountExpandOperator::CountExpandOperator(OperatorPtr input, const plan::CountExpand& count,
                                         int from_column, std::vector<int> other_edge_columns,
                                         CountedRows out)
    : labels_(count.labels),
      direction_(count.direction),
      to_label_(count.to_label),
      from_column_(from_column),
      other_edge_columns_(std::move(other_edge_columns)),
      out_(std::move(out)) {
  add_input(std::move(input));
}

void CountExpandOperator::open(ExecutionContext& context) {
  Operator::open(context);
  sides_.clear();
  for (const EdgeSide& side : edge_sides(*context.graph, labels_, direction_)) {
    const graph::Direction end = side.out ? graph::Direction::kIn : graph::Direction::kOut;
    sides_.push_back({side, to_label_ && !context.graph->all_at_label(side.adjacency->label(), end,
                                                                      *to_label_)});
  }
}

void CountExpandOperator::add_tested(const Side& side, std::uint32_t at) {
  const graph::Neighbours list = side.edges.adjacency->neighbours(nodes_[at]);
  for (std::uint32_t begin = 0; begin < list.size; begin += kBatchRows) {
    const std::uint32_t count = std::min(kBatchRows, list.size - begin);
    ends_.resize(count);
    has_label_.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) ends_[i] = NodeId{list.nodes[begin + i]};
    context_->graph->test_label(*to_label_, ends_.data(), count, has_label_.data());
    for (std::uint32_t i = 0; i < count; ++i) counts_[at] += has_label_[i];
  }
}

void CountExpandOperator::subtract_taken(const Batch& batch, std::uint32_t row, std::uint32_t at) {
  taken_.clear();
  for (int column : other_edge_columns_) {
    EdgeRef edge;
    if (!edge_at(batch.columns[column], row, edge)) continue;
    const auto side = std::find_if(sides_.begin(), sides_.end(), [&](const Side& s) {
      return edge_label_of(edge.id) == static_cast<std::uint32_t>(s.edges.adjacency->label());
    });
    if (side == sides_.end()) continue;
    const bool out = side->edges.out;
    if ((out ? edge.source : edge.target) != nodes_[at]) continue;
    if (std::find(taken_.begin(), taken_.end(), edge.id) != taken_.end()) continue;
    if (side->test_ends &&
        !context_->graph->has_label(out ? edge.target : edge.source, *to_label_)) {
      continue;
    }
    taken_.push_back(edge.id);
  }
  counts_[at] -= taken_.size();
}

void CountExpandOperator::count(const Batch& batch) {
  rows_.clear();
  nodes_.clear();
  const Vector& from = batch.columns[from_column_];
  if (from.physical() == Physical::kNode && !from.may_have_nulls()) {
    const std::span<const std::uint32_t> rows = batch.rows();
    rows_.assign(rows.begin(), rows.end());
    for (std::uint32_t row : rows) nodes_.push_back(from.at<NodeId>(row));
  } else {
    NodeId node{};
    for (std::uint32_t row : batch.rows()) {
      if (!node_at(from, row, node)) continue;
      rows_.push_back(row);
      nodes_.push_back(node);
    }
  }
  const auto n = static_cast<std::uint32_t>(nodes_.size());
  counts_.assign(n, 0);
  degrees_.resize(n);
  for (const Side& side : sides_) {
    if (side.test_ends) {
      for (std::uint32_t i = 0; i < n; ++i) add_tested(side, i);
      continue;
    }
    side.edges.adjacency->degrees(nodes_.data(), n, degrees_.data());
    for (std::uint32_t i = 0; i < n; ++i) counts_[i] += degrees_[i];
  }
  if (other_edge_columns_.empty()) return;
  for (std::uint32_t i = 0; i < n; ++i) {
    if (counts_[i] > 0) subtract_taken(batch, rows_[i], i);
  }
}

Batch* CountExpandOperator::next() {
  context_->interrupt->check();
  out_.release();
  while (Batch* in = input().pull()) {
    count(*in);
    if (Batch* made = out_.finish(*in, rows_, counts_)) return made;
  }
  return nullptr;
}

}  // namespace geode::gql::exec
