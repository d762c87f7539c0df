#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/interrupt.hpp"
#include "catalog/catalog.hpp"
#include "gql/bind/bind_element_condition.hpp"
#include "gql/bind/bound/statement.hpp"
#include "gql/bind/catalog_reference.hpp"
#include "gql/bind/scope.hpp"
#include "gql/procedure/routines.hpp"
#include "gql/syntax/ast/statement.hpp"

namespace geode::gql {

/// Where an expression stands: the names it sees and what it may be made of.
struct ExpressionPlace {
  const Scope* scope = nullptr;
  /// Aggregates become kAggregate nodes; elsewhere they are refused.
  bool aggregates = false;
  /// A truth value is wanted, so that a path pattern may stand for "there is such a path".
  bool condition = false;
  bool inside_aggregate = false;
  /// The names that arguments of aggregates see, when they are not those of `scope` (sort keys).
  const Scope* aggregate_scope = nullptr;

  explicit ExpressionPlace(const Scope& names) : scope(&names) {}
  /// A part of an expression that stands here: no longer a condition of its own.
  ExpressionPlace part() const {
    ExpressionPlace result = *this;
    result.condition = false;
    return result;
  }
};

/// What a query within a statement is for: it decides how the query may end and what it may do.
enum class QueryUse : std::uint8_t { kStatement, kPredicate, kValue, kCall };

/// Calls `visit` for each name that a path pattern gives to a part of itself.
void visit_variables(const ast::PathTerm& term, const std::function<void(const ast::Name&)>& visit);

/// Binds one statement. Its member functions are spread over the bind_*.cpp files by subject.
class StatementBinder {
 public:
  StatementBinder(const catalog::Catalog& catalog, const base::Interrupt* interrupt,
                  const Routines& routines, const CatalogContext& context);
  bound::Program bind_program(const ast::Query& query);
  ElementCondition bind_element_condition(const ast::Expression& condition,
                                          const std::string& variable, bool edge);
  /// A policy's condition on an element of the type, to see whether it can be bound.
  bound::ExpressionPtr bind_policy_test(const ast::Expression& condition, const std::string& label,
                                        const std::string& alias, const value::Type& type);

 private:
  using VariableId = bound::VariableId;
  using ExpressionPtr = bound::ExpressionPtr;
  using Place = ExpressionPlace;
  using Clauses = std::vector<bound::Clause>;
  struct Pattern;
  struct Chain;
  struct Branch;
  class Restriction;
  struct Projection;
  /// What a MATCH consists of, wherever it was written.
  struct PatternParts {
    std::vector<const ast::PathPattern*> paths;
    ast::MatchMode mode = ast::MatchMode::kDefault;
    const ast::PathPrefix* keep = nullptr;
    const ast::Expression* condition = nullptr;
  };
  /// Names that a pattern gives to expressions over its elements: they become columns after the
  /// match.
  using Derived = std::vector<std::pair<std::string, std::shared_ptr<const bound::Expression>>>;

  // ---- rights and policies (bind_policy.cpp)
  /// Throws Error 42X04 when the user may not do this in the current graph.
  void require(catalog::Privilege privilege, Position position) const;
  void protect(bound::GraphPattern& pattern, Position position);
  void keep_changeable(const std::vector<const bound::Expression*>& targets,
                       catalog::PolicyCommand command, catalog::Privilege privilege,
                       Position position, Clauses& out);
  void add_check(const bound::Expression& element, catalog::PolicyCommand command,
                 catalog::Privilege privilege, std::vector<ExpressionPtr>& out);
  ExpressionPtr seen_edges(const bound::Expression& node);
  void check_new(const bound::Insert& insert, std::vector<ExpressionPtr>& out);
  /// Null: every element passes.
  ExpressionPtr is_visible(const bound::Expression& element, const bound::LabelTest* known);
  ExpressionPtr within_extent(const bound::Expression& element, catalog::Privilege privilege);
  ExpressionPtr passes_policies(const bound::Expression& element, catalog::PolicyCommand command,
                                bool check, const bound::LabelTest* known);
  ExpressionPtr bind_policy_text(const security::LabelPolicies::Condition& condition,
                                 const std::string& label, const bound::Expression& element);
  ExpressionPtr bind_policy_condition(const ast::Expression& condition, const std::string& label,
                                      const std::string& alias, const bound::Expression& element);
  ExpressionPtr has_label(const bound::Expression& element, const std::string& label);
  ExpressionPtr only_labels(const bound::Expression& element,
                            const std::vector<std::string>& labels);

