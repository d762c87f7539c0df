#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gql/syntax/ast/statement.hpp"

namespace geode::gql {

/// True for a name of ASCII letters, digits and underscores.
bool is_plain_name(std::string_view name);

/// Writes trees as text; print.hpp is the way in. One overload for each kind of node.
class Printer {
 public:
  // Not called write: a node can be made of a Query, which would be asked whether it can be copied.
  void write_node(const ast::StatementNode& statement);
  void write(const ast::Statement& statement);
  void write(const ast::Query& query);
  void write(const ast::Expression& expression) { write(expression, 0); }
  std::string take() { return std::move(out_); }

 private:
  void add(std::string_view text) { out_ += text; }
  void add(std::uint64_t number) { out_ += std::to_string(number); }
  void write_name(const ast::Name& name) { write_name(name.text); }
  void write_name(std::string_view name);
  /// A property key, map key or label: where it stands, no word could be a keyword.
  void write_key(const ast::Name& name) { write_key(name.text); }
  void write_key(std::string_view name);
  void write_quoted_name(std::string_view name);
  /// `a.b.c`; as one quoted name when a part would need quotes.
  void write_dotted_name(std::string_view name);
  void write_names(const std::vector<ast::Name>& names, std::string_view separator);
  void write_labels(const std::vector<ast::WrittenLabel>& labels);
  void write_bindings(const std::vector<ast::ValueBinding>& bindings, int minimum);
  template <class Items, class Write>
  void write_list(const Items& items, Write write_item, std::string_view separator = ", ") {
    bool first = true;
    for (const auto& item : items) {
      if (!first) add(separator);
      first = false;
      write_item(item);
    }
  }

  // ---- expressions (print_expression.cpp)
  /// In parentheses when it binds weaker than `minimum`.
  void write(const ast::Expression& expression, int minimum);
  /// What begins with a bracket stands in parentheses: `(a) < -[b] - (c)` would be a path.
  void write_behind_minus(const ast::Expression& operand, int minimum);
  void write_all(const std::vector<ast::ExpressionPtr>& expressions);
  void write_literal(const Value& value);
  void write_fields(const std::vector<std::pair<ast::Name, ast::ExpressionPtr>>& fields);
  void write_is(const ast::Expression& operand, bool negated);
  void node(const ast::Literal& x) { write_literal(x.value); }
  void node(const ast::Parameter& x);
  void node(const ast::Variable& x) { write_name(x.name); }
  void node(const ast::PropertyAccess& x);
  void node(const ast::Index& x);
  void node(const ast::Slice& x);
  void node(const ast::Unary& x);
  void node(const ast::Binary& x);
  void node(const ast::IsNull& x);
  void node(const ast::IsTruth& x);
  void node(const ast::IsLabeled& x);
  void node(const ast::IsTyped& x);
  void node(const ast::IsNormalized& x);
  void node(const ast::IsDirected& x);
  void node(const ast::IsEndOf& x);
  void node(const ast::Between& x);
  void node(const ast::FunctionCall& x);
  void node(const ast::Case& x);
  void node(const ast::ListConstructor& x);
  void node(const ast::RecordConstructor& x) { write_fields(x.fields); }
  void node(const ast::MapProjection& x);
  void node(const ast::ListComprehension& x);
  void node(const ast::Quantifier& x);
  void node(const ast::Reduce& x);
  void node(const ast::PatternComprehension& x);
  void node(const ast::PatternPredicate& x);
  void node(const ast::Subquery& x);
  void node(const ast::Cast& x);
  void node(const ast::LetIn& x);
  void node(const ast::Trim& x);
  void node(const ast::GraphValue& x);
  void node(const ast::TableValue& x);

  // ---- patterns (print_pattern.cpp)
  void write(const ast::GraphPattern& pattern);
  void write(const ast::PathPattern& path);
  void write(const ast::PathPrefix& prefix);
  void write(const ast::PathTerm& term);
  void factor(const ast::NodePattern& node_pattern);
  void factor(const ast::EdgePattern& edge);
  void factor(const ast::ParenthesizedPath& path);
  void write_filler(const ast::ElementPattern& element, const ast::EdgePattern* edge);
  void write_quantifier(const ast::QuantifierRange& range);
  void write(const ast::LabelExpression& labels, int minimum = 0);

