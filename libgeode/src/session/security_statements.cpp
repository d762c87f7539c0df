#include "session/security_statements.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <geode/error.hpp>
#include "base/nearest_name.hpp"
#include "gql/bind/bind_policy.hpp"
#include "gql/bind/errors.hpp"
#include "gql/syntax/print.hpp"
#include "security/password_hash.hpp"

namespace geode::session {

using namespace gql::ast;
using catalog::Grant;
using catalog::Policy;
using catalog::Principal;
using catalog::Privilege;
using catalog::RowSecurity;
using catalog::Security;
using Action = PrincipalStatement::Action;

namespace {

/// A literal, a parameter, or a list of them.
Value constant(const Expression& expression, const Parameters& parameters) {
  if (const auto* literal = std::get_if<Literal>(&expression.node)) return literal->value;
  if (const auto* parameter = std::get_if<Parameter>(&expression.node)) {
    const Value* value = parameters.find(parameter->name);
    if (value == nullptr) {
      throw Error(status::kMissingParameter, "parameter $" + parameter->name + " is not given",
                  expression.position);
    }
    return *value;
  }
  if (const auto* list = std::get_if<ListConstructor>(&expression.node)) {
    List out;
    for (const ExpressionPtr& item : list->elements) out.push_back(constant(*item, parameters));
    return Value(std::move(out));
  }
  const auto* unary = std::get_if<Unary>(&expression.node);
  if (unary != nullptr && unary->op == UnaryOperator::kMinus) {
    const Value value = constant(*unary->operand, parameters);
    if (value.type() == ValueType::kInt64) return Value(-value.as_int64());
    if (value.type() == ValueType::kFloat64) return Value(-value.as_float64());
  }
  throw Error(status::kSyntaxError, "expected a literal, a parameter, or a list of them",
              expression.position)
      .phase(Phase::kCompile);
}

std::string secret(const Expression& expression, const Parameters& parameters) {
  const Value value = constant(expression, parameters);
  if (value.type() != ValueType::kString) {
    throw Error(status::kInvalidValueType, "a password is a text", expression.position);
  }
  if (value.as_string().empty()) {
    throw Error(status::kInvalidArgument, "a password cannot be empty", expression.position);
  }
  return std::string(value.as_string());
}

Error no_principal(const Name& name, const char* what, const Security& security) {
  std::vector<std::string_view> known = {catalog::kAdministrator, catalog::kWriter,
                                         catalog::kReader};
  for (const Principal& principal : security.principals) known.push_back(principal.name);
  return Error(status::kInvalidReference,
               std::string("there is no ") + what + " named " + gql::quoted(name.text),
               name.position)
      .hint(gql::did_you_mean(name.text, known));
}

Error exists_already(const char* what, const Name& name) {
  return Error(status::kDuplicateObject,
               std::string("there is a ") + what + " named " + gql::quoted(name.text) + " already",
               name.position)
      .hint("IF NOT EXISTS makes this a no-op");
}

bool is_role(const Security& security, std::string_view name) {
  const Principal* found = security.find(name);
  return catalog::is_builtin_role(name) || (found != nullptr && found->is_role);
}

/// Users that can administer now.
std::size_t administrators(const std::shared_ptr<const Security>& security) {
  return static_cast<std::size_t>(std::count_if(
      security->principals.begin(), security->principals.end(), [&](const Principal& principal) {
        const auto access = security::Access::of(principal.name, security);
        return access != nullptr && access->administrator();
      }));
}

/// Runs one statement in a transaction.
class Runner {
 public:
  Runner(graph::GraphTransaction& graph, const gql::CatalogContext& context,
         const Parameters& parameters, const std::string& password_hash)
      : graph_(graph), context_(context), parameters_(parameters), password_hash_(password_hash) {}

  void operator()(const PrincipalStatement& statement) {
    switch (statement.action) {
      case Action::kCreateUser:
        return create_user(statement);
      case Action::kAlterUser:
        return alter_user(statement);
      case Action::kChangeOwnPassword:
        return change_own_password(statement);
      case Action::kDropUser:
      case Action::kDropRole:
        return drop(statement);
      case Action::kCreateRole:
        return create_role(statement);
    }
  }

  void operator()(const GrantStatement& grant) {
    for (const Name& name : grant.principals) {
      Principal principal = known(name, "user or role");
      if (!grant.roles.empty()) {
        grant_roles(grant, principal);
      } else {
        grant_privileges(grant, principal);
      }
      put(principal);
    }
  }

