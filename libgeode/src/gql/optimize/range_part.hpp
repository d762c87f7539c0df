#pragma once

#include <optional>

#include "gql/bind/bound/expression.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::optimize {

/// The part of the values of a property that a condition `v.key < literal`, and the like, lets
/// through, by the least and the greatest of them, as if they lay evenly between. Nothing when it
/// is no such condition, or statistics do not tell.
std::optional<double> range_part(const graph::GraphTransaction& graph,
                                 const bound::Expression& condition, bound::VariableId variable);

}  // namespace geode::gql::optimize
