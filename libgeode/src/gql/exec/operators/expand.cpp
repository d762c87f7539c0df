#include "gql/exec/operators/expand.hpp"

#include <algorithm>

namespace geode::gql::exec {

using value::EdgeRef;
using value::Physical;
using value::Vector;

ExpandOperator::ExpandOperator(OperatorPtr input, ColumnSources sources, const plan::Expand& expand,
                               int from_column, int to_column, int edge_column, int into_column)
    : out_(std::move(sources)),
      labels_(expand.labels),
      direction_(expand.direction),
      from_column_(from_column),
      to_column_(to_column),
      edge_column_(edge_column),
      into_column_(into_column) {
  add_input(std::move(input));
}

void ExpandOperator::open(ExecutionContext& context) {
  Operator::open(context);
  in_ = nullptr;
  position_ = 0;
  sides_ = edge_sides(*context.graph, labels_, direction_);
  side_ = sides_.size();
  list_ = {};
  list_position_ = 0;
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
    if (side_ == sides_.size()) {
      // The next source; its neighbours' offsets are fetched two sources ahead.
      std::span<const std::uint32_t> rows = in_->rows();
      do {
        if (position_ == rows.size()) return false;
        NodeId ahead{};
        if (position_ + 2 < rows.size() &&
            node_at(in_->columns[from_column_], rows[position_ + 2], ahead)) {
          for (const EdgeSide& side : sides_) side.adjacency->prefetch(ahead);
        }
        ++position_;
      } while (!node_at(in_->columns[from_column_], rows[position_ - 1], source_));
      side_ = 0;
      if (sides_.empty()) continue;
    }
    const EdgeSide& side = sides_[side_++];
    list_ = side.adjacency->neighbours(source_);
    list_position_ = 0;
    if (into_column_ >= 0) narrow_to_target();
    if (list_position_ < list_.size) return true;
  }
}

Batch* ExpandOperator::next() {
  context_->interrupt->check();
  while (true) {
    out_.begin();
    Vector* to = to_column_ >= 0 ? &out_.column(to_column_) : nullptr;
    Vector* edge = edge_column_ >= 0 ? &out_.column(edge_column_) : nullptr;
    if (to) to->reset(Physical::kNode);
    if (edge) edge->reset(Physical::kEdge);
    NodeId* to_data = to ? to->mutable_data<NodeId>() : nullptr;
    EdgeRef* edge_data = edge ? edge->mutable_data<EdgeRef>() : nullptr;
    while (in_ && !out_.full()) {
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
    if (out_.size() > 0) return out_.finish(*in_);
    out_.release();
    in_ = input().pull();
    position_ = 0;
    side_ = sides_.size();
    list_ = {};
    list_position_ = 0;
    if (!in_) return nullptr;
  }
}

}  // namespace geode::gql::exec
