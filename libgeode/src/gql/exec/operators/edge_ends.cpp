#include "gql/exec/operators/edge_ends.hpp"

#include <algorithm>

namespace geode::gql::exec {

using value::EdgeRef;
using value::Physical;

EdgeEndsOperator::EdgeEndsOperator(OperatorPtr input, ColumnSources sources,
                                   const plan::EdgeEnds& ends, int edge_column, int left_column,
                                   int right_column, int left_output, int right_output)
    : out_(std::move(sources)),
      labels_(ends.labels),
      orientation_(ends.orientation),
      edge_column_(edge_column),
      left_column_(left_column),
      right_column_(right_column),
      left_output_(left_output),
      right_output_(right_output) {
  add_input(std::move(input));
}

void EdgeEndsOperator::open(ExecutionContext& context) {
  Operator::open(context);
  in_ = nullptr;
  position_ = 0;
}

Batch* EdgeEndsOperator::next() {
  context_->interrupt->check();
  while (true) {
    if (!in_ || position_ == in_->row_count()) {
      out_.release();
      in_ = input().pull();
      position_ = 0;
      if (!in_) return nullptr;
    }
    out_.begin();
    NodeId* left = nullptr;
    NodeId* right = nullptr;
    if (left_output_ >= 0) {
      out_.column(left_output_).reset(Physical::kNode);
      left = out_.column(left_output_).mutable_data<NodeId>();
    }
    if (right_output_ >= 0) {
      out_.column(right_output_).reset(Physical::kNode);
      right = out_.column(right_output_).mutable_data<NodeId>();
    }
    // An edge gives up to two rows.
    for (; position_ < in_->row_count() && out_.room() >= 2; ++position_) {
      std::uint32_t row = in_->rows()[position_];
      EdgeRef edge;
      if (!edge_at(in_->columns[edge_column_], row, edge)) continue;
      const catalog::EdgeLabelId label{edge_label_of(edge.id)};
      if (std::find(labels_.begin(), labels_.end(), label) == labels_.end()) continue;
      auto add = [&](NodeId l, NodeId r) {
        NodeId bound{};
        if (left_column_ >= 0 && (!node_at(in_->columns[left_column_], row, bound) || bound != l))
          return;
        if (right_column_ >= 0 && (!node_at(in_->columns[right_column_], row, bound) || bound != r))
          return;
        if (left) left[out_.size()] = l;
        if (right) right[out_.size()] = r;
        out_.add(row);
      };
      const bool either = orientation_ == bound::EdgeOrientation::kEither ||
                          !context_->graph->catalog().is_directed(label);
      const bool backwards = orientation_ == bound::EdgeOrientation::kRightToLeft ||
                             orientation_ == bound::EdgeOrientation::kRightToLeftOrUndirected;
      if (either || !backwards) add(edge.source, edge.target);
      if (either ? edge.source != edge.target : backwards) add(edge.target, edge.source);
    }
    if (out_.size() > 0) return out_.finish(*in_);
  }
}

}  // namespace geode::gql::exec
