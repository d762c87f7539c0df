#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <geode/error.hpp>
#include "base/running_limits.hpp"
#include "gql/syntax/ast/statement.hpp"
#include "gql/syntax/token.hpp"

namespace geode::gql {

/// The parser: one function per rule of the grammar, over the tokens of one statement. Choices are
/// made by looking ahead, never by trying and going back, so that the first mistake met is the one
/// reported and time stays linear.
///
/// The functions are spread over parse_*.cpp by subject.
class Parser {
 public:
  explicit Parser(std::string_view text);

  ast::Statement parse_statement();
  ast::RoutineSignature parse_signature();
  /// A condition that is the whole text.
  ast::ExpressionPtr parse_lone_condition();

 private:
  // ---- tokens (parser.cpp)
  const Token& token(std::size_t ahead = 0) const;
  bool at(TokenKind kind, std::size_t ahead = 0) const { return token(ahead).kind == kind; }
  bool at(Keyword keyword, std::size_t ahead = 0) const { return token(ahead).keyword == keyword; }
  bool at_any(std::initializer_list<Keyword> keywords, std::size_t ahead = 0) const;
  bool at_words(std::initializer_list<Keyword> keywords) const;
  /// A name may stand here: any word, a quoted name, or "a name".
  bool at_name(std::size_t ahead = 0) const;
  bool at_word(std::string_view upper_case, std::size_t ahead = 0) const;
  bool accept_word(std::string_view upper_case);
  void expect_word(std::string_view upper_case, std::string_view after);
  void skip(std::size_t count = 1) {
    next_ += count;
    base::poll_interrupt_seldom();
  }
  bool accept(TokenKind kind);
  bool accept(Keyword keyword);
  bool accept_words(std::initializer_list<Keyword> keywords);
  void expect(TokenKind kind, std::string_view what);
  void expect(Keyword keyword, std::string_view after = {});
  /// The closing bracket of what was opened at token `open`.
  void expect_close(TokenKind kind, std::size_t open, std::string_view construct);
  ast::Name parse_name(std::string_view what);
  void check_name() const;
  /// `a.b.c` as one name.
  ast::Name parse_dotted_name(std::string_view what);
  std::uint64_t parse_count(std::string_view what);
  /// The index of the bracket that closes the one at `index`; token count when none does.
  std::size_t closing(std::size_t index) const { return closing_[index]; }

  /// From the first byte of token `start` to the last byte of the token before this one.
  Position span(std::size_t start) const;
  std::string source(std::size_t start) const;

  // ---- errors (parser.cpp)
  /// `expected WHAT, found ...` at this token; the candidates feed "did you mean".
  [[noreturn]] void fail_expected(std::string_view what,
                                  std::initializer_list<Keyword> candidates = {}) const;
  [[noreturn]] void fail(std::string message, Position position,
                         std::string_view detail = "UnexpectedSyntax", std::string hint = {}) const;
  std::string describe(const Token& token) const;
  std::string slip() const;

  // ---- depth
  /// Counts nested constructs, because the parser, and each pass after it, is recursive.
  class Nesting {
   public:
    explicit Nesting(Parser& parser);
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser& parser_;
  };
  /// Keeps height_, an upper bound of the height of the trees built since it was reset. A chain
  /// such as 1 + 1 + 1 nests in the tree but not in the parser, so that depth alone would not bound
  /// it.
  class Height {
   public:
    explicit Height(Parser& parser) : parser_(parser), before_(parser.height_) {
      parser.height_ = 0;
    }
    ~Height() {
      if (before_ > parser_.height_) parser_.height_ = before_;
    }
    Height(const Height&) = delete;
    Height& operator=(const Height&) = delete;
    /// One more node stands above all that was built.
    void grow() { parser_.raise_height(); }

