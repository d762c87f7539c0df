#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gql/syntax/features.hpp"
#include "gql/syntax/keywords.hpp"
#include "gql/syntax/token.hpp"

namespace geode::gql {

/// Looks for optional features in one statement: in its tokens what the tree does not keep (how a
/// number or a type was spelled, comments, words that only decorate), in its tree all else.
class FeatureFinder {
 public:
  explicit FeatureFinder(std::string_view text);

  /// Before read_tree, which asks where simplified paths stand.
  void read_text();
  void read_tree(const ast::Statement& statement);

  const FeatureSet& found() const { return found_; }

 private:
  void add(std::size_t feature) { found_.set(feature); }
  void add_if(bool condition, std::size_t feature) {
    if (condition) found_.set(feature);
  }

  // ---- tokens (feature_text.cpp)
  bool at(std::size_t index, TokenKind kind) const {
    return index < tokens_.size() && tokens_[index].kind == kind;
  }
  bool at(std::size_t index, Keyword keyword) const {
    return index < tokens_.size() && tokens_[index].keyword == keyword;
  }
  std::string_view written(const Token& token) const;
  void read_gap(std::string_view gap);
  void read_number(const Token& token);
  void read_word(std::size_t index);
  void read_simplified_path(std::size_t first);
  void read_type(const Position& position);
  void read_type_word(std::size_t index, bool is_unsigned, std::uint32_t braces);
  void read_length(std::size_t index, std::size_t one, std::size_t two);
  bool within_simplified_path(const Position& position) const;
  /// The text at `position` begins with this word.
  bool begins_with(const Position& position, std::string_view upper_case) const;
  std::string_view at_position(const Position& position) const;

  // ---- statements (feature_tree.cpp)
  void read(const ast::Query& query);
  void read(const ast::CreateIndex&) {}
  void read(const ast::DropIndex&) {}
  void read(const ast::CreateConstraint& create);
  void read(const ast::DropConstraint&) {}
  void read(const ast::CreateSchema& create);
  void read(const ast::DropSchema& drop);
  void read(const ast::CreateGraph& create);
  void read(const ast::DropGraph& drop);
  void read(const ast::CreateGraphType& create);
  void read(const ast::DropGraphType& drop);
  void read(const ast::CreateElementType& create);
  void read(const ast::DropElementType&) {}
  void read(const ast::PrincipalStatement&) {}
  void read(const ast::GrantStatement&) {}
  void read(const ast::PolicyStatement&) {}
  void read(const ast::RowSecurityStatement&) {}
  void read(const ast::StartTransaction& start);
  void read(const ast::Commit&);
  void read(const ast::Rollback&);
  void read(const ast::Savepoint&) {}
  void read(const ast::RollbackTo&) {}
  void read(const ast::ReleaseSavepoint&) {}
  void read(const ast::SessionSet& set);
  void read(const ast::SessionReset& reset);
  void read(const ast::SessionClose&) {}
  void read(const ast::SetTransaction&);
  void read(const ast::Ping&) {}
  void read(const ast::Analyze&) {}

  // ---- graph types (feature_catalog.cpp)
  void read(const ast::GraphTypeSource& source);
  void read(const ast::ElementTypeSpecification& type);
  void read_properties(const ast::ElementTypeSpecification& type);

  // ---- clauses
  // Not called read: clang asks whether a path can be made into a clause, and stops at the copy.
  void read_clause(const ast::Clause& clause);
  void read(const ast::MatchClause& match);
  void read(const ast::FilterClause& filter);
  void read(const ast::LetClause& let);
  void read(const ast::ForClause& clause);
  void read(const ast::WithClause& with) { read(with.projection); }
  void read(const ast::ReturnClause& clause) { read(clause.projection); }
  void read(const ast::PageClause& clause);
  void read(const ast::CallSubquery& call);
  void read(const ast::CallProcedure& call);
  void read(const ast::LoadCsv& load) { read(load.source); }
  void read(const ast::UseClause& use);
  void read(const ast::InsertClause& insert);
  void read(const ast::SetClause& set);
  void read(const ast::RemoveClause& remove);
  void read(const ast::DeleteClause& clause);
  void read(const ast::MergeClause& merge);
  void read(const std::unique_ptr<ast::ForeachClause>& clause);
  void read(const ast::SetItem& item);
  void read(const ast::Projection& projection);
  void read_page(const ast::OrderAndPage& page);
  void read_discarded_sort_keys(const ast::Projection& projection);

  // ---- patterns (feature_pattern.cpp)
  void read(const ast::GraphPattern& pattern);
  void read(const ast::PathPattern& path);
  void read_path(const ast::PathPattern& path, bool inserted);
  void read(const ast::PathPrefix& prefix, bool keep);
  void read(ast::PathMode mode);
  void read(const ast::PathTerm& term);
  void read(const ast::NodePattern& node);
  void read(const ast::EdgePattern& edge);
  void read(const ast::ParenthesizedPath& path);
  void read(const ast::ElementPattern& element);
  void read(const ast::QuantifierRange& range);
  void read(const ast::LabelExpressionPtr& label);

  // ---- expressions (feature_expression.cpp)
  void read(const ast::ExpressionPtr& expression);
  void read(const std::vector<ast::ExpressionPtr>& expressions);
  void read(const std::vector<std::pair<ast::Name, ast::ExpressionPtr>>& named);
  void read(const std::vector<ast::ValueBinding>& bindings);
  void read(const ast::Definition& definition);
  void read(const ast::Literal& literal);
  void read(const ast::Parameter&) {}
  void read(const ast::Variable& variable);
  void read(const ast::PropertyAccess& access);
  void read(const ast::Index& index);
  void read(const ast::Slice& slice);
  void read(const ast::Unary& unary);
  void read(const ast::Binary& binary);
  void read(const ast::IsNull& test);
  void read(const ast::IsTruth& test);
  void read(const ast::IsLabeled& test);
  void read(const ast::IsTyped& test);
  void read(const ast::IsNormalized& test);
  void read(const ast::IsDirected& test);
  void read(const ast::IsEndOf& test);
  void read(const ast::Between& between);
  void read(const ast::FunctionCall& call);
  void read(const ast::Case& expression);
  void read(const ast::ListConstructor& list);
  void read(const ast::RecordConstructor& record);
  void read(const ast::MapProjection& projection);
  void read(const ast::ListComprehension& comprehension);
  void read(const ast::Quantifier& quantifier);
  void read(const ast::Reduce& reduce);
  void read(const ast::PatternComprehension& comprehension);
  void read(const ast::PatternPredicate& predicate);
  void read(const ast::Subquery& subquery);
  void read(const ast::Cast& cast);
  void read(const ast::LetIn& let);
  void read(const ast::Trim& trim);
  void read(const ast::GraphValue& value);
  void read(const ast::TableValue& value);
  void read_reference(const ast::GraphReference& graph);

  /// The variables that are read while a part of the tree is, but not declared in it.
  struct Recording {
    std::set<std::string> used, declared;
  };
  Recording record(const ast::ExpressionPtr& expression);
  void declare(const std::string& variable);

  std::string_view text_;
  std::vector<Token> tokens_;
  FeatureSet found_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> simplified_paths_;  // begin and end
  std::vector<Recording*> recordings_;
  std::set<std::string> path_variables_, group_variables_;
  std::uint32_t quantified_ = 0;
  bool in_sort_key_ = false;
  bool in_aggregate_ = false;
  bool in_record_ = false;
};

}  // namespace geode::gql
