#pragma once

#include <type_traits>

#include "gql/bind/catalog_reference.hpp"
#include "gql/syntax/ast/statement.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::session {

/// Statements that make or drop schemas, graphs, graph types and element types.
template <class Node>
inline constexpr bool is_graph_statement =
    std::is_same_v<Node, gql::ast::CreateSchema> || std::is_same_v<Node, gql::ast::DropSchema> ||
    std::is_same_v<Node, gql::ast::CreateGraph> || std::is_same_v<Node, gql::ast::DropGraph> ||
    std::is_same_v<Node, gql::ast::CreateGraphType> ||
    std::is_same_v<Node, gql::ast::DropGraphType> ||
    std::is_same_v<Node, gql::ast::CreateElementType> ||
    std::is_same_v<Node, gql::ast::DropElementType>;

/// Runs one of them in a write transaction; does nothing for another statement.
void run_graph_statement(const gql::ast::StatementNode& node, graph::GraphTransaction& graph,
                         const gql::CatalogContext& context);

}  // namespace geode::session
