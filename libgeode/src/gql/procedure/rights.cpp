#include <algorithm>
#include <utility>

#include "gql/procedure/registry.hpp"
#include "security/access.hpp"

namespace geode::gql {

namespace {

/// The procedures that others than administrators may call; the rest is theirs.
constexpr std::pair<std::string_view, ProcedureRight> kRights[] = {
    {"db.labels", ProcedureRight::kReadAll},
    {"db.edgeLabels", ProcedureRight::kReadAll},
    {"db.relationshipTypes", ProcedureRight::kReadAll},
    {"db.schema.edges", ProcedureRight::kReadAll},
    {"db.propertyKeys", ProcedureRight::kReadEveryGraph},
    {"db.graphs", ProcedureRight::kReadEveryGraph},
    {"db.indexes", ProcedureRight::kRead},
    {"db.constraints", ProcedureRight::kRead},
    {"db.elementTypes", ProcedureRight::kRead},
    {"db.graphTypes", ProcedureRight::kRead},
    {"db.schemas", ProcedureRight::kRead},
    {"dbms.functions", ProcedureRight::kEverybody},
    {"dbms.procedures", ProcedureRight::kEverybody},
    {"dbms.features", ProcedureRight::kEverybody},
    {"system.current_user", ProcedureRight::kEverybody},
    // Of these, others than administrators see and end their own alone.
    {"system.queries", ProcedureRight::kEverybody},
    {"system.list_queries", ProcedureRight::kEverybody},
    {"system.kill_query", ProcedureRight::kEverybody},
    {"system.transactions", ProcedureRight::kEverybody},
};

}  // namespace

ProcedureRight right_of(std::string_view procedure) {
  for (const auto& [name, right] : kRights) {
    if (name == procedure) return right;
  }
  return ProcedureRight::kAdministrator;
}

void require_right(const Procedure& procedure, const security::Access& access,
                   catalog::GraphId graph, const catalog::Catalog& catalog, Position position) {
  const auto sees_all = [&](catalog::GraphId id) {
    if (access.sees_everything(id)) return;
    throw security::access_denied("user " + access.user() + " may not call " + procedure.name +
                                      ", which shows what is in the whole graph",
                                  position);
  };
  switch (right_of(procedure.name)) {
    case ProcedureRight::kAdministrator:
      return access.require_administrator(procedure.name, position);
    case ProcedureRight::kEverybody:
      return;
    case ProcedureRight::kRead:
      return access.require(catalog::Privilege::kSelect, graph, position);
    case ProcedureRight::kReadAll:
      return sees_all(graph);
    case ProcedureRight::kReadEveryGraph:
      for (const catalog::GraphDefinition& each : catalog.graphs()) sees_all(each.id);
      return;
  }
}

}  // namespace geode::gql
