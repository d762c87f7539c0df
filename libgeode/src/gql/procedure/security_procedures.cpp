#include <array>
#include <string>
#include <utility>

#include "gql/procedure/registry.hpp"
#include "graph/graph_transaction.hpp"
#include "security/access.hpp"

namespace geode::gql {

namespace {

using Arguments = std::span<const Value>;
using catalog::GraphId;
using catalog::Principal;
using catalog::Security;

Value names(const std::vector<std::string>& texts) {
  return Value(List(texts.begin(), texts.end()));
}

Value text_or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }

Value graph_name(GraphId id, const catalog::Catalog& catalog) {
  if (id == catalog::kNoGraph) return Value();
  const catalog::GraphDefinition* graph = catalog.find_graph(id);
  return graph != nullptr ? Value(graph->name) : Value();
}

Value attributes(const Principal& user) {
  Record out(user.attributes.begin(), user.attributes.end());
  return Value(std::move(out));
}

void users(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  for (const Principal& user : context.graph->catalog().security()->principals) {
    if (user.is_role) continue;
    rows.push_back({Value(user.name), names(user.roles), Value(user.suspended),
                    Value(!user.password_hash.empty()), attributes(user)});
  }
}

void roles(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  const Security& security = *context.graph->catalog().security();
  for (const std::string_view name :
       {catalog::kAdministrator, catalog::kReader, catalog::kWriter}) {
    const Principal* role = security.find(name);
    rows.push_back({Value(name), role ? names(role->roles) : Value(List()), Value(true)});
  }
  for (const Principal& role : security.principals) {
    if (!role.is_role || catalog::is_builtin_role(role.name)) continue;
    rows.push_back({Value(role.name), names(role.roles), Value(false)});
  }
}

void privileges(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  constexpr std::array<const char*, 5> kWords = {"SELECT", "INSERT", "UPDATE", "DELETE",
                                                 "ADMINISTRATION"};
  const catalog::Catalog& catalog = context.graph->catalog();
  for (const Principal& principal : catalog.security()->principals) {
    for (const catalog::Grant& grant : principal.grants) {
      rows.push_back({Value(principal.name), Value(principal.is_role ? "ROLE" : "USER"),
                      Value(kWords[static_cast<std::size_t>(grant.privilege)]),
                      graph_name(grant.graph, catalog), text_or_null(grant.label)});
    }
  }
}

void policies(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  constexpr std::array<const char*, 5> kCommands = {"ALL", "SELECT", "INSERT", "UPDATE", "DELETE"};
  const catalog::Catalog& catalog = context.graph->catalog();
  const Security& security = *catalog.security();
  for (const catalog::Policy& policy : security.policies) {
    const catalog::RowSecurity* table = security.table(policy.graph, policy.label);
    rows.push_back({Value(policy.name), graph_name(policy.graph, catalog), Value(policy.label),
                    Value(kCommands[static_cast<std::size_t>(policy.command)]),
                    Value(policy.restrictive ? "RESTRICTIVE" : "PERMISSIVE"),
                    names(policy.principals), text_or_null(policy.using_condition),
                    text_or_null(policy.check_condition), Value(table != nullptr && table->enabled),
                    Value(table != nullptr && table->forced)});
  }
}

void current_user(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  if (context.access == nullptr) {
    rows.push_back({Value(), Value(List()), Value(true)});
    return;
  }
  const auto& all = context.access->roles();
  rows.push_back({Value(context.access->user()), Value(List(all.begin(), all.end())),
                  Value(context.access->administrator())});
}

}  // namespace

void register_security_procedures(ProcedureRegistry& registry) {
  using T = ValueType;
  const auto add = [&](std::string name, std::vector<ProcedureField> columns,
                       std::string description, auto implementation) {
    registry.add({std::move(name), {}, std::move(columns), std::move(description), implementation});
  };
  add("system.users",
      {field("user", T::kString), field("roles", T::kList), field("suspended", T::kBool),
       field("password", T::kBool), field("attributes", T::kRecord)},
      "Users, and whether each has a password", users);
  add("system.roles",
      {field("role", T::kString), field("roles", T::kList), field("builtin", T::kBool)},
      "Roles, and the roles that each has", roles);
  add("system.privileges",
      {field("principal", T::kString), field("kind", T::kString), field("privilege", T::kString),
       field("graph", T::kString), field("label", T::kString)},
      "Rights that were granted; without a graph: on all of them", privileges);
  add("system.policies",
      {field("policy", T::kString), field("graph", T::kString), field("label", T::kString),
       field("command", T::kString), field("kind", T::kString), field("principals", T::kList),
       field("using", T::kString), field("check", T::kString), field("enabled", T::kBool),
       field("forced", T::kBool)},
      "Policies of row-level security", policies);
  add("system.current_user",
      {field("user", T::kString), field("roles", T::kList), field("administrator", T::kBool)},
      "The user of the session and all roles that he has; null: the session has no user",
      current_user);
}

}  // namespace geode::gql
