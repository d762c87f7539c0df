#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "catalog/catalog.hpp"
#include "gql/bind/bound/expression.hpp"
#include "gql/procedure/registry.hpp"
#include "gql/syntax/ast/statement.hpp"

namespace geode::gql::bound {

/// What is known of a variable; index = VariableId.
struct VariableInfo {
  std::string name;  ///< as written; "" for elements without a name
  value::Type type;
};

// ---- patterns

/// One node of a graph pattern. A variable that occurs twice is one PatternNode.
struct PatternNode {
  VariableId variable{};
  bool bound_before = false;          ///< comes from an earlier clause
  std::unique_ptr<LabelTest> labels;  ///< null: any
  /// Property maps (as equalities) and inline WHERE conditions that read this node (and maybe
  /// others) come with the pattern's `conditions`.
};

/// The last two: edges with a direction as said, and those without one.
enum class EdgeOrientation : std::uint8_t {
  kLeftToRight,
  kRightToLeft,
  kEither,
  kLeftToRightOrUndirected,
  kRightToLeftOrUndirected
};

struct PathSegment;

/// One edge step, or one quantified step, between two pattern nodes.
struct PatternEdge {
  /// The edge; for a quantified edge the list of edges (a group variable).
  VariableId variable{};
  bool bound_before = false;
  std::uint32_t left = 0, right = 0;  ///< indexes into GraphPattern::nodes
  EdgeOrientation orientation{};
  /// The edge labels that satisfy the label expression, as the catalog stood when the statement was
  /// bound. Empty: no edge can match.
  std::vector<catalog::EdgeLabelId> labels;
  bool quantified = false;
  std::uint64_t minimum = 1;
  std::optional<std::uint64_t> maximum = 1;
  /// Quantified edge: conditions on each edge, over `element`.
  VariableId element = kNoVariable;
  std::vector<ExpressionPtr> element_conditions;
  /// A quantified parenthesised path `((x)-[e]->(y) WHERE ..){m,n}` or alternatives `(..|..)`: the
  /// inside; then labels, orientation and element are unused.
  std::shared_ptr<PathSegment> segment;
  std::uint32_t path = 0;  ///< index into GraphPattern::paths
};

/// One path pattern: its elements in order and how paths are searched.
struct PatternPath {
  VariableId variable = kNoVariable;  ///< the path variable
  ast::PathPrefix prefix;
  ExpressionPtr count_parameter;     ///< SHORTEST $k: instead of prefix.count
  std::vector<std::uint32_t> nodes;  ///< indexes into GraphPattern::nodes, in path order
  std::vector<std::uint32_t>
      edges;  ///< indexes into GraphPattern::edges; edges.size() + 1 == nodes.size()
};

/// USING INDEX, USING SCAN: how a node is to be found.
struct ScanHint {
  std::uint32_t node = 0;                 ///< index into GraphPattern::nodes
  std::optional<catalog::IndexId> index;  ///< absent: by its label
  Position position;
};

struct GraphPattern {
  catalog::GraphId graph = catalog::kHomeGraph;
  ast::MatchMode mode = ast::MatchMode::kDefault;
  std::vector<PatternNode> nodes;
  std::vector<PatternEdge> edges;
  std::vector<PatternPath> paths;
  /// WHERE, element conditions and property equalities, split at AND. Label tests of nodes are not
  /// among them.
  std::vector<ExpressionPtr> conditions;
  std::vector<ScanHint> hints;
};

/// One alternative of a segment: a pattern of one path, with variables of its own.
struct PathBranch {
  GraphPattern pattern;
  /// Names for expressions over the branch's elements (path variables), computed after the match.
  std::vector<std::pair<VariableId, ExpressionPtr>> computed;
};

/// What one name of a segment is outside of it.
struct PathExport {
  VariableId outer{};
  struct Source {
    VariableId variable = kNoVariable;  ///< kNoVariable: the branch does not have the name
    bool wrapped = false;               ///< a single element where another branch has a list
  };
  std::vector<Source> sources;  ///< one per branch
  bool list = false;            ///< absent means the empty list, not null
};

/// A part of a path that is matched as a whole between two nodes of the path around it.
///
/// Repeated: the last node of one repetition is the first of the next, and outside each name is
/// the list of what it was in the repetitions that have it. Not repeated: alternatives, taken once;
/// a name that only some of them have is null for the others. The first and last node of every
/// branch are the nodes the segment stands between.
struct PathSegment {
  bool repeated = true;
  bool distinct = false;  ///< `|`: what several branches match alike counts once
  std::vector<PathBranch> branches;
  std::vector<PathExport> exports;
  ast::PathMode mode = ast::PathMode::kUnspecified;
};

/// The expressions within a step of a path, those of nested steps included: their free variables
/// are the step's own and those it reads from outside.
void for_each_condition(const PatternEdge& edge,
                        const std::function<void(const Expression&)>& visit);
void for_each_condition(const PathBranch& branch,
                        const std::function<void(const Expression&)>& visit);

// ---- clauses

struct Match {
  bool optional = false;
  GraphPattern pattern;
  /// OPTIONAL { MATCH.. MATCH.. }: one block, left-joined as a whole; then pattern is empty.
  std::vector<Match> block;
  /// Variables that this clause introduces (null-filled when optional and nothing matches).
  std::vector<VariableId> introduces;
};

struct Filter {
  ExpressionPtr condition;
};

/// Adds columns.
struct Let {
  std::vector<std::pair<VariableId, ExpressionPtr>> bindings;
};

struct Unwind {
  VariableId variable{};
  ExpressionPtr list;
  bool only_lists = false;  ///< another value is an error, not a list of one
  VariableId counter = kNoVariable;
  bool counter_from_one = true;
};

/// LOAD CSV: a row for each row of the file. `line` and `file` are what linenumber() and file()
/// give.
struct LoadCsv {
  ExpressionPtr source;
  bool headers = false;
  char separator = ',';
  VariableId row{}, line{}, file{};
  Position position;
};

struct SortKey {
  ExpressionPtr expression;
  bool descending = false;
  bool nulls_first = false;
};

/// RETURN, WITH and SELECT: first group (when `aggregating`), then compute, then distinct, sort,
/// page, filter.
///
/// Not aggregating: `items` are computed from the input. Aggregating: `groups` are the grouping
/// keys, `aggregates` the aggregate calls, each given a variable; `items` are computed from those
/// variables alone. Sort keys read item variables, and, when neither distinct nor aggregating, also
/// the input's variables.
struct Project {
  bool aggregating = false;
  std::vector<std::pair<VariableId, ExpressionPtr>> groups;
  std::vector<std::pair<VariableId, ExpressionPtr>> aggregates;  ///< kind kAggregate
  ExpressionPtr having;
  std::vector<std::pair<VariableId, ExpressionPtr>> items;
  bool distinct = false;
  std::vector<SortKey> sort;
  ExpressionPtr offset, limit;
  ExpressionPtr condition;  ///< WITH ... WHERE
};

struct Page {
  std::vector<SortKey> sort;
  ExpressionPtr offset, limit;
};

/// CALL { ... }: the inner query runs for each row; its columns are added (or, without RETURN, only
/// its effects happen).
struct CallSubquery {
  bool optional = false;
  std::shared_ptr<const Query> query;
  bool returns = true;
  /// The session runs it, in transactions of its own: a plan with it can only be shown.
  bool in_transactions = false;
  std::vector<VariableId> introduces;
};

/// CALL of a named procedure: for each row the rows it gives, or, when it has no columns, the row
/// itself. columns: by position those of the procedure; kNoVariable: not wanted.
struct CallProcedure {
  const Procedure* procedure = nullptr;
  catalog::GraphId graph = catalog::kHomeGraph;
  std::vector<ExpressionPtr> arguments;
  std::vector<VariableId> columns;
};

// ---- data modification

struct NewProperty {
  std::string name;
  std::uint32_t key = kUnknownName;
  ExpressionPtr value;
};

struct InsertNode {
  VariableId variable{};
  std::vector<std::string> labels;
  std::vector<ExpressionPtr> dynamic_labels;  ///< each gives a label or a list of labels
  std::vector<NewProperty> properties;
  ExpressionPtr property_map;  ///< `CREATE (n $map)`, or null
};

struct InsertEdge {
  VariableId variable{};
  VariableId source{}, target{};
  bool directed = true;
  std::string label;
  ExpressionPtr dynamic_label;  ///< instead of `label`
  std::vector<NewProperty> properties;
  ExpressionPtr property_map;
};

/// New nodes and edges of one INSERT or CREATE, in the order to make them.
struct Insert {
  catalog::GraphId graph = catalog::kHomeGraph;
  std::vector<InsertNode> nodes;
  std::vector<InsertEdge> edges;
  /// Named paths of the clause: (variable, a kPath expression over the variables above).
  std::vector<std::pair<VariableId, ExpressionPtr>> paths;
};

struct SetItem {
  ast::SetItem::Kind kind{};
  ExpressionPtr target;        ///< node or edge (or null value: skipped)
  std::string name;            ///< kProperty
  ExpressionPtr dynamic_name;  ///< kProperty, instead of `name`
  ExpressionPtr value;
  std::vector<std::string> labels;
  std::vector<ExpressionPtr> dynamic_labels;
};

struct Set {
  std::vector<SetItem> items;
};

struct RemoveItem {
  ExpressionPtr target;
  std::string property;             ///< a property,
  ExpressionPtr dynamic_property;   ///< or one whose name is computed,
  std::vector<std::string> labels;  ///< or labels
  std::vector<ExpressionPtr> dynamic_labels;
};

struct Remove {
  std::vector<RemoveItem> items;
};

struct Delete {
  bool detach = false;
  std::vector<ExpressionPtr> targets;  ///< node, edge, path, or lists of them; null is skipped
  /// Where something is hidden from the user: for each target that may be a node, the list of its
  /// edges that he sees. The others go with the node, unasked and uncounted, as he must not learn
  /// of them.
  std::vector<ExpressionPtr> seen_edges;
};

/// MERGE of one path: per input row, match `pattern`; when nothing matches, insert.
struct Merge {
  GraphPattern pattern;
  Insert insert;
  std::vector<SetItem> on_create, on_match;
  /// Conditions as those of Check: on what was made, and on what was found, before and after the
  /// items of `on_match`.
  std::vector<ExpressionPtr> created, before_match, after_match;
  std::vector<VariableId> introduces;
};

/// Conditions on what the clause before has changed: one that is not true ends the statement with
/// 42X04.
struct Check {
  std::vector<ExpressionPtr> conditions;
};

struct Clause;

struct Foreach {
  VariableId variable{};
  ExpressionPtr list;
  std::vector<Clause> body;
};

struct Clause {
  std::variant<Match, Filter, Let, Unwind, LoadCsv, Project, Page, CallSubquery, CallProcedure,
               Insert, Set, Remove, Delete, Check, Merge, Foreach>
      node;
  Position position;
};

struct LinearQuery {
  std::vector<Clause> clauses;
  /// Result columns in order: (name, variable). Empty when the query returns nothing (FINISH, or it
  /// ends with an update).
  std::vector<std::pair<std::string, VariableId>> columns;
  bool returns = false;
};

/// linear (op linear)*; the columns of each are by position those of the first.
struct CompositeQuery {
  LinearQuery first;
  std::vector<std::pair<ast::SetOperator, LinearQuery>> rest;
  /// Variables the composite's result gets (when rest is empty: those of first).
  std::vector<std::pair<std::string, VariableId>> columns;
};

struct Query {
  std::vector<CompositeQuery> parts;  ///< joined by NEXT: a part's columns are the next one's input
  std::vector<VariableId>
      imports;  ///< outer variables that a subquery reads (same ids inside and outside)
  std::vector<std::pair<std::string, VariableId>> columns;
  bool returns = false;
  bool modifies = false;
};

/// What is not wrong but likely not meant (class 01).
struct Warning {
  std::string gqlstatus;
  std::string message;
  Position position;
};

/// A whole bound statement.
struct Program {
  std::shared_ptr<const Query> query;
  std::vector<VariableInfo> variables;
  std::vector<std::string> parameters;        ///< names in order of first use
  std::vector<Position> parameter_positions;  ///< of the first use of each
  std::vector<Warning> warnings;
  bool modifies = false;
  /// A name was not found in the catalog: the plan is not valid for a later catalog (it never is
  /// for another version).
  bool has_unknown_names = false;
};

}  // namespace geode::gql::bound