   private:
    Parser& parser_;
    std::uint32_t before_;
  };
  void raise_height();
  /// Sets a flag while it lives.
  class Setting {
   public:
    Setting(bool& flag, bool value) : flag_(flag), before_(flag) { flag = value; }
    ~Setting() { flag_ = before_; }
    Setting(const Setting&) = delete;
    Setting& operator=(const Setting&) = delete;

   private:
    bool& flag_;
    bool before_;
  };
  [[noreturn]] void fail_too_deep() const;

  // ---- statements (parser.cpp, parse_session.cpp, parse_catalog.cpp)
  ast::StatementNode parse_statement_node();
  ast::StatementNode parse_start_transaction();
  void parse_transaction_characteristics(ast::StartTransaction& start);
  ast::StatementNode parse_rollback();
  ast::StatementNode parse_session();
  ast::StatementNode parse_session_set();
  ast::StatementNode parse_session_reset();
  void parse_session_parameter(ast::SessionSet& set);
  std::unique_ptr<ast::Query> parse_session_value(ast::SessionSet::Kind kind);
  ast::StatementNode parse_kill();
  ast::StatementNode parse_show();
  bool at_catalog_create() const;
  ast::StatementNode parse_create();
  ast::CreateIndex parse_create_index(bool unique);
  void parse_index_target(ast::CreateIndex& index);
  void parse_index_options(ast::CreateIndex& index);
  ast::CreateConstraint parse_create_constraint();
  void parse_constraint_on(ast::CreateConstraint& constraint);
  void parse_constraint_condition(ast::CreateConstraint& constraint);
  bool accept_key_predicate(ast::CreateConstraint& constraint);
  bool at_key_predicate(std::size_t ahead) const;
  ast::Name parse_element_of_schema(ast::Name& label, bool& on_edge);
  ast::Name parse_property_of(const ast::Name& variable);
  std::vector<ast::Name> parse_key_list(const ast::Name* variable);
  std::string_view parse_show_subject();
  ast::StatementNode parse_drop();
  bool accept_if_exists();
  bool accept_if_not_exists();

  // ---- users, roles, rights, policies (parse_security.cpp)
  bool at_security_statement() const;
  ast::StatementNode parse_security_statement();
  void parse_existence(Keyword verb, bool& if_exists, bool& if_not_exists);
  ast::ExpressionPtr parse_secret();
  std::vector<ast::Name> parse_names(std::string_view what);
  void parse_user_parts(ast::PrincipalStatement& statement);
  bool accept_privilege(std::vector<ast::PrivilegeWord>& out);
  bool at_role_grant() const;
  ast::StatementNode parse_grant();
  void parse_grant_target(ast::GrantStatement& grant);
  ast::StatementNode parse_policy(Keyword verb, bool replace);
  void parse_policy_parts(ast::PolicyStatement& policy);
  ast::ExpressionPtr parse_policy_condition();
  ast::StatementNode parse_row_security();

  // ---- schemas, graphs and graph types (parse_graphs.cpp, parse_graph_type.cpp)
  ast::SchemaReference parse_schema_path(std::string_view what, bool last_is_object);
  ast::SchemaReference parse_schema_reference();
  ast::GraphReference parse_graph_reference(std::string_view what);
  std::size_t end_of_graph_reference(std::size_t ahead) const;
  bool at_use_alone() const;
  ast::StatementNode parse_use_alone();
  bool at_graph_object(std::size_t ahead) const;
  bool at_name_of_object(std::size_t ahead) const;
  ast::StatementNode parse_create_graph_object();
  ast::StatementNode parse_create_graph(bool or_replace);
  ast::StatementNode parse_create_graph_type(bool or_replace);
  ast::StatementNode parse_create_element_type(bool or_replace);
  ast::StatementNode parse_drop_graph_object();
  ast::GraphTypeSource parse_graph_type_source();
  ast::GraphTypeSpecification parse_graph_type_specification();
  void parse_element_type(ast::GraphTypeSpecification& out);
  bool at_property_types() const;
  void parse_element_type_pattern(std::optional<ast::Name> name, ast::GraphTypeSpecification& out);
  ast::ElementTypeSpecification parse_node_type_pattern();
  ast::ElementTypeSpecification parse_element_filler_type(std::optional<ast::Name> name);
  std::vector<ast::Name> parse_label_set();
  void parse_property_types(ast::ElementTypeSpecification& type);
  void parse_endpoint_pair(ast::EdgeTypeSpecification& type);

