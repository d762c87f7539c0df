#pragma once

#include "catalog/graph_type.hpp"
#include "gql/syntax/ast/catalog.hpp"

namespace geode::gql {

/// The graph type that a specification spells out. Element types that are only named are taken from
/// `known`: those of the current graph, or null. Throws Error 42001 when two types cannot be told
/// apart, 42002 when a name is nobody's.
catalog::GraphType bind_graph_type(const ast::GraphTypeSpecification& specification,
                                   const catalog::GraphType* known);

/// One node type or edge type. A type without labels has its name as label.
catalog::ElementType bind_element_type(const ast::ElementTypeSpecification& specification);

}  // namespace geode::gql
