#include <algorithm>
#include <iterator>
#include <utility>

#include "gql/syntax/feature_finder.hpp"
#include "gql/syntax/feature_list.hpp"

namespace geode::gql {
namespace {

constexpr std::pair<std::string_view, std::size_t> kFunctions[] = {
    {"ABS", feature_index("GF01")},
    {"FLOOR", feature_index("GF01")},
    {"CEIL", feature_index("GF01")},
    {"CEILING", feature_index("GF01")},
    {"MOD", feature_index("GF01")},
    {"SQRT", feature_index("GF01")},
    {"SIN", feature_index("GF02")},
    {"COS", feature_index("GF02")},
    {"TAN", feature_index("GF02")},
    {"COT", feature_index("GF02")},
    {"SINH", feature_index("GF02")},
    {"COSH", feature_index("GF02")},
    {"TANH", feature_index("GF02")},
    {"ASIN", feature_index("GF02")},
    {"ACOS", feature_index("GF02")},
    {"ATAN", feature_index("GF02")},
    {"DEGREES", feature_index("GF02")},
    {"RADIANS", feature_index("GF02")},
    {"LOG", feature_index("GF03")},
    {"LOG10", feature_index("GF03")},
    {"LN", feature_index("GF03")},
    {"EXP", feature_index("GF03")},
    {"POWER", feature_index("GF03")},
    {"ELEMENTS", feature_index("GF04")},
    {"PATH_LENGTH", feature_index("GF04")},
    {"BTRIM", feature_index("GF05")},
    {"LTRIM", feature_index("GF05")},
    {"RTRIM", feature_index("GF05")},
    {"COLLECT_LIST", feature_index("GF10")},
    {"STDDEV_SAMP", feature_index("GF10")},
    {"STDDEV_POP", feature_index("GF10")},
    {"PERCENTILE_CONT", feature_index("GF11")},
    {"PERCENTILE_DISC", feature_index("GF11")},
    {"CARDINALITY", feature_index("GF12")},
    {"SIZE", feature_index("GF13")},
    {"ELEMENT_ID", feature_index("G100")},
    {"ALL_DIFFERENT", feature_index("G113")},
    {"SAME", feature_index("G114")},
    {"PROPERTY_EXISTS", feature_index("G115")},
    {"DATE", feature_index("GV39")},
    {"LOCAL_TIME", feature_index("GV39")},
    {"LOCALTIME", feature_index("GV39")},
    {"LOCAL_DATETIME", feature_index("GV39")},
    {"LOCALDATETIME", feature_index("GV39")},
    {"ZONED_TIME", feature_index("GV40")},
    {"ZONED_DATETIME", feature_index("GV40")},
    {"DURATION", feature_index("GV41")},
    {"DURATION_BETWEEN", feature_index("GV41")},
    {"PATH", feature_index("GE06")},
};

constexpr std::string_view kAggregates[] = {
    "COUNT",          "SUM",          "AVG",         "MIN",        "MAX",
    "COLLECT",        "COLLECT_LIST", "STDDEV_SAMP", "STDDEV_POP", "PERCENTILE_CONT",
    "PERCENTILE_DISC"};

bool is_aggregate(std::string_view name) {
  return std::any_of(std::begin(kAggregates), std::end(kAggregates),
                     [&](std::string_view other) { return equals_ignoring_case(name, other); });
}

}  // namespace

FeatureFinder::Recording FeatureFinder::record(const ast::ExpressionPtr& expression) {
  Recording recording;
  recordings_.push_back(&recording);
  read(expression);
  recordings_.pop_back();
  for (const std::string& name : recording.declared) recording.used.erase(name);
  return recording;
}

void FeatureFinder::declare(const std::string& variable) {
  for (Recording* recording : recordings_) recording->declared.insert(variable);
}

void FeatureFinder::read(const ast::ExpressionPtr& expression) {
  if (!expression) return;
  if (std::holds_alternative<ast::LetIn>(expression->node)) {
    // CASE with predicates about its operand is read as LET .. IN too.
    add_if(begins_with(expression->position, "LET"), feature_index("GE03"));
  }
  std::visit([&](const auto& node) { read(node); }, expression->node);
}

void FeatureFinder::read(const std::vector<ast::ExpressionPtr>& expressions) {
  for (const ast::ExpressionPtr& expression : expressions) read(expression);
}

void FeatureFinder::read(const std::vector<std::pair<ast::Name, ast::ExpressionPtr>>& named) {
  for (const auto& [name, expression] : named) read(expression);
}

void FeatureFinder::read(const ast::Literal& literal) {
  add_if(literal.value.type() == ValueType::kBytes, feature_index("GV35"));
}

void FeatureFinder::read(const ast::Variable& variable) {
  for (Recording* recording : recordings_) recording->used.insert(variable.name);
  constexpr std::string_view kGraphs[] = {"CURRENT_GRAPH", "CURRENT_PROPERTY_GRAPH", "HOME_GRAPH",
                                          "HOME_PROPERTY_GRAPH"};
  add_if(
      std::any_of(std::begin(kGraphs), std::end(kGraphs),
                  [&](std::string_view word) { return equals_ignoring_case(variable.name, word); }),
      feature_index("GE01"));
  // An aggregate over a group variable works along the path, not over rows.
  add_if(in_aggregate_ && quantified_ == 0 && group_variables_.contains(variable.name),
         feature_index("GE09"));
}

void FeatureFinder::read(const ast::PropertyAccess& access) {
  const auto* variable = std::get_if<ast::Variable>(&access.base->node);
  add_if(variable != nullptr && quantified_ == 0 && group_variables_.contains(variable->name),
         feature_index("GQ17"));
  read(access.base);
}

void FeatureFinder::read(const ast::Index& index) {
  read(index.base);
  read(index.index);
}

void FeatureFinder::read(const ast::Slice& slice) {
  read(slice.base);
  read(slice.from);
  read(slice.to);
}

void FeatureFinder::read(const ast::Unary& unary) { read(unary.operand); }

void FeatureFinder::read(const ast::Binary& binary) {
  add_if(binary.op == ast::BinaryOperator::kXor, feature_index("GE07"));
  const auto* left = std::get_if<ast::Variable>(&binary.left->node);
  const auto* right = std::get_if<ast::Variable>(&binary.right->node);
  add_if(left != nullptr && right != nullptr && path_variables_.contains(left->name) &&
             path_variables_.contains(right->name),
         feature_index("GA09"));
  read(binary.left);
  read(binary.right);
}

void FeatureFinder::read(const ast::IsNull& test) { read(test.operand); }

void FeatureFinder::read(const ast::IsTruth& test) { read(test.operand); }

void FeatureFinder::read(const ast::IsLabeled& test) {
  add(feature_index("G111"));
  read(test.operand);
  read(test.labels);
}

void FeatureFinder::read(const ast::IsTyped& test) {
  add(feature_index("GA06"));
  read(test.operand);
  read_type(test.type.position);
}

void FeatureFinder::read(const ast::IsNormalized& test) { read(test.operand); }

void FeatureFinder::read(const ast::IsDirected& test) {
  add(feature_index("G110"));
  read(test.operand);
}

void FeatureFinder::read(const ast::IsEndOf& test) {
  add(feature_index("G112"));
  read(test.node);
  read(test.edge);
}

void FeatureFinder::read(const ast::Between& between) {
  read(between.operand);
  read(between.low);
  read(between.high);
}

void FeatureFinder::read(const ast::FunctionCall& call) {
  for (const auto& [name, feature] : kFunctions)
    add_if(equals_ignoring_case(call.name, name), feature);
  const bool outer = in_aggregate_;
  if (is_aggregate(call.name)) {
    add_if(in_sort_key_, feature_index("GF20"));
    in_aggregate_ = true;
  }
  read(call.arguments);
  read(call.filter);
  in_aggregate_ = outer;
}

void FeatureFinder::read(const ast::Case& expression) {
  read(expression.operand);
  for (const ast::CaseBranch& branch : expression.branches) {
    read(branch.when);
    read(branch.then);
  }
  read(expression.otherwise);
}

void FeatureFinder::read(const ast::ListConstructor& list) {
  add(feature_index("GV50"));
  read(list.elements);
}

void FeatureFinder::read(const ast::RecordConstructor& record) {
  add(feature_index("GV45"));
  add_if(in_record_, feature_index("GV48"));
  const bool outer = std::exchange(in_record_, true);
  read(record.fields);
  in_record_ = outer;
}

void FeatureFinder::read(const ast::MapProjection& projection) {
  read(projection.base);
  for (const ast::MapProjection::Item& item : projection.items) read(item.value);
}

void FeatureFinder::read(const ast::ListComprehension& comprehension) {
  declare(comprehension.variable.text);
  read(comprehension.list);
  read(comprehension.condition);
  read(comprehension.result);
}

void FeatureFinder::read(const ast::Quantifier& quantifier) {
  declare(quantifier.variable.text);
  read(quantifier.list);
  read(quantifier.condition);
}

void FeatureFinder::read(const ast::Reduce& reduce) {
  declare(reduce.accumulator.text);
  declare(reduce.variable.text);
  read(reduce.initial);
  read(reduce.list);
  read(reduce.result);
}

void FeatureFinder::read(const ast::PatternComprehension& comprehension) {
  read_path(*comprehension.pattern, true);
  read(comprehension.condition);
  read(comprehension.result);
}

void FeatureFinder::read(const ast::PatternPredicate& predicate) { read(*predicate.pattern); }

void FeatureFinder::read(const ast::Cast& cast) {
  add(feature_index("GA05"));
  read(cast.operand);
  read_type(cast.type.position);
}

void FeatureFinder::read(const ast::LetIn& let) {
  for (const ast::ValueBinding& binding : let.bindings) declare(binding.variable.text);
  read(let.bindings);
  read(let.body);
}

void FeatureFinder::read(const ast::Trim& trim) {
  add(feature_index("GF06"));
  for (const ast::ExpressionPtr* part : {&trim.characters, &trim.source}) {
    if (!*part) continue;
    const auto* literal = std::get_if<ast::Literal>(&(*part)->node);
    add_if(literal != nullptr && literal->value.type() == ValueType::kBytes, feature_index("GF07"));
  }
  read(trim.characters);
  read(trim.source);
}

void FeatureFinder::read(const ast::GraphValue& value) {
  add(feature_index("GE01"));
  read_reference(value.graph);
}

void FeatureFinder::read(const ast::TableValue& value) {
  add(feature_index("GE02"));
  add_if(std::holds_alternative<ast::Parameter>(value.table->node), feature_index("GE05"));
  read(value.table);
}

void FeatureFinder::read_reference(const ast::GraphReference& graph) {
  add_if(graph.kind == ast::GraphReference::Kind::kParameter, feature_index("GE04"));
}

}  // namespace geode::gql