  // ---- queries (parse_query.cpp, parse_call.cpp, parse_projection.cpp)
  ast::Query parse_query();
  ast::CompositeQuery parse_composite_query();
  ast::LinearQuery parse_linear_query();
  std::optional<ast::SetOperator> parse_set_operator();
  bool at_end_of_linear_query() const;
  /// True when a clause begins `ahead` tokens from here.
  bool at_clause(std::size_t ahead = 0) const;
  /// True when a definition at the head of a procedure body begins there.
  bool at_definition(std::size_t ahead = 0) const;
  bool at_graph_definition(std::size_t ahead) const;
  ast::Definition parse_definition();
  ast::ExpressionPtr parse_graph_expression();
  std::optional<ast::TypeSpecification> parse_declared_type();
  void parse_clauses(std::vector<ast::Clause>& out);
  void parse_clause(std::vector<ast::Clause>& out);
  [[noreturn]] void fail_after_clause(const std::vector<ast::Clause>& clauses) const;
  bool may_end_with(const ast::Clause& clause) const;
  ast::MatchClause parse_match();
  ast::Clause parse_optional();
  ast::Clause parse_call(bool optional, std::size_t start);
  ast::TransactionBatches parse_transaction_batches();
  void parse_yield(ast::CallProcedure& call);
  ast::LoadCsv parse_load_csv();
  ast::FilterClause parse_filter();
  ast::LetClause parse_let();
  ast::ForClause parse_for();
  ast::ForClause parse_unwind();
  ast::UseClause parse_use();
  ast::WithClause parse_with();
  ast::ReturnClause parse_return();
  void parse_next_yield(std::vector<ast::Clause>& out);
  void parse_select(std::vector<ast::Clause>& out);
  void parse_select_source(std::vector<ast::Clause>& out);
  void parse_graph_table(std::vector<ast::Clause>& out);
  void parse_nested_query(std::vector<ast::Clause>& out);
  void parse_projection_items(ast::Projection& projection);
  void parse_projection_tail(ast::Projection& projection);
  ast::ProjectionItem parse_projection_item();
  bool at_page() const;
  /// One of ORDER BY, SKIP/OFFSET, LIMIT, FETCH.
  void parse_page_part(ast::OrderAndPage& page);
  std::vector<ast::ValueBinding> parse_bindings();
  /// `{ query }`
  std::unique_ptr<ast::Query> parse_braced_query(std::string_view construct);
  /// What EXISTS and its kin hold: a query, or a pattern with WHERE, which is a query of one MATCH.
  std::unique_ptr<ast::Query> parse_subquery_body(bool return_optional);
  bool at_subquery_body(std::size_t ahead) const;

  // ---- data modification (parse_data_modification.cpp)
  ast::InsertClause parse_insert();
  ast::SetClause parse_set();
  std::vector<ast::SetItem> parse_set_items();
  ast::SetItem parse_set_item();
  std::vector<ast::WrittenLabel> parse_label_list();
  ast::RemoveClause parse_remove();
  ast::DeleteClause parse_delete();
  ast::MergeClause parse_merge();
  std::unique_ptr<ast::ForeachClause> parse_foreach();

