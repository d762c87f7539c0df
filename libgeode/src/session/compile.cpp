#include "session/compile.hpp"

#include <algorithm>
#include <bit>

#include "base/neutral_plans.hpp"
#include "gql/bind/binder.hpp"
#include "gql/optimize/optimizer.hpp"
#include "gql/optimize/share_out.hpp"

namespace geode::session {

namespace {

class TransactionInterner final : public gql::NameInterner {
 public:
  explicit TransactionInterner(graph::GraphTransaction& graph) : graph_(graph) {}
  void intern_label(catalog::GraphId graph, std::string_view name) override {
    graph_.intern_label(graph, name);
  }
  void intern_edge_label(catalog::GraphId graph, std::string_view name, bool directed) override {
    graph_.intern_edge_label(graph, name, directed);
  }
  void intern_property_key(std::string_view name) override { graph_.intern_property_key(name); }
  const catalog::Catalog& catalog() const override { return graph_.catalog(); }

 private:
  graph::GraphTransaction& graph_;
};

bool same_magnitude(std::uint64_t a, std::uint64_t b) {
  int difference = std::bit_width(a | 63) - std::bit_width(b | 63);
  return difference >= -1 && difference <= 1;
}

bool modifies(const gql::ast::Clause& clause) {
  using namespace gql::ast;
  return std::holds_alternative<InsertClause>(clause) ||
         std::holds_alternative<SetClause>(clause) ||
         std::holds_alternative<RemoveClause>(clause) ||
         std::holds_alternative<DeleteClause>(clause) ||
         std::holds_alternative<MergeClause>(clause) ||
         std::holds_alternative<std::unique_ptr<ForeachClause>>(clause) ||
         (std::holds_alternative<CallSubquery>(clause) &&
          session::modifies(*std::get<CallSubquery>(clause).query));
}

bool modifies(const gql::ast::LinearQuery& linear) {
  return std::any_of(linear.clauses.begin(), linear.clauses.end(),
                     [](const auto& clause) { return modifies(clause); });
}

}  // namespace

bool modifies(const gql::ast::Query& query) {
  return std::any_of(
      query.parts.begin(), query.parts.end(), [](const gql::ast::CompositeQuery& part) {
        return modifies(part.first) ||
               std::any_of(part.rest.begin(), part.rest.end(),
                           [](const auto& operand) { return modifies(operand.second); });
      });
}

bool PreparedPlan::fits(const graph::GraphTransaction& graph, const gql::Routines* current,
                        const gql::CatalogContext& now) const {
  if (!physical || routines.get() != current || &graph.catalog() != catalog.get() ||
      now != context) {
    return false;
  }
  if (hides || (!graph.writable() && graph.lsn() == checked_lsn)) return true;
  if (!same_magnitude(graph.node_count(context.graph), nodes) ||
      !same_magnitude(graph.edge_count(context.graph), edges)) {
    return false;
  }
  if (!graph.writable()) checked_lsn = graph.lsn();
  return true;
}

std::unique_ptr<PreparedPlan> compile(const gql::ast::Query& query, std::string_view text,
                                      graph::GraphTransaction& graph, bool for_update,
                                      const PlanSettings& settings,
                                      const base::Interrupt& interrupt,
                                      std::shared_ptr<const gql::Routines> routines,
                                      const gql::CatalogContext& context) {
  if (graph.catalog().find_graph(context.graph) == nullptr) {
    throw Error(status::kInvalidReference, "the graph of the session was dropped")
        .hint("SESSION RESET GRAPH goes back to the home graph")
        .phase(Phase::kCompile);
  }
  const bool hides = context.access != nullptr && context.access->hides_anything(graph.catalog());
  const base::NeutralPlans neutral(hides);
  TransactionInterner interner(graph);
  auto prepared = std::make_unique<PreparedPlan>();
  prepared->routines = std::move(routines);
  prepared->program = gql::bind(query, text, graph.catalog(), for_update ? &interner : nullptr,
                                &interrupt, *prepared->routines, context);
  prepared->context = context;
  prepared->hides = hides;
  prepared->catalog = graph.shared_catalog();
  prepared->nodes = graph.node_count(context.graph);
  prepared->edges = graph.edge_count(context.graph);
  if (!graph.writable()) prepared->checked_lsn = graph.lsn();
  auto columns = std::make_shared<std::vector<std::string>>();
  for (const auto& column : prepared->program.query->columns) columns->push_back(column.first);
  prepared->columns = std::move(columns);

  auto next_variable = static_cast<std::uint32_t>(prepared->program.variables.size());
  gql::optimize::Optimizer optimizer(graph, settings.optimize, next_variable, interrupt);
  gql::plan::LogicalPlan plan = gql::plan::plan_query(
      *prepared->program.query, {}, optimizer.pattern_order(), next_variable, interrupt);
  optimizer.rewrite(*plan.root);
  gql::optimize::share_out(*plan.root, graph, settings.parallel.workers,
                           settings.parallel.morsel_nodes);
  prepared->physical = gql::exec::lower(
      std::move(plan), optimizer.pattern_order(),
      [&](gql::plan::LogicalOp& root) { optimizer.rewrite(root); }, next_variable, interrupt);
  return prepared;
}

}  // namespace geode::session
