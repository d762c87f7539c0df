#pragma once

#include "gql/bind/catalog_reference.hpp"
#include "gql/syntax/ast/statement.hpp"
#include "security/access.hpp"

namespace geode::session {

/// Refuses what a principal may not say, of statements that are no queries (those are looked at
/// clause by clause when they are bound). Every kind of statement has its line here.
void authorize(const gql::ast::StatementNode& node, const security::Access& access,
               const gql::CatalogContext& context);

}  // namespace geode::session
