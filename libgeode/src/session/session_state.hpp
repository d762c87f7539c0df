#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <geode/session.hpp>
#include "gql/bind/catalog_reference.hpp"
#include "gql/syntax/ast/statement.hpp"

namespace geode::session {

/// What a session keeps from one statement to the next beside its transaction (GQL 4.7.2).
struct SessionState {
  /// The current schema and graph; the graphs among the parameters of the statement that runs.
  gql::CatalogContext catalog;
  std::string time_zone = "Z";
  Parameters parameters;
  /// The sum of no rows is null, as GQL says, not 0, as openCypher does.
  bool null_sums = false;
  bool closed = false;

  /// Back to the home graph when the current one is no longer there.
  void leave_dropped_graph(const catalog::Catalog& catalog);
  /// A displacement or a name of the time zone database; throws 22009.
  void set_time_zone(const Value& zone);
  /// SESSION SET name = value. Throws 42002 for an unknown name, 22G03 for a value it does not
  /// take.
  void set_option(const gql::ast::Name& name, const Value& value);
  void reset(const gql::ast::SessionReset& reset);
  /// The parameters of the session and those of a statement, which win.
  Parameters with(const Parameters& given) const;
};

/// The parameters that are graphs.
std::vector<std::pair<std::string, GraphReference>> graph_parameters(const Parameters& parameters);

}  // namespace geode::session