  void operator()(const PolicyStatement& statement) {
    using PolicyAction = PolicyStatement::Action;
    const Policy* found = find_policy(statement);
    if (statement.action == PolicyAction::kCreate) return create_policy(statement, found);
    if (found == nullptr) {
      if (statement.if_exists) return;
      throw Error(status::kInvalidReference,
                  "there is no policy named " + gql::quoted(statement.name.text) +
                      (statement.label ? " on " + gql::quoted(statement.label->text) : ""),
                  statement.name.position)
          .hint("SHOW POLICIES lists them");
    }
    Policy policy = *found;
    const std::string key = catalog::policy_key(policy.graph, policy.label, policy.name);
    if (statement.action == PolicyAction::kDrop) return graph_.drop_security(key);
    if (statement.new_name) {
      if (security().policy(policy.graph, policy.label, statement.new_name->text) != nullptr) {
        throw exists_already("policy", *statement.new_name);
      }
      graph_.drop_security(key);
      policy.name = statement.new_name->text;
    }
    set_parts(statement, policy);
    graph_.put_security(catalog::security_entry(policy));
  }

  void operator()(const RowSecurityStatement& statement) {
    using Change = RowSecurityStatement::Change;
    RowSecurity table = table_of(statement.label.text);
    if (statement.change == Change::kEnable) table.enabled = true;
    if (statement.change == Change::kDisable) table.enabled = false;
    if (statement.change == Change::kForce) table.forced = true;
    if (statement.change == Change::kNoForce) table.forced = false;
    graph_.put_security(catalog::security_entry(table));
  }

  template <class Other>
  void operator()(const Other&) {}

 private:
  const Security& security() const { return *graph_.catalog().security(); }
  void put(const Principal& principal) { graph_.put_security(catalog::security_entry(principal)); }

  /// A built-in role has an entry only once something was granted to it.
  Principal known(const Name& name, const char* what) const {
    if (const Principal* found = security().find(name.text)) return *found;
    if (!catalog::is_builtin_role(name.text)) throw no_principal(name, what, security());
    Principal role;
    role.name = name.text;
    role.is_role = true;
    return role;
  }

  const Principal& known_user(const Name& name) const {
    const Principal* found = security().find(name.text);
    if (found == nullptr || found->is_role) throw no_principal(name, "user", security());
    return *found;
  }

  void create_user(const PrincipalStatement& statement) {
    const Principal* found = security().find(statement.name.text);
    if (found != nullptr || catalog::is_builtin_role(statement.name.text)) {
      const bool user = found != nullptr && !found->is_role;
      if (user && statement.if_not_exists) return;
      if (!user || !statement.or_replace) {
        throw exists_already(user ? "user" : "role", statement.name);
      }
    }
    Principal user;
    user.name = statement.name.text;
    set_parts(statement, user);
    put(user);
  }

  void alter_user(const PrincipalStatement& statement) {
    if (statement.if_exists && security().find(statement.name.text) == nullptr) return;
    Principal user = known_user(statement.name);
    set_parts(statement, user);
    put(user);
  }

  void set_parts(const PrincipalStatement& statement, Principal& user) {
    if (statement.password) user.password_hash = password_hash_;
    if (statement.suspended) user.suspended = *statement.suspended;
    if (statement.roles) {
      user.roles.clear();
      for (const Name& role : *statement.roles) {
        if (!is_role(security(), role.text)) throw no_principal(role, "role", security());
        add_once(user.roles, role.text);
      }
    }
    for (const auto& [name, expression] : statement.attributes) {
      std::erase_if(user.attributes,
                    [&](const auto& attribute) { return attribute.first == name.text; });
      if (!expression) continue;
      Value value = constant(*expression, parameters_);
      if (value.is_null()) continue;
      const auto after =
          std::find_if(user.attributes.begin(), user.attributes.end(),
                       [&](const auto& attribute) { return attribute.first > name.text; });
      user.attributes.emplace(after, name.text, std::move(value));
    }
  }

  void change_own_password(const PrincipalStatement& statement) {
    if (context_.access == nullptr) {
      throw Error(status::kNotAuthenticated, "the session belongs to no user",
                  statement.password->position)
          .hint("ALTER USER name SET PASSWORD '..'");
    }
    const Principal* found = security().find(context_.access->user());
    const std::string old = secret(*statement.old_password, parameters_);
    if (found == nullptr || !security::verify_password(old, found->password_hash)) {
      throw Error(status::kNotAuthenticated, "the old password is not right",
                  statement.old_password->position);
    }
    Principal user = *found;
    user.password_hash = password_hash_;
    put(user);
  }

