#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <geode/ids.hpp>
#include <geode/value.hpp>
#include "storage/transaction.hpp"

namespace geode::catalog {

using GraphId = geode::GraphId;
using geode::kNoGraph;

/// What a principal may do with what is in a graph; administration is about its indexes,
/// constraints, types and policies. The numbers are those of the file.
enum class Privilege : std::uint8_t { kSelect, kInsert, kUpdate, kDelete, kAdministration };

struct Grant {
  Privilege privilege{};
  GraphId graph = kNoGraph;  ///< kNoGraph: every graph
  std::string label;         ///< of nodes and edges alike; "": all

  friend bool operator==(const Grant&, const Grant&) = default;
};

/// A user or a role: they share their names.
struct Principal {
  std::string name;
  bool is_role = false;
  bool suspended = false;  ///< of users: cannot log in
  /// Of users: Argon2id in its text form with salt and parameters; "": no password opens it.
  std::string password_hash;
  std::vector<std::string> roles;  ///< given to it directly, in that order
  std::vector<Grant> grants;
  /// Rights were granted to it, though they may be gone: it has no others then, not even in graphs
  /// that its roles open, so that taking a right away never gives one.
  bool narrowed = false;
  std::vector<std::pair<std::string, Value>> attributes;  ///< by name
};

/// The numbers are those of the file.
enum class PolicyCommand : std::uint8_t { kAll, kSelect, kInsert, kUpdate, kDelete };

/// Which elements with a label a principal sees and changes. Conditions are GQL over `alias`, or
/// over properties by their names alone; "" when left out.
struct Policy {
  std::string name;
  GraphId graph{};
  std::string label;
  PolicyCommand command{};
  bool restrictive = false;
  std::vector<std::string> principals;  ///< empty: everybody
  std::string alias;
  std::string using_condition, check_condition;
};

/// Whether the policies of a label are asked.
struct RowSecurity {
  GraphId graph{};
  std::string label;
  bool enabled = false;
  bool forced = false;  ///< for administrators, too
};

/// Users, roles, their rights and policies. Principals by name; the others by graph, label and
/// name.
struct Security {
  std::vector<Principal> principals;
  std::vector<Policy> policies;
  std::vector<RowSecurity> tables;

  /// Null when there is none.
  const Principal* find(std::string_view name) const;
  const RowSecurity* table(GraphId graph, std::string_view label) const;
  const Policy* policy(GraphId graph, std::string_view label, std::string_view name) const;
  bool has_users() const;
};

/// The roles that are always there.
inline constexpr std::string_view kAdministrator = "administrator", kWriter = "writer",
                                  kReader = "reader";
bool is_builtin_role(std::string_view name);

// In the table kCatalog (stored_catalog.hpp), as texts, numbers (varints) and lists behind their
// counts:
//   1a name                   flags u8 (1 role, 2 suspended, 4 narrowed), password hash, roles,
//   grants
//                             (privilege, graph, label), attributes (name, value)
//   1b graph:u32 label 00 name command, restrictive, principals, alias, using, check
//   1c graph:u32 label        enabled, forced

struct SecurityEntry {
  std::string key, value;
};
SecurityEntry security_entry(const Principal& principal);
SecurityEntry security_entry(const Policy& policy);
SecurityEntry security_entry(const RowSecurity& table);
std::string principal_key(std::string_view name);
std::string policy_key(GraphId graph, std::string_view label, std::string_view name);
bool is_security_key(storage::ByteView key);
/// Takes an entry in, or out. Throw Error 58X02 for bytes that are none.
void put_security(Security& security, storage::ByteView key, storage::ByteView value);
void drop_security(Security& security, storage::ByteView key);
/// The keys of what is about one graph alone.
std::vector<std::string> security_keys_of(const Security& security, GraphId graph);

}  // namespace geode::catalog