  // ---- names and variables (binder.cpp)
  VariableId new_variable(std::string_view name, value::Type type);
  const value::Type& type_of(VariableId variable) const;
  void set_type(VariableId variable, value::Type type);
  value::Type binding_type(const Binding& binding) const;
  /// The binding of a name, or an error that names the nearest one.
  const Binding& resolve(const Scope& scope, const ast::Name& name) const;
  /// A use of a variable: a subquery that uses a variable from outside imports it.
  ExpressionPtr use_variable(VariableId variable, Position position);
  ExpressionPtr use_binding(const Binding& binding, Position position);
  void note_use(VariableId variable);
  void note_uses(const bound::Expression& expression);
  /// True when the variable comes from outside of the query that is being bound.
  bool is_outer(VariableId variable) const;
  std::uint32_t property_key(std::string_view name, const value::Type& base, Position position);
  /// Adds warnings about a pattern (bind_warnings.cpp).
  void warn_about(const bound::GraphPattern& pattern, Position position);
  void warn(std::string_view gqlstatus, std::string message, Position position);

  // ---- queries and clauses (bind_query.cpp)
  std::shared_ptr<bound::Query> bind_query(const ast::Query& query, const Scope* outer,
                                           QueryUse use);
  void bind_parts(const ast::Query& query, const Scope* outer, QueryUse use, bound::Query& out);
  bound::CompositeQuery bind_composite(const ast::CompositeQuery& composite, const Scope& input,
                                       QueryUse use);
  void align_columns(const bound::CompositeQuery& composite, bound::LinearQuery& linear,
                     Position position) const;
  bool has_given_name(VariableId column) const;
  bound::LinearQuery bind_linear(const ast::LinearQuery& linear, Scope scope, QueryUse use);
  void bind_clause(const ast::Clause& clause, Scope& scope, bound::LinearQuery& out);
  void check_end(const ast::LinearQuery& linear, QueryUse use) const;
  void bind_let(const ast::LetClause& clause, Scope& scope, Clauses& out);
  void bind_for(const ast::ForClause& clause, Scope& scope, Clauses& out);
  void bind_page(const ast::PageClause& clause, Scope& scope, Clauses& out);
  void bind_load_csv(const ast::LoadCsv& clause, Scope& scope, Clauses& out);
  void declare_new(Scope& scope, const ast::Name& name, Binding binding) const;

  // ---- definitions at the head of a body, tables, declared types (bind_definition.cpp)
  void bind_defined(const ast::Query& query, const Scope* outer, QueryUse use, bound::Query& out);
  Binding bind_definition(const ast::Definition& definition, const Scope& scope,
                          bound::LinearQuery& out);
  std::shared_ptr<const TableColumns> table_columns(const ast::Expression& written,
                                                    const bound::Expression& value,
                                                    const Scope& scope) const;
  /// `SELECT .. FROM t`: the columns of a table variable. False: the name is none.
  bool bind_table_source(const ast::CallProcedure& clause, Scope& scope, Clauses& out);
  /// What USE and GRAPH ask of names in scope; lives as long as the scope.
  KnownGraphs graphs_in(const Scope& scope) const;
  /// Notes which graph a variable is when its value says so whatever the row.
  void note_graph(VariableId variable, const bound::Expression& value);
  /// The expression as a table, or as a graph; throws 22G03 when it can be none.
  ExpressionPtr as_table(ExpressionPtr value, bool known, Position position);
  ExpressionPtr as_graph(ExpressionPtr value, Position position);
  /// The value, which must be of a declared type as it is.
  ExpressionPtr checked_value(ExpressionPtr value, const value::DeclaredType& type);
  ExpressionPtr bind_assigned(const ast::ValueBinding& binding, const Place& place);

  // ---- CALL (bind_call.cpp)
  void bind_call_subquery(const ast::CallSubquery& clause, Scope& scope, Clauses& out);
  void check_batches(const ast::CallSubquery& clause, const ast::TransactionBatches& batches,
                     const Scope& scope);
  /// `alone`: the call is the whole statement.
  void bind_call_procedure(const ast::CallProcedure& clause, bool alone, Scope& scope,
                           bound::LinearQuery& out);
  const Procedure& find_procedure(const ast::CallProcedure& clause) const;
  std::vector<ExpressionPtr> bind_procedure_arguments(const ast::CallProcedure& clause,
                                                      const Procedure& procedure, bool alone,
                                                      const Scope& scope);
  std::vector<std::pair<ast::Name, VariableId>> bind_yield(const ast::CallProcedure& clause,
                                                           const Procedure& procedure, bool alone,
                                                           bound::CallProcedure& call);

