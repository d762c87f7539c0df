#pragma once

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "catalog/security.hpp"

namespace geode::security {

using catalog::GraphId;
using catalog::PolicyCommand;
using catalog::Privilege;

/// Where a privilege holds within one graph.
struct Extent {
  bool everywhere = false;
  std::vector<std::string> labels;  ///< else, of nodes and edges that have one of these

  bool nowhere() const { return !everywhere && labels.empty(); }
};

/// The policies that decide about one label for one principal and command: an element passes when
/// one of the permissive and all of the restrictive conditions hold.
struct LabelPolicies {
  std::string label;
  struct Condition {
    std::string text, alias;
  };
  std::vector<Condition> permissive, restrictive;
};

/// What one user may do, as one state of the users, roles and policies has it. Immutable.
///
/// A user may do what one of his roles allows: `administrator` everything, `writer` to read and
/// change data, `reader` to read. Where rights were granted to him or to one of his roles, only
/// those hold, as far as the built-in roles among his own, if any, allow them.
class Access {
 public:
  /// Null: there is no such user, or he is suspended.
  static std::shared_ptr<const Access> of(std::string_view user,
                                          std::shared_ptr<const catalog::Security> security);

  const std::string& user() const { return user_; }
  /// The first of the roles that he was given; "" when there is none.
  const std::string& role() const { return role_; }
  /// All roles that he has, those of his roles included.
  const std::set<std::string, std::less<>>& roles() const { return roles_; }
  bool administrator() const { return administrator_; }
  /// Null when it is not set.
  Value attribute(std::string_view name) const;
  /// What `current_user()`, `current_user_id()`, `current_user_role()` and any other
  /// `current_user_<attribute>()` gives; nothing for another name.
  std::optional<Value> function(std::string_view name) const;

  Extent extent(Privilege privilege, GraphId graph) const;
  /// Throw Error 42X04 when the principal may not.
  void require(Privilege privilege, GraphId graph, Position position) const;
  void require_administrator(std::string_view what, Position position) const;

  /// Policies that an element of the graph has to pass: one entry for each label that is protected.
  /// `check`: those for the element as it is after the change.
  std::vector<LabelPolicies> policies(GraphId graph, PolicyCommand command, bool check) const;
  /// He may change something in some graph.
  bool writes() const;
  /// Nothing in the graph is hidden from him: no label is protected, and he may read them all.
  bool sees_everything(GraphId graph) const;
  /// Some graph has something that he does not see.
  bool hides_anything(const catalog::Catalog& catalog) const;

 private:
  Access() = default;
  bool applies_to(const catalog::Policy& policy) const;
  bool ceiling(Privilege privilege) const;

  std::shared_ptr<const catalog::Security> security_;
  std::string user_, role_;
  const catalog::Principal* principal_ = nullptr;
  std::set<std::string, std::less<>> roles_;
  std::vector<const catalog::Principal*> sources_;  ///< of rights: the user and his roles
  bool administrator_ = false, narrowed_ = false;
};

/// The error of what a principal may not do.
Error access_denied(std::string what, Position position);

}  // namespace geode::security
