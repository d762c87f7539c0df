#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gql/syntax/ast/expression.hpp"
#include "gql/syntax/ast/reference.hpp"

namespace geode::gql::ast {

/// CREATE, ALTER and DROP of USER and ROLE. What is not said of a user stays as it is, or is as
/// that of a new one.
struct PrincipalStatement {
  enum class Action : std::uint8_t {
    kCreateUser,
    kAlterUser,
    kDropUser,
    kCreateRole,
    kDropRole,
    kChangeOwnPassword,  ///< ALTER CURRENT USER SET PASSWORD FROM old_password TO password
  };
  Action action{};
  Name name;
  bool or_replace = false;
  bool if_exists = false, if_not_exists = false;
  ExpressionPtr password, old_password;  ///< a text or a parameter
  std::optional<std::vector<Name>> roles;
  std::vector<std::pair<Name, ExpressionPtr>> attributes;  ///< null: taken away
  std::optional<bool> suspended;

  bool about_user() const { return action != Action::kCreateRole && action != Action::kDropRole; }
};

enum class PrivilegeWord : std::uint8_t { kSelect, kInsert, kUpdate, kDelete, kAdministration };

/// GRANT and REVOKE: roles, or else privileges on graphs and labels.
struct GrantStatement {
  bool revoke = false;
  std::vector<Name> roles;
  std::vector<PrivilegeWord> privileges;
  bool all_graphs = false;
  std::vector<GraphReference> graphs;  ///< none, and not all: the current one
  std::vector<Name> labels;            ///< none: all
  std::vector<Name> principals;
  Position position;
};

/// CREATE, ALTER and DROP POLICY.
struct PolicyStatement {
  enum class Action : std::uint8_t { kCreate, kAlter, kDrop };
  enum class Command : std::uint8_t { kAll, kSelect, kInsert, kUpdate, kDelete };
  Action action{};
  Name name;
  bool or_replace = false;
  bool if_exists = false, if_not_exists = false;
  std::optional<Name> label;  ///< of DROP it may be left out
  std::optional<Name> alias;
  Command command = Command::kAll;
  bool restrictive = false;
  /// TO: no value when it was left out, no names: PUBLIC.
  std::optional<std::vector<Name>> principals;
  ExpressionPtr using_condition, check_condition;
  std::optional<Name> new_name;
};

/// ALTER TABLE label ENABLE | DISABLE | FORCE | NO FORCE ROW LEVEL SECURITY.
struct RowSecurityStatement {
  enum class Change : std::uint8_t { kEnable, kDisable, kForce, kNoForce };
  Name label;
  Change change{};
};

}  // namespace geode::gql::ast