  // ---- RETURN and WITH (bind_projection.cpp)
  void bind_projection(const ast::Projection& projection, bool with, Scope& scope,
                       bound::LinearQuery& out);
  void bind_items(const ast::Projection& projection, bool with, const Scope& scope,
                  Projection& out);
  void bind_groups(const ast::Projection& projection, const Scope& scope, Projection& out);
  void bind_result_order(const ast::Projection& projection, const Scope& scope, Projection& out);
  void bind_having(const ast::Projection& projection, const Scope& scope, Projection& out);
  bound::SortKey sort_key(const ast::SortItem& item, ExpressionPtr expression) const;
  ExpressionPtr bind_page_count(const ast::Expression& expression, const Scope& scope,
                                std::string_view word);

  // ---- patterns (bind_pattern.cpp, bind_path.cpp, bind_edge.cpp, bind_segment.cpp,
  // bind_union.cpp)
  void bind_match(const ast::MatchClause& clause, Scope& scope, Clauses& out);
  /// Binds one MATCH and declares its names in `scope`.
  bound::Match bind_graph_pattern(const PatternParts& parts, bool optional, Scope& scope,
                                  Derived& derived);
  bound::Match bind_match_clause(const ast::MatchClause& clause, bool optional, Scope& scope,
                                 Derived& derived);
  /// A name of the path that is short for an expression outside becomes a variable: an element can
  /// be met again only by one.
  void name_substitutes(const ast::PathPattern& path, Scope& scope, Clauses& out);
  void bind_hints(const std::vector<ast::ScanHint>& hints, const Scope& scope,
                  bound::GraphPattern& pattern) const;
  void flush_derived(Derived& derived, Position position, Scope& scope, Clauses& out);
  /// The clauses that match one path, as subqueries of expressions need them.
  Clauses bind_single_path(const ast::PathPattern& path, const ast::Expression* condition,
                           Scope& scope);
  void bind_path(const ast::PathPattern& path, const ast::PathPrefix* keep, Pattern& pattern);
  void bind_term(const ast::PathTerm& term, Position position, Pattern& pattern, Chain& chain);
  void bind_factor(const ast::NodePattern& node, Pattern& pattern, Chain& chain);
  void bind_factor(const ast::EdgePattern& edge, Pattern& pattern, Chain& chain);
  void bind_factor(const ast::ParenthesizedPath& path, Pattern& pattern, Chain& chain);
  void bind_inline_path(const ast::ParenthesizedPath& path, Pattern& pattern, Chain& chain);
  void name_edge(const ast::Name* name, Pattern& pattern, bound::PatternEdge& edge);
  void name_edge_list(const ast::EdgePattern& pattern_edge, Pattern& pattern,
                      bound::PatternEdge& edge);
  void declare_first(const std::string& name, VariableId list, Pattern& pattern);
  void check_bounded(const ast::QuantifierRange& range, const Pattern& pattern,
                     const Chain& chain) const;
  Branch begin_branch(const Pattern& pattern, const Chain& chain);
  void end_branch(Branch& branch, bound::PathBranch& out, Pattern& pattern);
  void bind_segment(const ast::ParenthesizedPath& path, Pattern& pattern, Chain& chain);
  void bind_union(const ast::PathTerm& term, Position position, Pattern& pattern, Chain& chain);
  static std::optional<std::string> common_end(const std::vector<Branch>& branches, bool first);
  void join_element(const ast::Name& name, VariableId variable, bool node, Pattern& pattern);
  void export_name(const std::string& name, const std::vector<Branch>& branches,
                   bound::PathSegment& segment, Position position, Pattern& pattern);
  ExpressionPtr same_element(VariableId a, VariableId b, Position position);
  void arrive(const ast::NodePattern* node, Pattern& pattern, Chain& chain);
  std::uint32_t pattern_node(const ast::ElementPattern* element, Pattern& pattern);
  void unify_nodes(std::uint32_t node, const ast::ElementPattern& element, Pattern& pattern);
  void add_node_labels(const ast::ElementPattern& element, bound::PatternNode& node);
  void bind_pattern_conditions(Pattern& pattern);
  void bind_element_conditions(const ast::ElementPattern& element, VariableId variable,
                               const Scope& scope, std::vector<ExpressionPtr>& out);
  void declare_path_variable(const ast::Name& name, VariableId variable, Pattern& pattern);
  void declare_subpath(const ast::Name& name, Pattern& pattern,
                       const std::vector<std::uint32_t>& nodes,
                       const std::vector<std::uint32_t>& edges);
  ExpressionPtr path_expression(const bound::GraphPattern& pattern,
                                const std::vector<std::uint32_t>& nodes,
                                const std::vector<std::uint32_t>& edges);

