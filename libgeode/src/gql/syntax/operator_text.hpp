#pragma once

#include <string_view>

#include "gql/syntax/ast/expression.hpp"

namespace geode::gql {

namespace strength {

/// How strong an expression binds what it is made of, in the order of the grammar.
enum Strength : int {
  kAny = 0,
  kOr = 1,
  kXor = 2,
  kAnd = 3,
  kNot = 4,
  kComparison = 5,
  kPredicate = 6,
  kSum = 7,
  kProduct = 8,
  kPower = 9,
  kSign = 10,
  kPostfix = 11,
  kPrimary = 12,
};

}  // namespace strength

struct OperatorText {
  std::string_view text;  ///< "+", "AND", "STARTS WITH", ...
  strength::Strength strength;
};

OperatorText operator_text(ast::BinaryOperator op);

}  // namespace geode::gql
