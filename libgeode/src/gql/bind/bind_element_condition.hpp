#pragma once

#include <string>
#include <utility>
#include <vector>

#include "catalog/catalog.hpp"
#include "gql/bind/bound/expression.hpp"
#include "gql/syntax/ast/expression.hpp"

namespace geode::gql {

/// A condition on one element, apart from any graph: what it reads of the element are variables.
struct ElementCondition {
  bound::ExpressionPtr expression;
  std::vector<std::pair<std::string, bound::VariableId>> properties;
  bound::VariableId labels = bound::kNoVariable;  ///< the list of its labels
};

/// Binds the condition of a check constraint, in which the element is called `variable`. Throws
/// Error 42001 where it reads more than the element's properties and labels: subqueries,
/// parameters, functions that differ from call to call, or the element as a whole.
ElementCondition bind_element_condition(const ast::Expression& condition,
                                        const std::string& variable, bool edge,
                                        const catalog::Catalog& catalog);

}  // namespace geode::gql
