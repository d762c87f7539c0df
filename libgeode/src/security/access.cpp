#include "security/access.hpp"

#include <algorithm>

#include <geode/error.hpp>

namespace geode::security {
namespace {

std::string_view verb(Privilege privilege) {
  switch (privilege) {
    case Privilege::kSelect:
      return "read";
    case Privilege::kInsert:
      return "insert into";
    case Privilege::kUpdate:
      return "update";
    case Privilege::kDelete:
      return "delete from";
    case Privilege::kAdministration:
      return "administer";
  }
  return "use";
}

}  // namespace

Error access_denied(std::string what, Position position) {
  return Error(status::kAccessDenied, std::move(what), position).phase(Phase::kCompile);
}

std::shared_ptr<const Access> Access::of(std::string_view user,
                                         std::shared_ptr<const catalog::Security> security) {
  const catalog::Principal* principal = security->find(user);
  if (principal == nullptr || principal->is_role || principal->suspended) return nullptr;
  std::shared_ptr<Access> out(new Access());
  out->user_ = principal->name;
  if (!principal->roles.empty()) out->role_ = principal->roles.front();
  out->principal_ = principal;
  std::vector<std::string> waiting = principal->roles;
  out->sources_.push_back(principal);
  while (!waiting.empty()) {
    std::string name = std::move(waiting.back());
    waiting.pop_back();
    if (!out->roles_.insert(name).second) continue;
    const catalog::Principal* role = security->find(name);
    if (role == nullptr || !role->is_role) continue;
    out->sources_.push_back(role);
    waiting.insert(waiting.end(), role->roles.begin(), role->roles.end());
  }
  out->administrator_ = out->roles_.contains(catalog::kAdministrator);
  out->narrowed_ = std::any_of(out->sources_.begin(), out->sources_.end(),
                               [](const auto* source) { return source->narrowed; });
  out->security_ = std::move(security);
  return out;
}

Value Access::attribute(std::string_view name) const {
  for (const auto& [known, value] : principal_->attributes) {
    if (known == name) return value;
  }
  return {};
}

std::optional<Value> Access::function(std::string_view name) const {
  constexpr std::string_view kPrefix = "current_user";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  if (name.empty()) return Value(user_);
  if (name.size() < 2 || name[0] != '_') return std::nullopt;
  name.remove_prefix(1);
  if (name == "role") return role_.empty() ? Value() : Value(role_);
  if (name == "roles") return Value(List(roles_.begin(), roles_.end()));
  Value value = attribute(name);
  if (name == "id" && value.is_null()) return Value(user_);
  return value;
}

bool Access::ceiling(Privilege privilege) const {
  if (administrator_) return true;
  const bool writer = roles_.contains(catalog::kWriter);
  const bool reader = roles_.contains(catalog::kReader);
  if (!writer && !reader) return narrowed_;
  // Administration of a graph is given by name alone, and does not depend on the roles.
  if (privilege == Privilege::kAdministration) return narrowed_;
  return writer || privilege == Privilege::kSelect;
}

Extent Access::extent(Privilege privilege, GraphId graph) const {
  Extent out;
  if (administrator_) {
    out.everywhere = true;
    return out;
  }
  if (!ceiling(privilege)) return out;
  if (!narrowed_) {
    out.everywhere = true;
    return out;
  }
  for (const catalog::Principal* source : sources_) {
    for (const catalog::Grant& grant : source->grants) {
      if (grant.privilege != privilege) continue;
      if (grant.graph != catalog::kNoGraph && grant.graph != graph) continue;
      if (grant.label.empty()) {
        out.everywhere = true;
      } else {
        out.labels.push_back(grant.label);
      }
    }
  }
  if (out.everywhere) out.labels.clear();
  std::sort(out.labels.begin(), out.labels.end());
  out.labels.erase(std::unique(out.labels.begin(), out.labels.end()), out.labels.end());
  return out;
}

void Access::require(Privilege privilege, GraphId graph, Position position) const {
  if (!extent(privilege, graph).nowhere()) return;
  throw access_denied("user " + user_ + " may not " + std::string(verb(privilege)) + " this graph",
                      position)
      .hint("an administrator can GRANT the privilege");
}

void Access::require_administrator(std::string_view what, Position position) const {
  if (administrator_) return;
  throw access_denied(std::string(what) + " needs the role administrator", position);
}

bool Access::applies_to(const catalog::Policy& policy) const {
  return policy.principals.empty() ||
         std::any_of(
             policy.principals.begin(), policy.principals.end(),
             [&](const std::string& name) { return name == user_ || roles_.contains(name); });
}

std::vector<LabelPolicies> Access::policies(GraphId graph, PolicyCommand command,
                                            bool check) const {
  std::vector<LabelPolicies> out;
  for (const catalog::RowSecurity& table : security_->tables) {
    if (table.graph != graph || !table.enabled || (administrator_ && !table.forced)) continue;
    LabelPolicies& label = out.emplace_back();
    label.label = table.label;
    for (const catalog::Policy& policy : security_->policies) {
      if (policy.graph != graph || policy.label != table.label || !applies_to(policy)) continue;
      if (policy.command != PolicyCommand::kAll && policy.command != command) continue;
      // A policy without WITH CHECK asks of new values what it asks of old ones; one of INSERT
      // alone has no old values, and one with WITH CHECK alone nothing to ask of them.
      const std::string& own = check ? policy.check_condition : policy.using_condition;
      const std::string& text = check && own.empty() ? policy.using_condition : own;
      if (text.empty()) continue;
      (policy.restrictive ? label.restrictive : label.permissive).push_back({text, policy.alias});
    }
  }
  return out;
}

bool Access::writes() const {
  if (administrator_) return true;
  if (!narrowed_) return ceiling(Privilege::kInsert);
  return std::any_of(sources_.begin(), sources_.end(), [&](const catalog::Principal* source) {
    return std::any_of(source->grants.begin(), source->grants.end(), [&](const auto& grant) {
      return grant.privilege != Privilege::kSelect && ceiling(grant.privilege);
    });
  });
}

bool Access::sees_everything(GraphId graph) const {
  return extent(Privilege::kSelect, graph).everywhere &&
         policies(graph, PolicyCommand::kSelect, false).empty();
}

bool Access::hides_anything(const catalog::Catalog& catalog) const {
  return std::any_of(catalog.graphs().begin(), catalog.graphs().end(),
                     [&](const auto& graph) { return !sees_everything(graph.id); });
}

}  // namespace geode::security