  // ---- patterns (parse_pattern.cpp, parse_path.cpp)
  ast::GraphPattern parse_graph_pattern();
  ast::PathPattern parse_path_pattern();
  std::optional<ast::PathPrefix> parse_path_prefix();
  bool at_cypher_path_function(std::size_t ahead) const;
  void parse_cypher_path_function(ast::PathPattern& path);
  ast::PathMode accept_path_mode();
  bool at_path_mode(std::size_t ahead = 0) const;
  ast::PathTerm parse_path_term(bool alternatives);
  std::vector<ast::PathFactor> parse_path_factors();
  bool at_edge() const;
  static std::vector<ast::PathFactor> insert_implied_nodes(std::vector<ast::PathFactor> written);
  bool at_parenthesized_path() const;
  ast::PathFactor parse_parenthesized_path();
  ast::NodePattern parse_node_pattern();
  ast::PathFactor parse_edge_pattern();
  void parse_element_filler(ast::ElementPattern& element, ast::EdgePattern* edge);
  ast::QuantifierRange parse_cypher_range();
  std::optional<ast::QuantifierRange> parse_quantifier();
  void parse_property_map(ast::PropertyMap& map);
  ast::LabelExpressionPtr parse_label_expression();
  ast::LabelExpressionPtr parse_label_conjunction();
  ast::LabelExpressionPtr parse_label_primary();
  /// `$(expression)`, and when `any` is given `$any(..)` and `$all(..)`; null: another thing.
  ast::ExpressionPtr parse_dynamic_name(bool* any);
  ast::ScanHint parse_scan_hint();
  bool at_next_source() const;
  /// A parenthesis that begins a path such as (a)-[..]->(b) in the place of an expression.
  bool at_path_in_expression(std::size_t ahead = 0) const;

  // ---- simplified path patterns (parse_simplified.cpp)
  /// `-/ KNOWS{1,2} <LIKES | !OWNS /->`: a path without nodes. It is read into a tree, as a
  /// direction may stand behind what it applies to, and then written out as edges and parentheses.
  struct Simplified {
    enum class Kind : std::uint8_t { kLabel, kSequence, kUnion, kMultiset, kQuantified, kDirected };
    Kind kind = Kind::kLabel;
    ast::LabelExpressionPtr label;
    std::vector<Simplified> parts;
    ast::QuantifierRange quantifier;
    ast::EdgeDirection direction{};
    Position position;
  };
  bool at_simplified_path() const;
  Simplified parse_simplified(TokenKind line);
  Simplified parse_simplified_contents();
  Simplified parse_simplified_term();
  Simplified parse_simplified_factor();
  Simplified parse_simplified_directed();
  Simplified parse_simplified_primary();
  static void write_out(Simplified& path, ast::EdgeDirection direction,
                        std::vector<ast::PathFactor>& factors);
  static ast::PathTerm simplified_term(Simplified& path, ast::EdgeDirection direction);
  static ast::PathFactor simplified_factor(Simplified& path, const ast::EdgePattern& edge);

