#pragma once

#include <string>
#include <vector>

#include "query.hpp"

namespace geode::model {

/// Makes random queries of the language that both sides understand.
class Generator {
 public:
  explicit Generator(Random& random) : random_(random) {}

  Query query();
  /// `... FILTER p RETURN ...`, where the rows that reach the condition are those that the query
  /// without it returns.
  Query filtered_query();
  /// A pattern of new variables, for updates: nodes() and edges() name those it binds.
  Match update_pattern();
  std::vector<std::string> variables(Kind kind) const;
  /// Forgets all variables.
  void clear();

 private:
  struct Variable {
    std::string name;
    Kind kind;
  };

  int pick(int low, int high) { return model::pick(random_, low, high); }
  bool chance(int percent) { return model::chance(random_, percent); }
  std::string new_name(Kind kind);
  /// A random variable of a kind, or "".
  std::string variable_of(Kind kind);
  std::string element_variable();

  std::vector<Clause> linear(bool returns_count);
  std::vector<Clause> reading();
  Match match(int depth);
  PathPattern path(int depth, bool alone, bool repeatable);
  PathTermPtr node(bool bind_variable, std::vector<Variable>& made);
  PathTermPtr edge(bool bind_variable, std::vector<Variable>& made);
  PathTermPtr group(std::vector<Variable>& made);
  PathTermPtr repeated(std::vector<Variable>& made);
  PathTermPtr alternatives(std::vector<Variable>& made);
  PathTermPtr optional_part(std::vector<Variable>& made);
  PathTermPtr steps(int count, std::vector<Variable>& made);
  void choose_search(PathPattern& pattern, std::vector<Variable>& made);
  void choose_mode(PathPattern& pattern, bool repeatable);
  LabelTestPtr node_labels(int depth);
  LabelTestPtr edge_labels(int depth);
  LabelTestPtr labels(const std::vector<std::string>& names, bool of_node, int depth);
  Properties properties();
  ExpressionPtr small_condition(const std::string& variable);
  Unwind unwind();
  Let let();
  Call call();
  Projection projection(bool last, int columns);
  Item item();
  Item aggregate();

  ExpressionPtr integer(int depth);
  ExpressionPtr text(int depth);
  ExpressionPtr anything(int depth);
  ExpressionPtr truth(int depth);
  ExpressionPtr comparison(int depth);

  Random& random_;
  std::vector<Variable> scope_;
  int next_name_ = 0;
  int nesting_ = 0;
  /// Where elements of the scope may not be met again: within parentheses.
  bool closed_ = false;
  /// Variables of the clause being made that are known behind it only.
  std::vector<Variable> later_;
};

}  // namespace geode::model
