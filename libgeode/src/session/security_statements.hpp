#pragma once

#include <optional>
#include <string>

#include <geode/session.hpp>
#include "gql/bind/catalog_reference.hpp"
#include "gql/syntax/ast/statement.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::session {

/// The statements about users, roles, rights and policies.
template <class Node>
constexpr bool is_security_statement = std::is_same_v<Node, gql::ast::PrincipalStatement> ||
                                       std::is_same_v<Node, gql::ast::GrantStatement> ||
                                       std::is_same_v<Node, gql::ast::PolicyStatement> ||
                                       std::is_same_v<Node, gql::ast::RowSecurityStatement>;

bool is_security_statement_node(const gql::ast::StatementNode& node);
/// A password stands in its text.
bool has_password(const gql::ast::StatementNode& node);

/// A statement with its passwords hashed, which takes a while, and is done before the writer's
/// turn.
class SecurityStatement {
 public:
  /// Throws Error 22G03 when a parameter is no text, 42X01 when it is not given.
  SecurityStatement(const gql::ast::StatementNode& node, const Parameters& parameters);
  /// In a write transaction. `first`: the session may make the first user, who then has to be an
  /// administrator, and nothing else.
  void run(graph::GraphTransaction& graph, const gql::CatalogContext& context, bool first) const;
  /// The name of the user that it makes; "" when it makes none.
  std::string new_user() const;

 private:
  const gql::ast::StatementNode& node_;
  const Parameters& parameters_;
  std::string password_hash_;
};

}  // namespace geode::session
