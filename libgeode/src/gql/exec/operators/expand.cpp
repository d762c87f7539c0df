#include "gql/exec/operators/expand.hpp"

#include <algorithm>

namespace geode::gql::exec {

using value::EdgeRef;
using value::Physical;
using value::Vector;

ExpandOperator::ExpandOperator(OperatorPtr input, ColumnSources sources, const plan::Expand& expand,
                               int from_column, int to_column, int edge_column, int into_column)
    : out_(sources),
      sources_(std::move(sources)),
      labels_(expand.labels),
      direction_(expand.direction),
      to_label_(expand.to_label),
      from_column_(from_column),
      to_column_(to_column),
      edge_column_(edge_column),
      into_column_(into_column),
      once_(expand.once) {
  add_input(std::move(input));
  same_rows_.columns.resize(sources_.size());
}

void ExpandOperator::open(ExecutionContext& context) {
  Operator::open(context);
  in_ = nullptr;
  sides_ = edge_sides(*context.graph, labels_, direction_);
  test_ends_ = to_label_ && !std::all_of(sides_.begin(), sides_.end(), [&](const EdgeSide& side) {
                 return context.graph->all_at_label(
                     side.adjacency->label(),
                     side.out ? graph::Direction::kIn : graph::Direction::kOut, *to_label_);
               });
}

bool ExpandOperator::pull_input() {
  out_.release();
  for (Vector& column : same_rows_.columns) column = Vector();
  in_ = input().pull();
  position_ = 0;
  side_ = sides_.size();
  found_ = false;
  list_ = {};
  list_position_ = 0;
  return in_ != nullptr;
}

bool ExpandOperator::read_lists() {
  has_lists_ = false;
  const Vector& from = in_->columns[from_column_];
  if (sides_.size() != 1 || sides_[0].skip_loops || from.physical() != Physical::kNode ||
      from.may_have_nulls()) {
    return false;
  }
  const std::span<const std::uint32_t> rows = in_->rows();
  nodes_.resize(rows.size());
  lists_.resize(rows.size());
  const NodeId* nodes = from.data<NodeId>();
  for (std::size_t i = 0; i < rows.size(); ++i) nodes_[i] = nodes[from.entry(rows[i])];
  sides_[0].adjacency->lists(nodes_.data(), static_cast<std::uint32_t>(rows.size()), lists_.data());
  has_lists_ = true;
  std::uint32_t longest = 0;
  for (const graph::Neighbours& list : lists_) longest = std::max(longest, list.size);
  return longest <= 1 && into_column_ < 0;
}

bool ExpandOperator::keep_labelled(Batch& batch, const Vector& ends) {
  const std::span<const std::uint32_t> rows = batch.rows();
  const NodeId* nodes = ends.data<NodeId>();
  nodes_.resize(rows.size());
  has_label_.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) nodes_[i] = nodes[rows[i]];
  context_->graph->test_label(*to_label_, nodes_.data(), static_cast<std::uint32_t>(rows.size()),
                              has_label_.data());
  kept_.clear();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (has_label_[i] != 0) kept_.push_back(rows[i]);
  }
  if (kept_.size() < rows.size()) batch.select(kept_);
  return !kept_.empty();
}

Batch* ExpandOperator::step_in_place() {
  const EdgeSide& side = sides_[0];
  const std::span<const std::uint32_t> rows = in_->rows();
  const auto label = static_cast<std::uint32_t>(side.adjacency->label());
  Vector& to = to_column_ >= 0 ? same_rows_.columns[to_column_] : unread_;
  to.reset(Physical::kNode);
  NodeId* ends = to.mutable_data<NodeId>();
  EdgeRef* edges = nullptr;
  if (edge_column_ >= 0) {
    same_rows_.columns[edge_column_].reset(Physical::kEdge);
    edges = same_rows_.columns[edge_column_].mutable_data<EdgeRef>();
  }
  kept_.clear();
  if (in_->selected) std::fill_n(ends, in_->size, NodeId{});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const graph::Neighbours& list = lists_[i];
    if (list.size == 0) {
      ends[rows[i]] = NodeId{};
      continue;
    }
    const NodeId end{list.nodes[0]};
    ends[rows[i]] = end;
    if (edges) edges[rows[i]] = side.edge(make_edge_id(label, list.edge_number(0)), nodes_[i], end);
    kept_.push_back(rows[i]);
  }
  if (kept_.empty()) return nullptr;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i] >= 0) same_rows_.columns[i] = in_->columns[sources_[i]];
  }
  same_rows_.set_rows_of(*in_);
  if (kept_.size() < rows.size()) same_rows_.select(kept_);
  if (test_ends_ && !keep_labelled(same_rows_, to)) return nullptr;
  return &same_rows_;
}

void ExpandOperator::narrow_to_target() {
  NodeId target{};
  if (!node_at(in_->columns[into_column_], in_->rows()[position_ - 1], target)) {
    list_.size = 0;
    return;
  }
  const std::uint32_t* begin = list_.nodes;
  const std::uint32_t* end = begin + list_.size;
  auto wanted = static_cast<std::uint32_t>(raw(target));
  auto range = std::equal_range(begin, end, wanted);
  list_position_ = static_cast<std::uint32_t>(range.first - begin);
  list_.size = static_cast<std::uint32_t>(range.second - begin);
}

