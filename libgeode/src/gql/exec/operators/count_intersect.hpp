#pragma once

#include <optional>
#include <vector>

#include "gql/exec/operators/counted_rows.hpp"
#include "gql/exec/operators/edge_sides.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// Counts, for two bound nodes, the pairs of edges that lead from both to one node. The edges of
/// the first node are counted by end once for all rows in a run that share it; the ends of the
/// second are looked up.
///
/// Two edges between different pairs of nodes differ, so only ends that are one of the two nodes,
/// or an end of an edge that must differ, are looked at edge by edge.
class CountIntersectOperator final : public Operator {
 public:
  struct Columns {
    int first, second;  ///< the two nodes
    std::vector<int> first_differs, second_differs;
  };
  CountIntersectOperator(OperatorPtr input, const plan::CountIntersect& count, Columns columns,
                         CountedRows out);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  struct Leg {
    std::vector<catalog::EdgeLabelId> labels;
    plan::ExpandDirection direction{};
    std::vector<EdgeSide> sides;
    bool has_loops = false;
    bool once = false;          ///< an end counts once, however many edges lead to it
    std::vector<EdgeId> taken;  ///< by other edges of the row at hand
  };
  void mark(NodeId node);
  std::uint64_t count(const Batch& batch, std::uint32_t row);
  std::uint64_t count_each(NodeId first, NodeId second);
  /// Pairs of edges that lead to `end`, compared one by one.
  std::uint64_t count_at(NodeId first, NodeId second, NodeId end);
  void read_taken(const Batch& batch, std::uint32_t row, const std::vector<int>& columns, Leg& leg);
  static std::uint64_t times(const Leg& leg, NodeId from, NodeId end);
  static void edges_to(const Leg& leg, NodeId from, NodeId end, std::vector<EdgeId>& out);

  Leg first_, second_;
  std::optional<catalog::LabelId> to_label_;
  bool legs_differ_;
  bool opposite_ = false;  ///< from one node, only a loop is in both legs
  Columns columns_;
  CountedRows out_;
  bool test_ends_ = false;
  std::vector<std::uint8_t> weights_;  ///< edges of the marked node, by end
  std::vector<std::uint32_t> marked_;
  bool any_marked_ = false, weight_overflows_ = false;
  NodeId marked_for_{};
  std::vector<NodeId> special_;
  std::vector<EdgeId> first_edges_, second_edges_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint64_t> counts_;
  base::MemoryCharge charge_;
};

}  // namespace geode::gql::exec
