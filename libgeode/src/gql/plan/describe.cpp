#include <string_view>

#include "gql/plan/explain.hpp"
#include "gql/syntax/operator_text.hpp"

namespace geode::gql::plan {

namespace {

using bound::Expression;
using bound::ExpressionKind;

std::string label_text(const bound::LabelTest& test) {
  using Kind = ast::LabelExpression::Kind;
  switch (test.kind) {
    case Kind::kName:
      return test.name;
    case Kind::kWildcard:
      return "%";
    case Kind::kNot:
      return "!" + label_text(*test.left);
    case Kind::kAnd:
      return "(" + label_text(*test.left) + "&" + label_text(*test.right) + ")";
    case Kind::kOr:
      return "(" + label_text(*test.left) + "|" + label_text(*test.right) + ")";
    case Kind::kDynamic:
      break;  // a condition, not a test
  }
  return "";
}

class Describer {
 public:
  explicit Describer(const std::vector<bound::VariableInfo>& variables) : variables_(variables) {}

  std::string name(VariableId variable) const {
    auto id = static_cast<std::uint32_t>(variable);
    if (id < variables_.size() && !variables_[id].name.empty()) return variables_[id].name;
    return "_" + std::to_string(id);
  }

  std::string text(const Expression& e) const {
    auto child = [&](std::size_t i) {
      return e.children[i] ? text(*e.children[i]) : std::string();
    };
    switch (e.kind) {
      case ExpressionKind::kLiteral:
        return e.literal.to_string();
      case ExpressionKind::kParameter:
        return "$" + e.name;
      case ExpressionKind::kVariable:
        return name(e.variable);
      case ExpressionKind::kProperty:
        return child(0) + "." + e.name;
      case ExpressionKind::kUnary:
        return (e.unary == ast::UnaryOperator::kNot     ? "NOT "
                : e.unary == ast::UnaryOperator::kMinus ? "-"
                                                        : "+") +
               operand(e, 0);
      case ExpressionKind::kBinary:
        return operand(e, 0) + " " + std::string(operator_text(e.binary).text) + " " +
               operand(e, 1);
      case ExpressionKind::kIsNull:
        return operand(e, 0) + (e.negated ? " IS NOT NULL" : " IS NULL");
      case ExpressionKind::kIsTruth:
        return operand(e, 0) + (e.negated ? " IS NOT " : " IS ") +
               (e.truth == ast::TruthValue::kTrue    ? "TRUE"
                : e.truth == ast::TruthValue::kFalse ? "FALSE"
                                                     : "UNKNOWN");
      case ExpressionKind::kLabelTest:
        return (e.negated ? "NOT " : "") + child(0) + ":" + label_text(*e.label_test);
      case ExpressionKind::kIsTyped:
        return operand(e, 0) + (e.negated ? " IS NOT TYPED " : " IS TYPED ") +
               e.declared_type.name();
      case ExpressionKind::kCast:
        return "CAST(" + child(0) + " AS " + e.declared_type.name() + ")";
      case ExpressionKind::kFunction:
        return e.function->name + "(" + list(e, 0) + ")";
      case ExpressionKind::kAggregate: {
        const std::size_t count = e.children.size() - (e.filtered ? 1 : 0);
        std::string arguments = count == 0 ? "*" : "";
        for (std::size_t i = 0; i < count; ++i) arguments += (i ? ", " : "") + child(i);
        return e.aggregate->name + "(" + (e.distinct ? "DISTINCT " : "") + arguments + ")" +
               (e.filtered ? " FILTER (" + child(count) + ")" : "");
      }
      case ExpressionKind::kCase:
        return case_text(e);
      case ExpressionKind::kList:
        return "[" + list(e, 0) + "]";
      case ExpressionKind::kRecord: {
        std::string out = "{";
        for (std::size_t i = 0; i < e.children.size(); ++i)
          out += (i ? ", " : "") + e.field_names[i] + ": " + child(i);
        return out + "}";
      }
      case ExpressionKind::kIndex:
        return operand(e, 0) + "[" + child(1) + "]";
      case ExpressionKind::kSlice:
        return operand(e, 0) + "[" + child(1) + ".." + child(2) + "]";
      case ExpressionKind::kListComprehension:
        return "[" + name(e.variable) + " IN " + child(0) +
               (e.children[1] ? " WHERE " + child(1) : "") +
               (e.children[2] ? " | " + child(2) : "") + "]";
      case ExpressionKind::kQuantifier: {
        static constexpr std::string_view kNames[] = {"all", "any", "none", "single"};
        return std::string(kNames[static_cast<int>(e.quantifier)]) + "(" + name(e.variable) +
               " IN " + child(0) + " WHERE " + child(1) + ")";
      }
      case ExpressionKind::kReduce:
        return "reduce(" + name(e.accumulator) + " = " + child(0) + ", " + name(e.variable) +
               " IN " + child(1) + " | " + child(2) + ")";
      case ExpressionKind::kSubquery: {
        static constexpr std::string_view kNames[] = {"EXISTS", "COUNT", "VALUE", "COLLECT"};
        return std::string(kNames[static_cast<int>(e.subquery_kind)]) + " { ... }";
      }
      case ExpressionKind::kPath:
        return "path(" + list(e, 0) + ")";
      case ExpressionKind::kGuard:
        return child(0);
      case ExpressionKind::kNodeOrEdgeEquals:
        return operand(e, 0) + " = " + operand(e, 1);
    }
    return "";
  }

 private:
  std::string operand(const Expression& e, std::size_t i) const {
    const Expression& child = *e.children[i];
    bool nested = child.kind == ExpressionKind::kBinary || child.kind == ExpressionKind::kIsNull ||
                  child.kind == ExpressionKind::kIsTruth ||
                  (child.kind == ExpressionKind::kUnary && child.unary == ast::UnaryOperator::kNot);
    return nested ? "(" + text(child) + ")" : text(child);
  }
  std::string list(const Expression& e, std::size_t from) const {
    std::string out;
    for (std::size_t i = from; i < e.children.size(); ++i)
      out += (i > from ? ", " : "") + text(*e.children[i]);
    return out;
  }
  std::string case_text(const Expression& e) const {
    std::string out = "CASE";
    for (std::size_t i = 0; i + 1 < e.children.size(); i += 2) {
      out += " WHEN " + text(*e.children[i]) + " THEN " + text(*e.children[i + 1]);
    }
    return out + " ELSE " + text(*e.children.back()) + " END";
  }

  const std::vector<bound::VariableInfo>& variables_;
};

}  // namespace

std::string describe(const Expression& expression,
                     const std::vector<bound::VariableInfo>& variables) {
  return Describer(variables).text(expression);
}

}  // namespace geode::gql::plan