bool ExpandOperator::next_list() {
  while (true) {
    if (side_ == sides_.size() || (once_ && found_)) {
      found_ = false;
      // The next source; its neighbours' offsets are fetched two sources ahead.
      std::span<const std::uint32_t> rows = in_->rows();
      do {
        if (position_ == rows.size()) return false;
        NodeId ahead{};
        if (!has_lists_ && position_ + 2 < rows.size() &&
            node_at(in_->columns[from_column_], rows[position_ + 2], ahead)) {
          for (const EdgeSide& side : sides_) side.adjacency->prefetch(ahead);
        }
        ++position_;
      } while (!node_at(in_->columns[from_column_], rows[position_ - 1], source_));
      side_ = 0;
      if (sides_.empty()) continue;
    }
    const EdgeSide& side = sides_[side_++];
    list_ = has_lists_ ? lists_[position_ - 1] : side.adjacency->neighbours(source_);
    list_position_ = 0;
    if (into_column_ >= 0) narrow_to_target();
    if (list_position_ == list_.size) continue;
    if (once_) list_.size = list_position_ + 1;
    found_ = true;
    return true;
  }
}

Batch* ExpandOperator::step_lists() {
  out_.begin();
  NodeId* to = nullptr;
  if (to_column_ >= 0 || test_ends_) {
    Vector& ends = to_column_ >= 0 ? out_.column(to_column_) : unread_;
    ends.reset(Physical::kNode);
    to = ends.mutable_data<NodeId>();
  }
  const std::span<const std::uint32_t> rows = in_->rows();
  while (!out_.full() && position_ < rows.size()) {
    const graph::Neighbours& list = lists_[position_];
    const std::uint32_t count = std::min(list.size - list_position_, out_.room());
    const std::uint32_t* nodes = list.nodes + list_position_;
    if (to != nullptr) {
      for (std::uint32_t i = 0; i < count; ++i) *to++ = NodeId{nodes[i]};
    }
    out_.add(rows[position_], count);
    list_position_ += count;
    if (list_position_ < list.size) continue;
    list_position_ = 0;
    ++position_;
  }
  return out_.size() > 0 ? out_.finish(*in_) : nullptr;
}

Batch* ExpandOperator::step() {
  if (has_lists_ && into_column_ < 0 && edge_column_ < 0 && !once_) return step_lists();
  out_.begin();
  Vector* to = to_column_ >= 0 ? &out_.column(to_column_) : test_ends_ ? &unread_ : nullptr;
  Vector* edge = edge_column_ >= 0 ? &out_.column(edge_column_) : nullptr;
  if (to) to->reset(Physical::kNode);
  if (edge) edge->reset(Physical::kEdge);
  NodeId* to_data = to ? to->mutable_data<NodeId>() : nullptr;
  EdgeRef* edge_data = edge ? edge->mutable_data<EdgeRef>() : nullptr;
  while (!out_.full()) {
    if (list_position_ == list_.size && !next_list()) break;
    const EdgeSide& side = sides_[side_ - 1];
    std::uint32_t row = in_->rows()[position_ - 1];
    auto label = static_cast<std::uint32_t>(side.adjacency->label());
    if (!edge && !side.skip_loops) {
      // Only the neighbours are asked for: copy the list.
      std::uint32_t count = std::min(list_.size - list_position_, out_.room());
      if (to_data) {
        NodeId* at = to_data + out_.size();
        const std::uint32_t* nodes = list_.nodes + list_position_;
        for (std::uint32_t i = 0; i < count; ++i) at[i] = NodeId{nodes[i]};
      }
      out_.add(row, count);
      list_position_ += count;
      continue;
    }
    for (; list_position_ < list_.size && !out_.full(); ++list_position_) {
      NodeId neighbour{list_.nodes[list_position_]};
      if (side.skip_loops && neighbour == source_) continue;
      std::uint32_t at = out_.size();
      if (to_data) to_data[at] = neighbour;
      if (edge_data) {
        EdgeId id = make_edge_id(label, list_.edge_number(list_position_));
        edge_data[at] = side.edge(id, source_, neighbour);
      }
      out_.add(row);
    }
  }
  return out_.size() > 0 ? out_.finish(*in_) : nullptr;
}

Batch* ExpandOperator::next() {
  context_->interrupt->check();
  while (true) {
    if (in_) {
      if (Batch* made = step()) {
        const Vector& ends = to_column_ >= 0 ? made->columns[to_column_] : unread_;
        if (!test_ends_ || keep_labelled(*made, ends)) return made;
        continue;
      }
    }
    if (!pull_input()) return nullptr;
    if (read_lists()) {
      Batch* made = step_in_place();
      in_ = nullptr;
      if (made) return made;
    }
  }
}

}  // namespace geode::gql::exec
