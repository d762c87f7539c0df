#pragma once

#include <optional>
#include <vector>

#include "gql/exec/operators/edge_sides.hpp"
#include "gql/exec/operators/row_expander.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// One step along edges from a bound node: one row per edge, in the order of labels, then
/// (neighbour, edge). Ends without the wanted label are left out; no end is looked at where
/// statistics show that all of them have it.
///
/// Where no node of a batch has more than one edge, the rows stay where they are: columns of the
/// input are handed on as they are.
class ExpandOperator final : public Operator {
 public:
  /// edge_column < 0: the edge is not made. into_column >= 0: the other end is bound there, and
  /// to_column is unused.
  ExpandOperator(OperatorPtr input, ColumnSources sources, const plan::Expand& expand,
                 int from_column, int to_column, int edge_column, int into_column);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  bool pull_input();
  /// Asks for all lists of a batch at once, when one side gives them. Gives whether none is longer
  /// than one.
  bool read_lists();
  Batch* step_in_place();
  Batch* step();
  /// The same where the lists are known and nothing but their nodes is asked for.
  Batch* step_lists();
  /// Moves to the next list with edges that count. False: the batch is used up.
  bool next_list();
  void narrow_to_target();
  /// Takes the rows out whose end has not the label. False: none is left.
  bool keep_labelled(Batch& batch, const value::Vector& ends);

  RowExpander out_;
  ColumnSources sources_;
  std::vector<catalog::EdgeLabelId> labels_;
  plan::ExpandDirection direction_;
  std::optional<catalog::LabelId> to_label_;
  int from_column_, to_column_, edge_column_, into_column_;
  const bool once_;  ///< a row is through with the first edge
  bool found_ = false;
  std::vector<EdgeSide> sides_;
  bool test_ends_ = false;
  value::Vector unread_;  ///< the ends, when nobody but the test reads them
  Batch* in_ = nullptr;
  std::size_t position_ = 0;
  std::size_t side_ = 0;
  NodeId source_{};
  graph::Neighbours list_;
  std::uint32_t list_position_ = 0;
  bool has_lists_ = false;
  std::vector<NodeId> nodes_;
  std::vector<graph::Neighbours> lists_;
  Batch same_rows_;
  std::vector<std::uint32_t> kept_;
  std::vector<std::uint8_t> has_label_;
};

}  // namespace geode::gql::exec
