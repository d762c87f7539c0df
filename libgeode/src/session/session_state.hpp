#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <geode/session.hpp>
#include "gql/syntax/ast/statement.hpp"

namespace geode::session {

/// What a session keeps from one statement to the next beside its transaction (GQL 4.7.2).
///
/// There is one schema, the root directory `/`, and one graph, `home`; the current ones are kept by
/// name, so that statements can be bound to others once there are others.
struct SessionState {
  std::string schema = "/";
  std::string graph = "home";
  std::string time_zone = "Z";
  Parameters parameters;
  bool closed = false;

  /// Throw 42002 when there is no such schema or graph.
  void set_schema(const gql::ast::Name& reference);
  void set_graph(const gql::ast::Name& reference);
  /// A displacement or a name of the time zone database; throws 22009.
  void set_time_zone(const Value& zone);
  void reset(const gql::ast::SessionReset& reset);
  /// The parameters of the session and those of a statement, which win.
  Parameters with(const Parameters& given) const;
};

}  // namespace geode::session
