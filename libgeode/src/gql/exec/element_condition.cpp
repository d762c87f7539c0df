#include "gql/exec/element_condition.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <geode/error.hpp>
#include "gql/bind/bind_element_condition.hpp"
#include "gql/exec/context.hpp"
#include "gql/exec/evaluate.hpp"

namespace geode::gql::exec {

namespace {

class NoSubqueries final : public SubqueryLowering {
 public:
  std::unique_ptr<Subplan> lower_subquery(const bound::Query&, const ColumnMap&,
                                          std::vector<int>&) override {
    throw Error(status::kInternal, "a constraint has a subquery");
  }
};

/// Evaluated over a batch of one row: the properties, and behind them the labels.
class CompiledCondition final : public graph::Condition {
 public:
  explicit CompiledCondition(ElementCondition condition) : condition_(std::move(condition)) {
    ColumnMap columns;
    for (const auto& [name, variable] : condition_.properties) {
      columns.emplace_back(variable, static_cast<int>(names_.size()));
      names_.push_back(name);
    }
    if (condition_.labels != bound::kNoVariable) {
      columns.emplace_back(condition_.labels, static_cast<int>(names_.size()));
    }
    NoSubqueries lowering;
    evaluator_.emplace(*condition_.expression, columns, lowering);
    batch_.columns.resize(names_.size() + 1);
    batch_.size = 1;
    // The clock stands still, so that what held once holds for ever.
    context_.functions.time_zone = "Z";
    evaluator_->open(context_);
  }

  const std::vector<std::string>& properties() const override { return names_; }

  bool accepts(std::span<const Value> values, const std::vector<std::string>& labels) override {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      batch_.columns[i].assign(values.subspan(i, 1));
    }
    if (condition_.labels != bound::kNoVariable) {
      const Value list = List(labels.begin(), labels.end());
      batch_.columns.back().assign({&list, 1});
    }
    const Value answer = evaluator_->evaluate(batch_).get(0);
    if (answer.is_null()) return true;
    if (answer.type() == ValueType::kBool) return answer.as_bool();
    throw Error(status::kInvalidValueType,
                "a constraint needs a condition, but this gives " + answer.to_string())
        .category("TypeError", "InvalidArgumentType");
  }

 private:
  ElementCondition condition_;
  std::vector<std::string> names_;
  std::optional<Evaluator> evaluator_;
  Batch batch_;
  ExecutionContext context_;
};

}  // namespace

std::shared_ptr<graph::Condition> make_condition(const ast::Expression& condition,
                                                 const std::string& variable, bool edge,
                                                 const catalog::Catalog& catalog) {
  return std::make_shared<CompiledCondition>(
      bind_element_condition(condition, variable, edge, catalog));
}

}  // namespace geode::gql::exec