  void create_role(const PrincipalStatement& statement) {
    if (security().find(statement.name.text) != nullptr ||
        catalog::is_builtin_role(statement.name.text)) {
      if (statement.if_not_exists && is_role(security(), statement.name.text)) return;
      throw exists_already("user or role", statement.name);
    }
    Principal role;
    role.name = statement.name.text;
    role.is_role = true;
    put(role);
  }

  /// With what others have of it, so that a later principal of that name gets nothing.
  void drop(const PrincipalStatement& statement) {
    const bool role = statement.action == Action::kDropRole;
    const Principal* found = security().find(statement.name.text);
    if (role && catalog::is_builtin_role(statement.name.text)) {
      throw Error(status::kInvalidReference,
                  "role " + gql::quoted(statement.name.text) + " is always there",
                  statement.name.position);
    }
    if (found == nullptr || found->is_role != role) {
      if (statement.if_exists) return;
      throw no_principal(statement.name, role ? "role" : "user", security());
    }
    const std::string name = statement.name.text;
    graph_.drop_security(catalog::principal_key(name));
    const Security before = security();
    for (Principal principal : before.principals) {
      if (std::erase(principal.roles, name) != 0) put(principal);
    }
    for (Policy policy : before.policies) {
      if (std::erase(policy.principals, name) == 0) continue;
      // A policy of nobody would be one of everybody.
      if (policy.principals.empty()) {
        graph_.drop_security(catalog::policy_key(policy.graph, policy.label, policy.name));
      } else {
        graph_.put_security(catalog::security_entry(policy));
      }
    }
  }

  static void add_once(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }

  bool leads_to(const std::string& role, const std::string& wanted) const {
    if (role == wanted) return true;
    const Principal* found = security().find(role);
    return found != nullptr &&
           std::any_of(found->roles.begin(), found->roles.end(),
                       [&](const auto& next) { return leads_to(next, wanted); });
  }

  void grant_roles(const GrantStatement& grant, Principal& principal) {
    for (const Name& role : grant.roles) {
      if (!is_role(security(), role.text)) throw no_principal(role, "role", security());
      if (grant.revoke) {
        std::erase(principal.roles, role.text);
        continue;
      }
      if (principal.is_role && leads_to(role.text, principal.name)) {
        throw Error(status::kInvalidReference,
                    "role " + gql::quoted(principal.name) + " would be part of itself",
                    role.position);
      }
      add_once(principal.roles, role.text);
    }
  }

  void grant_privileges(const GrantStatement& grant, Principal& principal) {
    std::vector<catalog::GraphId> graphs;
    for (const gql::ast::GraphReference& graph : grant.graphs) {
      graphs.push_back(gql::find_graph(graph, context_, graph_.catalog()));
    }
    if (grant.all_graphs) graphs.push_back(catalog::kNoGraph);
    if (graphs.empty()) graphs.push_back(context_.graph);
    std::vector<std::string> labels;
    for (const Name& label : grant.labels) labels.push_back(label.text);
    if (labels.empty()) labels.emplace_back();
    if (!grant.revoke) principal.narrowed = true;
    for (const catalog::GraphId graph : graphs) {
      for (const std::string& label : labels) {
        for (const PrivilegeWord word : grant.privileges) {
          change({static_cast<Privilege>(word), graph, label}, grant, principal);
        }
      }
    }
  }

  /// What is revoked takes narrower grants with it: after REVOKE .. ON GRAPH * nothing is left.
  void change(Grant changed, const GrantStatement& grant, Principal& principal) {
    std::vector<Grant>& grants = principal.grants;
    if (!grant.revoke) {
      if (std::find(grants.begin(), grants.end(), changed) == grants.end()) {
        grants.push_back(std::move(changed));
      }
      return;
    }
    std::erase_if(grants, [&](const Grant& each) {
      return each.privilege == changed.privilege &&
             (changed.graph == catalog::kNoGraph || each.graph == changed.graph) &&
             (changed.label.empty() || each.label == changed.label);
    });
    const auto wider = std::find_if(grants.begin(), grants.end(), [&](const Grant& each) {
      return each.privilege == changed.privilege &&
             (each.graph == catalog::kNoGraph || each.graph == changed.graph) &&
             (each.label.empty() || each.label == changed.label);
    });
    if (wider != grants.end()) {
      throw Error(status::kDependentObject,
                  gql::quoted(principal.name) +
                      " has the privilege by a wider grant, of which no part can be taken",
                  grant.position)
          .hint("revoke the wider grant, and grant what is to be left");
    }
  }

  // ---- policies

