#include <algorithm>
#include <string>
#include <vector>

#include "gql/syntax/operator_chain.hpp"
#include "gql/syntax/operator_text.hpp"
#include "gql/syntax/printer.hpp"

namespace geode::gql {

using namespace strength;

namespace {

using Operands = std::vector<const ast::Expression*>;

/// The operator node at the root; null for one of another operator.
const ast::Binary* joined_by(ast::BinaryOperator op, const ast::Expression& expression) {
  const auto* binary = std::get_if<ast::Binary>(&expression.node);
  return binary != nullptr && binary->op == op ? binary : nullptr;
}

void add_operands(const ast::Binary& chain, Operands& out) {
  for (const ast::Expression* side : {chain.left.get(), chain.right.get()}) {
    if (const ast::Binary* inner = joined_by(chain.op, *side)) {
      add_operands(*inner, out);
    } else {
      out.push_back(side);
    }
  }
}

/// True when the parser makes this very tree of a chain of `count` operands without parentheses.
bool is_written_flat(const ast::Binary& chain, std::size_t count) {
  const auto side = [&](const ast::Expression& expression, std::size_t operands) {
    const ast::Binary* inner = joined_by(chain.op, expression);
    if (operands == 1) return inner == nullptr;
    return inner != nullptr && is_written_flat(*inner, operands);
  };
  const std::size_t left = left_operands_of_chain(count);
  return side(*chain.left, left) && side(*chain.right, count - left);
}

/// What is to be written one after another, for the parser to make the same tree of it: all
/// operands or, where parentheses made another tree, those of the longest chain that ends here.
Operands operands_of(const ast::Binary& chain) {
  Operands operands;
  add_operands(chain, operands);
  if (is_written_flat(chain, operands.size())) return operands;
  operands = {chain.right.get()};
  const ast::Expression* left = chain.left.get();
  for (const ast::Binary* inner = joined_by(chain.op, *left);
       inner != nullptr && operands.size() + 1 < kLongestLeftChain;
       inner = joined_by(chain.op, *left)) {
    operands.push_back(inner->right.get());
    left = inner->left.get();
  }
  operands.push_back(left);
  std::reverse(operands.begin(), operands.end());
  return operands;
}

}  // namespace

OperatorText operator_text(ast::BinaryOperator op) {
  switch (op) {
    case ast::BinaryOperator::kOr:
      return {"OR", kOr};
    case ast::BinaryOperator::kXor:
      return {"XOR", kXor};
    case ast::BinaryOperator::kAnd:
      return {"AND", kAnd};
    case ast::BinaryOperator::kEqual:
      return {"=", kComparison};
    case ast::BinaryOperator::kNotEqual:
      return {"<>", kComparison};
    case ast::BinaryOperator::kLess:
      return {"<", kComparison};
    case ast::BinaryOperator::kLessOrEqual:
      return {"<=", kComparison};
    case ast::BinaryOperator::kGreater:
      return {">", kComparison};
    case ast::BinaryOperator::kGreaterOrEqual:
      return {">=", kComparison};
    case ast::BinaryOperator::kAdd:
      return {"+", kSum};
    case ast::BinaryOperator::kSubtract:
      return {"-", kSum};
    case ast::BinaryOperator::kMultiply:
      return {"*", kProduct};
    case ast::BinaryOperator::kDivide:
      return {"/", kProduct};
    case ast::BinaryOperator::kModulo:
      return {"%", kProduct};
    case ast::BinaryOperator::kPower:
      return {"^", kPower};
    case ast::BinaryOperator::kConcatenate:
      return {"||", kSum};
    case ast::BinaryOperator::kIn:
      return {"IN", kPredicate};
    case ast::BinaryOperator::kStartsWith:
      return {"STARTS WITH", kPredicate};
    case ast::BinaryOperator::kEndsWith:
      return {"ENDS WITH", kPredicate};
    case ast::BinaryOperator::kContains:
      return {"CONTAINS", kPredicate};
    case ast::BinaryOperator::kMatchesRegex:
      return {"=~", kPredicate};
  }
  return {"", kAny};
}

void Printer::node(const ast::Binary& x) {
  const OperatorText op = operator_text(x.op);
  const int stronger = op.strength + 1;
  std::string text(" ");
  text.append(op.text).append(" ");
  if (op.strength <= kAnd) {
    return write_list(
        operands_of(x), [&](const ast::Expression* operand) { write(*operand, stronger); }, text);
  }
  write(*x.left, op.strength == kComparison ? kPredicate : op.strength);
  add(text);
  if (x.op == ast::BinaryOperator::kSubtract) return write_behind_minus(*x.right, stronger);
  write(*x.right, stronger);
}

}  // namespace geode::gql
