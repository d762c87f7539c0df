#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory_budget.hpp"
#include "gql/bind/bound/statement.hpp"
#include "gql/bind/catalog_reference.hpp"
#include "gql/exec/lower.hpp"
#include "gql/exec/parallel/parallel_run.hpp"
#include "gql/exec/spill/spill_space.hpp"
#include "gql/procedure/routines.hpp"
#include "gql/syntax/ast/statement.hpp"
#include "graph/graph_transaction.hpp"
#include "session/activity.hpp"

namespace geode::session {

/// A query ready to run, as often as wanted, by one run at a time, while the catalog stays the
/// same.
struct PreparedPlan {
  gql::bound::Program program;
  /// What a run of the plan charges. The operators keep their charges until they are opened again,
  /// so it outlives them.
  base::MemoryBudget memory;
  std::optional<Activity::MemoryUse> memory_use;  ///< of its first run, and after
  /// Where they put rows; it outlives them for the same reason.
  gql::exec::SpillSpace spill{memory};
  /// What the plan points into, to the end of its operators: they end states of aggregates.
  std::shared_ptr<const gql::Routines> routines;
  std::unique_ptr<gql::exec::PhysicalPlan> physical;
  /// Held, so that no other catalog can come to stand at its address: a transaction that is rolled
  /// back takes its version with it, but not this object.
  std::shared_ptr<const catalog::Catalog> catalog;
  /// Results share them.
  std::shared_ptr<const std::vector<std::string>> columns;
  /// Statistics change under a plan: it is made anew when the graph has grown or shrunk to another
  /// order of magnitude.
  std::uint64_t nodes = 0, edges = 0;
  /// The last state for which that was looked at.
  mutable std::uint64_t checked_lsn = 0;
  /// Something in the database is hidden from the user: the plan was made without statistics, and
  /// shows no figures.
  bool hides = false;
  /// What its references to schemas and graphs were resolved with.
  gql::CatalogContext context;

  bool fits(const graph::GraphTransaction& graph, const gql::Routines* routines,
            const gql::CatalogContext& context) const;
};

/// How a database makes its plans.
struct PlanSettings {
  bool optimize = true;
  gql::exec::ParallelSettings parallel;
};

/// Bind, plan, optimize, share out, lower (the text was parsed before, as not every statement is a
/// query). `for_update` says that `graph` may be written: names that the statement is going to
/// write get their ids before it is bound.
std::unique_ptr<PreparedPlan> compile(const gql::ast::Query& query, std::string_view text,
                                      graph::GraphTransaction& graph, bool for_update,
                                      const PlanSettings& settings,
                                      const base::Interrupt& interrupt,
                                      std::shared_ptr<const gql::Routines> routines,
                                      const gql::CatalogContext& context);

/// Whether a query changes the graph, as seen in its text alone.
bool modifies(const gql::ast::Query& query);

}  // namespace geode::session
