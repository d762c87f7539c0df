#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gql/bind/bound/statement.hpp"

namespace geode::gql::plan {

using bound::ExpressionPtr;
using bound::VariableId;

struct LogicalOp;
using LogicalOpPtr = std::unique_ptr<LogicalOp>;

/// Sides of an edge that are followed from the node an expand starts at.
/// The last two: directed edges as said, and undirected ones either way.
enum class ExpandDirection : std::uint8_t { kOut, kIn, kBoth, kOutOrUndirected, kInOrUndirected };
/// Whether every edge is walked from its source to its target, or every one backwards.
inline bool is_one_way(ExpandDirection direction) {
  return direction == ExpandDirection::kOut || direction == ExpandDirection::kIn;
}
inline ExpandDirection reversed(ExpandDirection direction) {
  switch (direction) {
    case ExpandDirection::kOut:
      return ExpandDirection::kIn;
    case ExpandDirection::kIn:
      return ExpandDirection::kOut;
    case ExpandDirection::kBoth:
      return ExpandDirection::kBoth;
    case ExpandDirection::kOutOrUndirected:
      return ExpandDirection::kInOrUndirected;
    case ExpandDirection::kInOrUndirected:
      return ExpandDirection::kOutOrUndirected;
  }
  return direction;
}

/// How the work of an operator is shared out among threads.
struct Sharing {
  std::size_t workers = 1;
  /// Nodes that a thread takes at a time, of those with the label, or of all; at least.
  std::uint64_t least_nodes = 1;
  std::optional<catalog::LabelId> label = {};
};

/// The rows handed in from outside: one row without columns for a statement, the outer rows for a
/// subquery.
struct Argument {};

/// All nodes of a graph, or those with a label: one output row per input row and node.
struct NodeScan {
  VariableId variable{};
  catalog::GraphId graph = catalog::kHomeGraph;
  std::optional<catalog::LabelId> label;
  std::string label_name;
  /// A label test that no node can pass was proved false when the statement was planned.
  bool empty = false;
  /// What the statement says about how to find the nodes.
  std::optional<bound::ScanHint> hint;
  /// Workers share its nodes out among themselves.
  bool by_morsels = false;
};

/// Nodes by an index. equal: one expression per key of the index; else those whose only key is an
/// element of a list, or more of them; else a range on the first key.
struct IndexSeek {
  VariableId variable{};
  catalog::IndexId index{};
  catalog::LabelId label{};  ///< that the index is of
  std::string index_name;
  std::vector<ExpressionPtr> equal;
  ExpressionPtr among;
  ExpressionPtr low, high;
  bool low_inclusive = true, high_inclusive = true;
};

/// One step along an edge from `from`. When `into`, `to` is bound already and must be the other
/// end.
struct Expand {
  VariableId from{}, to{}, edge{};
  std::vector<catalog::EdgeLabelId> labels;
  ExpandDirection direction{};
  bool into = false;
  /// Nobody reads the edge: it need not be made.
  bool edge_unused = false;
  /// The other end has to have it; not when `into`.
  std::optional<catalog::LabelId> to_label = {};
  std::string to_label_name = {};
  /// When `into`: a row comes once, however many edges there are. The edge is not made.
  bool once = false;
};

/// A step whose other end and edge nobody reads: each row once, with the number of its edges beside
/// it; rows without an edge are left out.
struct CountExpand {
  VariableId from{};
  std::vector<catalog::EdgeLabelId> labels;
  ExpandDirection direction{};  ///< one way
  /// The other end has to have it.
  std::optional<catalog::LabelId> to_label;
  std::string to_label_name;
  /// Edges of the row that are not counted: another step has taken them.
  std::vector<VariableId> other_edges;
  VariableId count{};
};

/// From an edge that is bound to its end nodes. Orientation as in the pattern; either end may be
/// bound already.
struct EdgeEnds {
  VariableId edge{}, left{}, right{};
  bound::EdgeOrientation orientation{};
  bool left_bound = false, right_bound = false;
  std::vector<catalog::EdgeLabelId> labels;
};

enum class PathKind : std::uint8_t { kEnumerate, kReach, kShortest };

/// A quantified edge or path between `from` and `to`.
struct ExpandQuantified {
  VariableId from{}, to{}, edge{};
  std::vector<catalog::EdgeLabelId> labels;
  ExpandDirection direction{};
  bool into = false;
  /// The pattern runs from `to` to `from`: lists are reversed before they are handed out.
  bool reversed = false;
  std::uint64_t minimum = 1;
  std::optional<std::uint64_t> maximum;
  VariableId element = bound::kNoVariable;
  std::vector<ExpressionPtr> element_conditions;
  std::shared_ptr<bound::PathSegment> segment;
  ast::PathMode mode = ast::PathMode::kTrail;
  bool different_edges = true;  ///< as the match mode has it
  /// kShortest: search, and how many. kReach: each end once, no lists are made.
  PathKind kind = PathKind::kEnumerate;
  ast::PathSearch search = ast::PathSearch::kAll;
  std::uint64_t count = 1;
  ExpressionPtr count_parameter;  ///< SHORTEST $k: instead of `count`
  bool edge_unused = false;
};

/// Of the rows with the same ends, keeps what a path search prefix asks for. length counts edges.
struct SelectPaths {
  VariableId source{}, target{};
  /// Single edges and lists of edges whose number is the length of the path.
  std::vector<VariableId> edges;
  ast::PathSearch search{};
  std::uint64_t count = 1;
  ExpressionPtr count_parameter;  ///< instead of `count`
};

struct Filter {
  std::vector<ExpressionPtr> conditions;
};

/// No edge twice among these: variables of single edges or of lists of edges.
struct DifferentEdges {
  std::vector<std::pair<VariableId, VariableId>> pairs;
  /// Lists that must not repeat an edge within themselves are made so by ExpandQuantified.
};

/// Adds columns.
struct Compute {
  std::vector<std::pair<VariableId, ExpressionPtr>> bindings;
};

/// Keeps these columns, in this order.
struct Select {
  std::vector<VariableId> variables;
};

struct Unwind {
  VariableId variable{};
  ExpressionPtr list;
  bool only_lists = false;
  VariableId counter = bound::kNoVariable;
  bool counter_from_one = true;
};

/// A row for each row of a CSV file, for each input row.
struct LoadCsv {
  ExpressionPtr source;
  bool headers = false;
  char separator = ',';
  VariableId row{}, line{}, file{};
};

/// Rows of a procedure for each input row; without columns the input row itself. columns: by
/// position those of the procedure, kNoVariable when not wanted.
struct ProcedureCall {
  const Procedure* procedure = nullptr;
  catalog::GraphId graph = catalog::kHomeGraph;  ///< the working graph
  std::vector<ExpressionPtr> arguments;
  std::vector<VariableId> columns;
};

struct Aggregate {
  std::vector<std::pair<VariableId, ExpressionPtr>> groups;
  std::vector<std::pair<VariableId, ExpressionPtr>> aggregates;
  /// Columns of counts: a row stands for as many rows as their product says.
  std::vector<VariableId> multiplicities;
  /// Threads each fold a part of the rows.
  Sharing sharing = {};
};

struct Distinct {
  std::vector<VariableId> variables;
  /// Threads each tell apart the rows of a morsel, before the rows of all are told apart.
  Sharing sharing = {};
};

struct SortKey {
  ExpressionPtr expression;
  bool descending = false;
  bool nulls_first = false;
};

/// With a limit it keeps only the first offset + limit rows while it reads.
struct Sort {
  std::vector<SortKey> keys;
  ExpressionPtr offset, limit;
  /// Threads each find the first rows of a morsel, before those of all are found.
  Sharing sharing = {};
};

/// The rows of inputs[0], a pipeline that begins with a scan by morsels, made by several threads;
/// in the order in which one would make them.
struct Gather {
  Sharing sharing;
};

struct Limit {
  ExpressionPtr offset, limit;
};

/// inputs[0] x inputs[1]; the right side is independent of the left and held in memory. With keys:
/// an equi-join by hashing.
struct Join {
  std::vector<ExpressionPtr> left_keys, right_keys;
  /// The right side is the row from outside that the subplan runs for.
  bool with_outer_row = false;
};

enum class ApplyKind : std::uint8_t { kOptional, kCall, kOptionalCall };

/// inputs[1] runs for the rows of inputs[0] (its Argument). `introduces` are added columns.
struct Apply {
  ApplyKind kind{};
  std::vector<VariableId> introduces;
  /// kCall without RETURN: outer rows pass unchanged.
  bool passes_rows = false;
  bool in_transactions = false;
};

/// inputs are the operands, two or, for UNION [ALL] and OTHERWISE, more; columns by position.
struct SetOperation {
  ast::SetOperator op{};
  /// Output column i is made from input column columns[k][i] of input k.
  std::vector<std::vector<VariableId>> columns;
  std::vector<VariableId> result;
};

/// inputs[0] when every node with the label has the property, for each of these, and all edges that
/// are named end where it is said; else inputs[1]. Which one is known when a run begins. Both have
/// the same columns.
struct WhenPresent {
  struct Property {
    catalog::LabelId label{};
    catalog::PropertyKeyId key{};
    std::string label_name, key_name;
  };
  /// All edges lead to nodes with the label, or, not `targets`, come from such.
  struct Ends {
    catalog::EdgeLabelId edges{};
    bool targets = true;
    catalog::LabelId label{};
    std::string edges_name, label_name;
  };
  std::vector<Property> properties;
  std::vector<Ends> ends = {};
};

/// count(*) of a chain of single steps, by per-node sums instead of enumeration (STORAGE: aggregate
/// push-down). nodes[i] -steps[i]-> nodes[i + 1]; masks[i]: a plan whose rows are the nodes that
/// position i may take.
struct CountWalks {
  catalog::GraphId graph = catalog::kHomeGraph;
  struct Step {
    std::vector<catalog::EdgeLabelId> labels;
    ExpandDirection direction{};
  };
  std::vector<VariableId> nodes;
  std::vector<Step> steps;
  /// Per position: the label and conditions of the node.
  struct NodeMask {
    std::optional<catalog::LabelId> label;
    std::string label_name;
    std::vector<ExpressionPtr> conditions;
  };
  std::vector<NodeMask> masks;
  /// Pairs of steps that must not take the same edge, the earlier one first.
  std::vector<std::pair<std::size_t, std::size_t>> different;
  VariableId result{};
  /// Threads share the nodes out among themselves.
  Sharing sharing = {};
};

/// Nodes that close a triangle: for rows with `a` and `b` bound, each node that is a neighbour of
/// both.
struct Intersect {
  struct Leg {
    VariableId from{};
    VariableId edge{};
    std::vector<catalog::EdgeLabelId> labels;
    ExpandDirection direction{};
    /// A neighbour counts once, however many edges lead to it; the first leg's only. The edge is
    /// not made.
    bool once = false;
  };
  VariableId to{};
  Leg first, second;
  bool edges_unused = false;
};

/// The same when nobody reads the node nor its edges: each row once, with the number of pairs of
/// edges that close a triangle; rows without one are left out.
struct CountIntersect {
  Intersect::Leg first, second;
  /// The node has to have it.
  std::optional<catalog::LabelId> to_label;
  std::string to_label_name;
  bool legs_differ = false;
  /// Edges of the row that the edge of a leg must not be.
  std::vector<VariableId> first_differs, second_differs;
  VariableId count{};
};

// ---- data modification: read all input rows first

struct Insert {
  const bound::Insert* insert = nullptr;
};
struct SetProperties {
  const std::vector<bound::SetItem>* items = nullptr;
};
struct RemoveProperties {
  const std::vector<bound::RemoveItem>* items = nullptr;
};
struct DeleteElements {
  const bound::Delete* deletion = nullptr;
};
struct CheckElements {
  const bound::Check* check = nullptr;
};
/// inputs[0]: rows; inputs[1]: the match for one row.
struct Merge {
  const bound::Merge* merge = nullptr;
};
/// inputs[0]: rows; inputs[1]: the body for the rows of the list.
struct Foreach {
  VariableId variable{};
  ExpressionPtr list;
};

struct LogicalOp {
  using Node =
      std::variant<Argument, NodeScan, IndexSeek, Expand, EdgeEnds, ExpandQuantified, SelectPaths,
                   Filter, DifferentEdges, Compute, Select, Unwind, LoadCsv, ProcedureCall,
                   Aggregate, Distinct, Sort, Gather, Limit, Join, Apply, SetOperation, CountWalks,
                   CountExpand, WhenPresent, Intersect, CountIntersect, Insert, SetProperties,
                   RemoveProperties, DeleteElements, CheckElements, Merge, Foreach>;
  ~LogicalOp();

  Node node;
  std::vector<LogicalOpPtr> inputs;
  /// Columns of the result, in order.
  std::vector<VariableId> outputs;
  /// Estimated rows.
  double rows = 1;
};

template <class T>
LogicalOpPtr make_op(T node, std::vector<VariableId> outputs, LogicalOpPtr input = nullptr,
                     LogicalOpPtr second = nullptr) {
  auto op = std::make_unique<LogicalOp>();
  op->node = std::move(node);
  op->outputs = std::move(outputs);
  if (input) op->rows = input->rows;
  if (input) op->inputs.push_back(std::move(input));
  if (second) op->inputs.push_back(std::move(second));
  return op;
}

bool has_output(const LogicalOp& op, VariableId variable);
/// Whether it or an operator below it changes the graph.
bool modifies(const LogicalOp& op);
/// The columns that a subplan reads from outside: those of all of its arguments, as a set operation
/// has several. The right side of a join and the inner plans of Apply, Merge and Foreach have
/// arguments of their own.
std::vector<VariableId> argument_variables(const LogicalOp& subplan);
/// a, then what b has beyond it.
std::vector<VariableId> with_added(std::vector<VariableId> outputs,
                                   std::initializer_list<VariableId> added);

}  // namespace geode::gql::plan
