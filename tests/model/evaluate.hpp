#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "query.hpp"

namespace geode::model {

using Row = std::map<std::string, Value>;

/// The slow way has become too slow: the query is left out.
struct TooMuchWork : std::runtime_error {
  TooMuchWork() : std::runtime_error("too much work") {}
};

/// Evaluates queries on a model graph the way the language describes them: every combination is
/// tried, nothing is clever.
class Evaluator {
 public:
  explicit Evaluator(const Graph& graph) : graph_(graph) {}

  std::vector<Row> run(const Query& query, const std::vector<Row>& input = {Row()});
  std::vector<Row> match(const Match& match, const Row& row);
  Value value(const Expression& expression, const Row& row);
  /// Whether a condition is true, not false and not unknown. An absent condition is true.
  bool passes(const ExpressionPtr& condition, const Row& row);
  bool has_labels(const LabelTest& test, const std::set<std::string>& labels) const;

 private:
  friend class Matcher;
  std::vector<Row> run(const Clause& clause, const std::vector<Row>& input);
  std::vector<Row> project(const Projection& projection, const std::vector<Row>& input);
  Value aggregate(const Item& item, const std::vector<Row>& rows);
  Value operation(const Expression& expression, const Row& row);
  void work();

  const Graph& graph_;
  std::size_t work_ = 0;
};

std::optional<bool> equal(const Value& a, const Value& b);
/// The order of ORDER BY.
int order(const Value& a, const Value& b);

}  // namespace geode::model