  // ---- labels (bind_label.cpp)
  std::unique_ptr<bound::LabelTest> bind_labels(const ast::LabelExpression& labels, bool nodes,
                                                bool edges);
  std::vector<catalog::EdgeLabelId> matching_edge_labels(const ast::LabelExpression* labels);
  /// A label expression with `$(..)` in it, as a condition on `element`.
  ExpressionPtr bind_dynamic_labels(const ast::LabelExpression& labels,
                                    const bound::Expression& element, const Scope& scope);
  ExpressionPtr bind_label_names(const ast::Expression& names, const Scope& scope);
  ExpressionPtr has_labels(ExpressionPtr names, bool any, const bound::Expression& element);

  // ---- expressions (bind_expression.cpp, bind_comprehension.cpp, bind_function_call.cpp)
  ExpressionPtr bind_expression(const ast::Expression& expression, const Place& place);
  /// WHERE and the like: must be boolean.
  ExpressionPtr bind_condition(const ast::Expression& expression, const Place& place,
                               std::string_view where);
  ExpressionPtr bind_property_of(ExpressionPtr base, const ast::Name& key, Position position);
  ExpressionPtr bind_node(const ast::Literal&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Parameter&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Variable&, Position, const Place&);
  ExpressionPtr bind_node(const ast::PropertyAccess&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Index&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Slice&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Unary&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Binary&, Position, const Place&);
  ExpressionPtr bind_node(const ast::IsNull&, Position, const Place&);
  ExpressionPtr bind_node(const ast::IsTruth&, Position, const Place&);
  ExpressionPtr bind_node(const ast::IsLabeled&, Position, const Place&);
  ExpressionPtr bind_node(const ast::IsTyped&, Position, const Place&);
  ExpressionPtr bind_node(const ast::IsNormalized&, Position, const Place&);
  ExpressionPtr bind_node(const ast::IsDirected&, Position, const Place&);
  ExpressionPtr bind_node(const ast::IsEndOf&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Between&, Position, const Place&);
  ExpressionPtr bind_node(const ast::FunctionCall&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Case&, Position, const Place&);
  ExpressionPtr bind_node(const ast::ListConstructor&, Position, const Place&);
  ExpressionPtr bind_node(const ast::RecordConstructor&, Position, const Place&);
  ExpressionPtr bind_node(const ast::MapProjection&, Position, const Place&);
  ExpressionPtr bind_node(const ast::ListComprehension&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Quantifier&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Reduce&, Position, const Place&);
  ExpressionPtr bind_node(const ast::PatternComprehension&, Position, const Place&);
  ExpressionPtr bind_node(const ast::PatternPredicate&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Subquery&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Cast&, Position, const Place&);
  ExpressionPtr bind_node(const ast::LetIn&, Position, const Place&);
  ExpressionPtr bind_node(const ast::Trim&, Position, const Place&);
  ExpressionPtr bind_node(const ast::GraphValue&, Position, const Place&);
  ExpressionPtr bind_node(const ast::TableValue&, Position, const Place&);