  // ---- expressions (parse_expression.cpp, parse_primary.cpp, parse_call_form.cpp)
  ast::ExpressionPtr make(std::size_t start, ast::ExpressionNode node);
  bool at_predicate_rest() const;
  bool ends_expression(std::size_t ahead) const;
  ast::ExpressionPtr join(ast::BinaryOperator op, ast::ExpressionPtr left,
                          ast::ExpressionPtr right);
  ast::ExpressionPtr join_all(ast::BinaryOperator op, ast::ExpressionPtr* first, std::size_t count);
  /// An expression within brackets of its own, where nothing of the outside ends it.
  ast::ExpressionPtr parse_enclosed();
  std::vector<ast::ExpressionPtr> parse_arguments(TokenKind close);
  bool has_top_level(TokenKind kind, std::size_t open) const;
  ast::ExpressionPtr parse_expression();
  /// An expression in a place where a path pattern may stand as a predicate.
  ast::ExpressionPtr parse_condition();
  ast::ExpressionPtr parse_boolean(int minimum);
  ast::ExpressionPtr parse_not();
  ast::ExpressionPtr parse_comparison();
  ast::ExpressionPtr parse_predicate();
  bool parse_is_predicate(ast::ExpressionPtr& left, std::size_t start);
  ast::ExpressionPtr parse_in_list();
  ast::ExpressionPtr parse_like_pattern();
  ast::ExpressionPtr parse_arithmetic(int minimum);
  ast::ExpressionPtr parse_unary();
  ast::ExpressionPtr parse_postfix(bool labels);
  ast::ExpressionPtr parse_primary();
  ast::ExpressionPtr parse_word();
  ast::ExpressionPtr parse_number(std::size_t start, bool negative);
  ast::ExpressionPtr parse_parenthesized();
  ast::ExpressionPtr parse_list();
  bool at_pattern_comprehension() const;
  ast::ExpressionPtr parse_pattern_comprehension();
  ast::ExpressionPtr parse_record();
  ast::ExpressionPtr parse_map_projection(ast::ExpressionPtr base, std::size_t start);
  bool at_map_projection() const;
  bool at_reserved_word() const;
  std::size_t function_name_length() const;
  ast::ExpressionPtr parse_function_call(std::size_t name_length);
  ast::ExpressionPtr parse_special_form();
  ast::ExpressionPtr parse_case();
  ast::ExpressionPtr parse_cast();
  ast::ExpressionPtr parse_exists();
  ast::ExpressionPtr parse_subquery(ast::SubqueryKind kind, std::string_view construct);
  ast::ExpressionPtr parse_table_value();
  ast::ExpressionPtr parse_graph_value();
  ast::ExpressionPtr parse_quantified_predicate(ast::QuantifierKind kind);
  ast::ExpressionPtr parse_reduce();
  ast::ExpressionPtr parse_let_in();
  ast::ExpressionPtr parse_trim();
  ast::ExpressionPtr parse_typed_literal();
  bool at_signed_interval() const;
  ast::ExpressionPtr parse_interval();
  ast::ExpressionPtr call(std::size_t start, std::string name, ast::ExpressionPtr argument);

  // ---- types (parse_type.cpp)
  ast::TypeSpecification parse_type();
  value::DeclaredType parse_union_type();
  value::DeclaredType parse_type_member();
  value::DeclaredType parse_type_name();
  std::optional<value::DeclaredType> parse_temporal_type();
  value::DeclaredType parse_any_type();
  value::DeclaredType parse_verbose_integer();
  void parse_list_bound(value::DeclaredType& type);
  void parse_type_arguments(value::DeclaredType& type);
  void parse_type_sizes(value::DeclaredType& type);
  void parse_element_reference(value::DeclaredType& type);
  void parse_record_fields(value::DeclaredType& type);
  [[noreturn]] void fail_unknown_type(const Token& word) const;
  ast::TypeSpecification parse_signature_type();
  std::vector<std::pair<ast::Name, ast::TypeSpecification>> parse_signature_fields();

  std::string_view text_;
  /// Before tokens_, whose making sets it.
  std::optional<Error> lexical_error_;
  std::vector<Token> tokens_;
  std::vector<std::size_t> closing_;
  std::size_t next_ = 0;
  std::uint32_t depth_ = 0;
  std::uint32_t height_ = 0;
  /// Nodes made, those of clones included; and those of clones alone.
  std::uint64_t nodes_ = 0;
  std::uint64_t cloned_nodes_ = 0;
  /// `WHEN > 4` of a CASE: what stands before the operator.
  ast::ExpressionPtr implied_left_;
  /// `|` ends an expression: within [x IN list WHERE condition | result] and its kin.
  bool pipe_ends_ = false;
  /// IN ends an expression: within LET x = 1 IN x + 1 END.
  bool in_ends_ = false;
  /// A query may end with MATCH: within EXISTS and COUNT.
  bool return_optional_ = false;
  /// A comma behind a pattern may begin another source: within FROM of SELECT.
  bool sources_follow_ = false;
  /// A path may stand as a predicate.
  bool path_predicates_ = false;
};

}  // namespace geode::gql
