#include "gql/exec/operators/hop_sources.hpp"

#include <algorithm>

namespace geode::gql::exec {

using value::EdgeRef;
using value::Physical;

EdgeHops::EdgeHops(std::vector<catalog::EdgeLabelId> labels, plan::ExpandDirection direction,
                   std::vector<Evaluator> conditions, std::vector<int> outer_columns)
    : labels_(std::move(labels)),
      direction_(direction),
      conditions_(std::move(conditions)),
      outer_columns_(std::move(outer_columns)) {
  inner_.columns.resize(outer_columns_.size() + 1);
}

void EdgeHops::open(ExecutionContext& context) {
  adjacency_.clear();
  for (catalog::EdgeLabelId label : labels_) {
    adjacency_.emplace_back(&context.graph->adjacency(label, graph::Direction::kOut),
                            &context.graph->adjacency(label, graph::Direction::kIn));
  }
  for (Evaluator& condition : conditions_) condition.open(context);
}

void EdgeHops::set_row(const Batch& batch, std::uint32_t row) {
  batch_ = &batch;
  row_ = row;
}

void EdgeHops::append(const graph::Adjacency& adjacency, NodeId from, bool out_side,
                      bool skip_loops, std::vector<Hop>& out) const {
  graph::Neighbours list = adjacency.neighbours(from);
  auto label = static_cast<std::uint32_t>(adjacency.label());
  for (std::uint32_t i = 0; i < list.size; ++i) {
    NodeId to{list.nodes[i]};
    if (skip_loops && to == from) continue;
    EdgeId id = make_edge_id(label, list.edge_number(i));
    out.push_back({out_side ? EdgeRef{id, from, to} : EdgeRef{id, to, from}, to, 0});
  }
}

void EdgeHops::hops(NodeId from, bool backward, std::vector<Hop>& out) {
  std::size_t begin = out.size();
  bool both = direction_ == plan::ExpandDirection::kBoth;
  bool along = (direction_ == plan::ExpandDirection::kOut) != backward;
  for (const auto& [outgoing, incoming] : adjacency_) {
    if (both || along) append(*outgoing, from, true, false, out);
    if (both || !along) append(*incoming, from, false, both, out);
  }
  if (!conditions_.empty()) filter(out, begin);
}

void EdgeHops::filter(std::vector<Hop>& hops, std::size_t begin) {
  std::size_t to = begin;
  for (std::size_t at = begin; at < hops.size(); at += kBatchRows) {
    std::uint32_t count =
        static_cast<std::uint32_t>(std::min<std::size_t>(kBatchRows, hops.size() - at));
    rows_.assign(count, row_);
    for (std::size_t i = 0; i < outer_columns_.size(); ++i) {
      inner_.columns[i].set_dictionary(batch_->columns[outer_columns_[i]], rows_);
    }
    inner_.columns.back().reset(Physical::kEdge);
    EdgeRef* edges = inner_.columns.back().mutable_data<EdgeRef>();
    for (std::uint32_t i = 0; i < count; ++i) edges[i] = hops[at + i].edge;
    inner_.size = count;
    kept_.assign(identity_rows(count).begin(), identity_rows(count).end());
    std::vector<std::uint32_t> passed;
    for (Evaluator& condition : conditions_) {
      passed.clear();
      condition.filter(inner_, kept_, passed);
      kept_.swap(passed);
    }
    for (std::uint32_t i : kept_) hops[to++] = hops[at + i];
  }
  hops.resize(to);
}

SegmentHops::SegmentHops(std::unique_ptr<Subplan> subplan, std::vector<int> outer_columns,
                         int to_column, std::vector<int> edge_columns,
                         std::vector<int> inner_columns, bool reversed)
    : subplan_(std::move(subplan)),
      outer_columns_(std::move(outer_columns)),
      to_column_(to_column),
      edge_columns_(std::move(edge_columns)),
      inner_columns_(std::move(inner_columns)),
      reversed_(reversed) {
  start_.columns.resize(outer_columns_.size() + 1);
  start_.size = 1;
}

void SegmentHops::open(ExecutionContext& context) {
  context_ = &context;
  parts_.clear();
}

void SegmentHops::set_row(const Batch& batch, std::uint32_t row) {
  batch_ = &batch;
  row_ = row;
  parts_.clear();
}

void SegmentHops::hops(NodeId from, bool, std::vector<Hop>& out) {
  for (std::size_t i = 0; i < outer_columns_.size(); ++i) {
    start_.columns[i].set_dictionary(batch_->columns[outer_columns_[i]], {&row_, 1});
  }
  start_.columns.back().set_constant(Value::node_reference(from));
  subplan_->start(*context_, start_, identity_rows(1));
  while (Batch* batch = subplan_->next()) {
    for (std::uint32_t row : batch->rows()) {
      Hop hop;
      if (!node_at(batch->columns[to_column_], row, hop.to)) continue;
      hop.detail = static_cast<std::uint32_t>(parts_.size());
      Part part;
      for (int column : edge_columns_) {
        EdgeRef edge;
        if (edge_at(batch->columns[column], row, edge)) part.edges.push_back(edge);
      }
      // Walked from its end, a segment is handed out in the order of the walk.
      if (reversed_) std::reverse(part.edges.begin(), part.edges.end());
      for (int column : inner_columns_) part.inner.push_back(batch->columns[column].get(row));
      parts_.push_back(std::move(part));
      out.push_back(hop);
    }
  }
}

void SegmentHops::edges(const Hop& hop, std::vector<EdgeRef>& out) const {
  const Part& part = parts_[hop.detail];
  out.insert(out.end(), part.edges.begin(), part.edges.end());
}

}  // namespace geode::gql::exec