  // ---- schemas, graphs and graph types (print_catalog.cpp)
  void write(const ast::SchemaReference& x);
  void write(const ast::GraphReference& x);
  void write(const ast::GraphTypeSpecification& x);
  void write(const ast::GraphTypeSource& x);
  void write(const ast::EdgeTypeSpecification& x);
  void write_filler(const ast::ElementTypeSpecification& x, bool pattern);
  void write_catalog_name(const ast::Name& name);
  void write_node_type(const ast::ElementTypeSpecification& x);
  void write_end(const ast::EndpointSpecification& x);
  void write_object(std::string_view verb, std::string_view object, std::string_view check);

  // ---- RETURN, WITH and SELECT (print_projection.cpp)
  void write(const ast::Projection& projection);
  void write_items(const ast::Projection& projection);
  void write_tail(const ast::Projection& projection);
  void write(const ast::OrderAndPage& page);
  void write_select(std::span<const ast::Clause> clauses);
  std::size_t write_source(std::span<const ast::Clause> clauses);
  void write_table(const ast::CallProcedure& table);

  // ---- clauses (print.cpp) and statements (print_statement.cpp)
  void write(const ast::Definition& definition);
  void write(const ast::CompositeQuery& query);
  void write(const std::vector<ast::Clause>& clauses);
  void write_clause(const ast::Clause& clause);
  void write(const std::vector<ast::SetItem>& items);
  void clause(const ast::MatchClause& x);
  void clause(const ast::FilterClause& x);
  void clause(const ast::LetClause& x);
  void clause(const ast::ForClause& x);
  void clause(const ast::WithClause& x);
  void clause(const ast::ReturnClause& x);
  void clause(const ast::PageClause& x);
  void clause(const ast::CallSubquery& x);
  void clause(const ast::CallProcedure& x);
  void clause(const ast::LoadCsv& x);
  void clause(const ast::UseClause& x);
  void clause(const ast::InsertClause& x);
  void clause(const ast::SetClause& x);
  void clause(const ast::RemoveClause& x);
  void clause(const ast::DeleteClause& x);
  void clause(const ast::MergeClause& x);
  void clause(const std::unique_ptr<ast::ForeachClause>& x);
  void statement(const ast::Query& x) { write(x); }
  void statement(const ast::CreateIndex& x);
  void statement(const ast::DropIndex& x);
  void statement(const ast::CreateConstraint& x);
  void statement(const ast::DropConstraint& x);
  void statement(const ast::CreateSchema& x);
  void statement(const ast::DropSchema& x);
  void statement(const ast::CreateGraph& x);
  void statement(const ast::DropGraph& x);
  void statement(const ast::CreateGraphType& x);
  void statement(const ast::DropGraphType& x);
  void statement(const ast::CreateElementType& x);
  void statement(const ast::DropElementType& x);
  void write_secret(const ast::Expression& secret);
  void statement(const ast::PrincipalStatement& x);
  void statement(const ast::GrantStatement& x);
  void statement(const ast::PolicyStatement& x);
  void statement(const ast::RowSecurityStatement& x);
  void statement(const ast::StartTransaction& x);
  void write_characteristics(const ast::StartTransaction& x);
  void statement(const ast::SetTransaction& x);
  void statement(const ast::Commit&) { add("COMMIT"); }
  void statement(const ast::Rollback&) { add("ROLLBACK"); }
  void statement(const ast::Savepoint& x);
  void statement(const ast::RollbackTo& x);
  void statement(const ast::ReleaseSavepoint& x);
  void statement(const ast::SessionSet& x);
  void statement(const ast::SessionReset& x);
  void statement(const ast::SessionClose&) { add("SESSION CLOSE"); }
  void statement(const ast::Ping&) { add("PING"); }
  void statement(const ast::Analyze&) { add("ANALYZE"); }

  std::string out_;
};

}  // namespace geode::gql
