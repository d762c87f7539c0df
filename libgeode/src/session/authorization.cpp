#include "session/authorization.hpp"

#include <string>
#include <variant>

namespace geode::session {

using namespace gql::ast;
using catalog::Privilege;

namespace {

/// The right that each kind of statement needs. There is no line for all the others: a new kind of
/// statement does not compile until it has its own.
class Authorization {
 public:
  Authorization(const security::Access& access, const gql::CatalogContext& context)
      : access_(access), context_(context) {}

  void operator()(const Query&) const {}  // clause by clause, when it is bound
  void operator()(const CreateIndex& x) const { administer(x.label.position); }
  void operator()(const DropIndex& x) const { administer(x.name.position); }
  void operator()(const CreateConstraint& x) const { administer(x.label.position); }
  void operator()(const DropConstraint& x) const { administer(x.name.position); }
  void operator()(const CreateElementType& x) const { administer(x.type.element.position); }
  void operator()(const DropElementType& x) const { administer(x.name.position); }
  void operator()(const PolicyStatement& x) const { administer(x.name.position); }
  void operator()(const RowSecurityStatement& x) const { administer(x.label.position); }
  void operator()(const CreateSchema& x) const { administrator("a schema", x.schema.position); }
  void operator()(const DropSchema& x) const { administrator("a schema", x.schema.position); }
  void operator()(const CreateGraph& x) const { administrator("a graph", x.graph.position); }
  void operator()(const DropGraph& x) const { administrator("a graph", x.graph.position); }
  void operator()(const CreateGraphType& x) const {
    administrator("a graph type", x.type.position);
  }
  void operator()(const DropGraphType& x) const { administrator("a graph type", x.type.position); }
  void operator()(const GrantStatement& x) const { administrator("a right", x.position); }
  void operator()(const PrincipalStatement& x) const {
    if (x.action == PrincipalStatement::Action::kChangeOwnPassword) return;
    administrator(x.about_user() ? "a user" : "a role", x.name.position);
  }
  void operator()(const StartTransaction& x) const { start(x); }
  void operator()(const SetTransaction& x) const { start(x.characteristics); }
  void operator()(const Commit&) const {}
  void operator()(const Rollback&) const {}
  void operator()(const Savepoint&) const {}
  void operator()(const RollbackTo&) const {}
  void operator()(const ReleaseSavepoint&) const {}
  void operator()(const SessionSet&) const {}  // its query is bound with the rights of the session
  void operator()(const SessionReset&) const {}
  void operator()(const SessionClose&) const {}
  void operator()(const Ping&) const {}
  void operator()(const Analyze&) const {}

 private:
  void administer(Position position) const {
    access_.require(Privilege::kAdministration, context_.graph, position);
  }
  void administrator(const std::string& what, Position position) const {
    access_.require_administrator("making, changing or dropping " + what, position);
  }
  /// The writer's turn is not for who cannot write.
  void start(const StartTransaction& start) const {
    if (start.read_only.value_or(true) || access_.writes()) return;
    throw security::access_denied("user " + access_.user() + " may only read", {})
        .hint("START TRANSACTION READ ONLY");
  }

  const security::Access& access_;
  const gql::CatalogContext& context_;
};

}  // namespace

void authorize(const StatementNode& node, const security::Access& access,
               const gql::CatalogContext& context) {
  std::visit(Authorization(access, context), node);
}

}  // namespace geode::session
