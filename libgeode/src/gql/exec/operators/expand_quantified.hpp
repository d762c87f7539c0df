#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "gql/exec/operators/hop_sources.hpp"
#include "gql/exec/operators/row_expander.hpp"

namespace geode::gql::exec {

/// A quantified edge or path from a bound node: one row per path, per end (reach), or per shortest
/// path.
class ExpandQuantifiedOperator final : public Operator {
 public:
  struct Columns {
    int from = -1;
    int into = -1;            ///< the other end is bound there
    int to = -1;              ///< output
    int edges = -1;           ///< output: the list of edges
    std::vector<int> groups;  ///< outputs: the segment's exports, in their order
  };
  ExpandQuantifiedOperator(OperatorPtr input, ColumnSources sources,
                           const plan::ExpandQuantified& expand, Columns columns,
                           std::optional<Evaluator> count, std::unique_ptr<EdgeHops> edge_hops,
                           std::unique_ptr<SegmentHops> segment_hops);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  bool next_row();
  void begin_source();
  /// The next path of the source at hand; its hops in path_, its end in end_.
  bool next_path();
  void emit();
  /// A value of a list column.
  void keep(std::size_t list, Value value);
  HopSource& hops() const;

  RowExpander out_;
  Columns columns_;
  SearchLimits limits_;
  plan::PathKind kind_;
  ast::PathSearch search_;
  std::uint64_t count_;
  std::optional<Evaluator> count_parameter_;  // gives count_ of a run
  bool undirected_, reversed_, repeated_;
  std::unique_ptr<EdgeHops> edge_hops_;
  std::unique_ptr<SegmentHops> segment_hops_;

  Batch* in_ = nullptr;
  std::size_t position_ = 0;
  bool active_ = false;
  NodeId source_{}, end_{};
  std::optional<NodeId> target_;
  PathEnumeration enumeration_;
  NodeMarks marks_, other_marks_;
  std::vector<NodeId> reached_;
  std::vector<FoundPath> found_;
  std::size_t found_position_ = 0;
  const std::vector<Hop>* path_ = nullptr;
  std::vector<std::vector<Value>> lists_;  // one per list column, rows of the output batch
  std::uint64_t list_bytes_ = 0;           // what they hold
  base::MemoryCharge charge_;              // for them
};

}  // namespace geode::gql::exec
