#include <algorithm>

#include "gql/procedure/registry.hpp"
#include "session/security_statements.hpp"
#include "session/session_impl.hpp"

namespace geode::session {

namespace {

using namespace gql::ast;

bool administers(const Query& query);

/// Calls a procedure that is for administrators alone, or ends what others run.
bool administers(const LinearQuery& linear) {
  return std::any_of(linear.clauses.begin(), linear.clauses.end(), [](const Clause& clause) {
    if (const auto* subquery = std::get_if<CallSubquery>(&clause))
      return administers(*subquery->query);
    const auto* call = std::get_if<CallProcedure>(&clause);
    return call != nullptr &&
           (call->name.text == "system.kill_query" ||
            gql::right_of(call->name.text) == gql::ProcedureRight::kAdministrator);
  });
}

bool administers(const Query& query) {
  return std::any_of(query.parts.begin(), query.parts.end(), [](const CompositeQuery& part) {
    return administers(part.first) ||
           std::any_of(part.rest.begin(), part.rest.end(),
                       [](const auto& operand) { return administers(operand.second); });
  });
}

}  // namespace

StatementKind kind_of(const StatementNode& node) {
  if (const auto* query = std::get_if<Query>(&node)) {
    if (administers(*query)) return StatementKind::kAdministration;
    return modifies(*query) ? StatementKind::kWrite : StatementKind::kRead;
  }
  const bool administration = is_security_statement_node(node) || is_catalog_change(node);
  return administration ? StatementKind::kAdministration : StatementKind::kSession;
}

}  // namespace geode::session

namespace geode {
inline namespace v1 {

void observe_statements(Session& session, StatementObserver* observer) {
  session.impl()->observer = observer;
}

}  // namespace v1
}  // namespace geode
