#pragma once

#include <memory>
#include <string>

#include "catalog/catalog.hpp"
#include "gql/syntax/ast/expression.hpp"
#include "graph/condition.hpp"

namespace geode::gql::exec {

/// A condition on one element, ready to be asked (see gql/bind/bind_element_condition.hpp for what
/// it may be).
std::shared_ptr<graph::Condition> make_condition(const ast::Expression& condition,
                                                 const std::string& variable, bool edge,
                                                 const catalog::Catalog& catalog);

}  // namespace geode::gql::exec