  /// An expression that uses `value` several times: `body` is given a function that makes one use
  /// of it.
  using Use = std::function<ExpressionPtr()>;
  ExpressionPtr with_value(ExpressionPtr value,
                           const std::function<ExpressionPtr(const Use& use)>& body);
  ExpressionPtr bind_case(const ast::Case& node, Position position, const Place& place,
                          const Use& operand);
  ExpressionPtr make_unary(ast::UnaryOperator op, ExpressionPtr operand, Position position) const;
  ExpressionPtr make_checked_binary(ast::BinaryOperator op, ExpressionPtr left, ExpressionPtr right,
                                    Position position) const;
  ExpressionPtr make_path(const std::vector<ast::ExpressionPtr>& elements, Position position,
                          const Place& place);
  ExpressionPtr make_is_null(ExpressionPtr operand, bool negated, Position position) const;
  ExpressionPtr make_function(std::string_view name, std::vector<ExpressionPtr> arguments,
                              Position position) const;
  ExpressionPtr make_pattern_predicate(const ast::PathPattern& path, Position position,
                                       const Place& place);
  ExpressionPtr make_subquery(ast::SubqueryKind kind, std::shared_ptr<bound::Query> query,
                              value::Type type, Position position) const;
  ExpressionPtr bind_list(const ast::Expression& list, const Place& place, std::string_view where);
  ExpressionPtr bind_special_call(const ast::FunctionCall& call, Position position,
                                  const Place& place, const std::string& lower_name);
  std::optional<Value> user_value(const std::string& name,
                                  const std::vector<ExpressionPtr>& arguments);
  ExpressionPtr bind_aggregate(const ast::FunctionCall& call, const AggregateFunction& function,
                               Position position, const Place& place);
  ExpressionPtr bind_horizontal_aggregate(const ast::FunctionCall& call,
                                          const AggregateFunction& function,
                                          const std::string& group, Position position,
                                          const Place& place);
  ExpressionPtr aggregate_call(const ast::FunctionCall& call, const AggregateFunction& function,
                               Position position, const Place& place);

  // ---- data modification (bind_data_modification.cpp, bind_insert.cpp)
  /// The nodes and edges of a path that INSERT, CREATE or MERGE makes, in path order.
  struct NewPath;
  void bind_insert(const ast::InsertClause& clause, Scope& scope, Clauses& out);
  void bind_merge(const ast::MergeClause& clause, Scope& scope, Clauses& out);
  NewPath bind_new_path(const ast::PathPattern& path, bool merge, const Scope& values, Scope& scope,
                        bound::Insert& out);
  void add_new_node(const ast::ElementPattern& element, bool alone, bool merge, const Scope& values,
                    Scope& scope, bound::Insert& out, NewPath& path);
  void add_new_edge(const ast::EdgePattern& edge, bool merge, const Scope& values, Scope& scope,
                    bound::Insert& out, NewPath& path);
  bound::GraphPattern merge_pattern(const NewPath& path, const bound::Insert& insert);
  std::unique_ptr<bound::LabelTest> all_labels(const std::vector<std::string>& labels);
  std::vector<bound::NewProperty> bind_new_properties(const ast::ElementPattern& element,
                                                      const Scope& values);
  std::vector<bound::SetItem> bind_set_items(const std::vector<ast::SetItem>& items,
                                             const Scope& scope);
  void bind_set(const ast::SetClause& clause, const Scope& scope, Clauses& out);
  void bind_remove(const ast::RemoveClause& clause, const Scope& scope, Clauses& out);
  void bind_delete(const ast::DeleteClause& clause, const Scope& scope, Clauses& out);
  void bind_foreach(const ast::ForeachClause& clause, const Scope& scope, Clauses& out);
  template <class Update>
  void push_changes(Update update, Position position, Clauses& out);
  void check_changes(const std::vector<bound::SetItem>& items, std::vector<ExpressionPtr>& before,
                     std::vector<ExpressionPtr>& after);
  ExpressionPtr bind_key(const ast::Expression& key, const Scope& scope);
  std::vector<ExpressionPtr> bind_computed_labels(const std::vector<ast::WrittenLabel>& labels,
                                                  const Scope& scope);
  ExpressionPtr bind_update_target(const ast::Expression& target, const Scope& scope,
                                   std::string_view word, bool nodes_only);
  void note_modification();

  /// Every query that is bound stands between these two.
  void begin_query();
  void end_query(bound::Query& query);

  /// A query that is being bound. Variables with smaller ids come from outside of it.
  struct Frame {
    std::uint32_t first_variable = 0;
    std::vector<VariableId> imports;
    bool modifies = false;
  };

  const catalog::Catalog& catalog_;
  const base::Interrupt* interrupt_;  ///< asked now and then when there is one
  const Routines& routines_;
  /// Changed by AT and USE, for as far as they reach.
  CatalogContext context_;
  bound::Program program_;
  std::vector<Frame> frames_;
  /// Variables that are one graph for every row.
  std::map<VariableId, catalog::GraphId> known_graphs_;
  /// The statement is one linear query.
  bool only_linear_ = false;
  /// While a policy's condition is bound: the element, whose properties may be written bare.
  const bound::Expression* policy_element_ = nullptr;
  /// Result columns whose name is only their own text.
  std::vector<VariableId> unnamed_columns_;
};

}  // namespace geode::gql
