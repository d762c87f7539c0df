#pragma once

#include <optional>
#include <vector>

#include "gql/exec/operators/counted_rows.hpp"
#include "gql/exec/operators/edge_sides.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// Puts beside each row how many edges lead on from its node; rows without one are left out. Where
/// every edge of the label ends at a node with the wanted label, no edge is read: the offsets say
/// how many there are.
class CountExpandOperator final : public Operator {
 public:
  CountExpandOperator(OperatorPtr input, const plan::CountExpand& count, int from_column,
                      std::vector<int> other_edge_columns, CountedRows out);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  struct Side {
    EdgeSide edges;
    bool test_ends;  ///< some edge ends at a node without the label
  };
  void count(const Batch& batch);
  void add_tested(const Side& side, std::uint32_t at);
  /// Takes the edges out that other steps of the row have taken.
  void subtract_taken(const Batch& batch, std::uint32_t row, std::uint32_t at);

  std::vector<catalog::EdgeLabelId> labels_;
  plan::ExpandDirection direction_;
  std::optional<catalog::LabelId> to_label_;
  int from_column_;
  std::vector<int> other_edge_columns_;
  CountedRows out_;
  std::vector<Side> sides_;
  // Of the rows of one batch that have a node, by position.
  std::vector<std::uint32_t> rows_;
  std::vector<NodeId> nodes_;
  std::vector<std::uint32_t> degrees_;
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint8_t> has_label_;
  std::vector<NodeId> ends_;
  std::vector<EdgeId> taken_;
};

}  // namespace geode::gql::exec
