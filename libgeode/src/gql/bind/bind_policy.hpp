#pragma once

#include <string>

#include "catalog/catalog.hpp"
#include "gql/syntax/ast/expression.hpp"

namespace geode::gql {

/// Throws the error that a policy's condition has, if any. It may read properties of the element by
/// their names alone, or as those of `alias` or of the label in lower case, and call
/// current_user_..().
void check_policy_condition(const ast::Expression& condition, const std::string& label,
                            const std::string& alias, const catalog::Catalog& catalog);

}  // namespace geode::gql