  const Policy* find_policy(const PolicyStatement& statement) const {
    const Policy* found = nullptr;
    for (const Policy& policy : security().policies) {
      if (policy.graph != context_.graph || policy.name != statement.name.text) continue;
      if (statement.label && policy.label != statement.label->text) continue;
      if (found != nullptr) {
        throw Error(status::kInvalidReference,
                    "several labels have a policy named " + gql::quoted(statement.name.text),
                    statement.name.position)
            .hint("DROP POLICY name ON label");
      }
      found = &policy;
    }
    return found;
  }

  RowSecurity table_of(const std::string& label) const {
    if (const RowSecurity* found = security().table(context_.graph, label)) return *found;
    return {context_.graph, label, false, false};
  }

  void create_policy(const PolicyStatement& statement, const Policy* found) {
    if (found != nullptr && statement.if_not_exists) return;
    if (found != nullptr && !statement.or_replace) throw exists_already("policy", statement.name);
    Policy policy;
    policy.name = statement.name.text;
    policy.graph = context_.graph;
    policy.label = statement.label->text;
    policy.command = static_cast<catalog::PolicyCommand>(statement.command);
    policy.restrictive = statement.restrictive;
    set_parts(statement, policy);
    // The first policy of a label protects it; after that only ALTER TABLE says.
    if (security().table(context_.graph, policy.label) == nullptr) {
      graph_.put_security(
          catalog::security_entry(RowSecurity{context_.graph, policy.label, true, false}));
    }
    graph_.put_security(catalog::security_entry(policy));
  }

  void set_parts(const PolicyStatement& statement, Policy& policy) {
    if (statement.alias) policy.alias = statement.alias->text;
    if (statement.principals) {
      policy.principals.clear();
      for (const Name& name : *statement.principals) {
        known(name, "user or role");
        add_once(policy.principals, name.text);
      }
    }
    const auto condition = [&](const ExpressionPtr& expression) {
      gql::check_policy_condition(*expression, policy.label, policy.alias, graph_.catalog());
      return gql::print(*expression);
    };
    using Command = catalog::PolicyCommand;
    if (statement.using_condition) {
      if (policy.command == Command::kInsert) {
        throw Error(status::kSyntaxError, "a policy for INSERT has WITH CHECK only",
                    statement.using_condition->position)
            .phase(Phase::kCompile);
      }
      policy.using_condition = condition(statement.using_condition);
    }
    if (statement.check_condition) {
      if (policy.command == Command::kSelect || policy.command == Command::kDelete) {
        throw Error(status::kSyntaxError, "a policy for SELECT or DELETE has USING only",
                    statement.check_condition->position)
            .phase(Phase::kCompile);
      }
      policy.check_condition = condition(statement.check_condition);
    }
  }

  graph::GraphTransaction& graph_;
  const gql::CatalogContext& context_;
  const Parameters& parameters_;
  const std::string& password_hash_;
};

}  // namespace

bool is_security_statement_node(const StatementNode& node) {
  return std::visit([]<class Node>(const Node&) { return is_security_statement<Node>; }, node);
}

bool has_password(const StatementNode& node) {
  const auto* statement = std::get_if<PrincipalStatement>(&node);
  return statement != nullptr && statement->password != nullptr;
}

SecurityStatement::SecurityStatement(const StatementNode& node, const Parameters& parameters)
    : node_(node), parameters_(parameters) {
  if (!has_password(node)) return;
  password_hash_ =
      security::hash_password(secret(*std::get<PrincipalStatement>(node).password, parameters));
}

std::string SecurityStatement::new_user() const {
  const auto* statement = std::get_if<PrincipalStatement>(&node_);
  return statement != nullptr && statement->action == Action::kCreateUser ? statement->name.text
                                                                          : std::string();
}

void SecurityStatement::run(graph::GraphTransaction& graph, const gql::CatalogContext& context,
                            bool first) const {
  const std::shared_ptr<const Security> before = graph.catalog().security();
  std::visit(Runner(graph, context, parameters_, password_hash_), node_);
  const std::shared_ptr<const Security>& after = graph.catalog().security();
  if (before == after) return;
  const std::size_t left = administrators(after);
  if (first && after->has_users() && left == 0) {
    throw Error(status::kAccessDenied, "the first user has to be an administrator")
        .hint("CREATE USER name WITH PASSWORD '..' ROLE administrator; then the others");
  }
  if (left == 0 && administrators(before) != 0) {
    throw Error(status::kDependentObject, "nobody could administer the database any more")
        .hint("make another user an administrator first");
  }
}

}  // namespace geode::session
