#include "session/running_plan.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/running_limits.hpp"
#include "gql/bind/catalog_reference.hpp"

namespace geode::session {

namespace {

constexpr std::uint64_t kKeptBytes = std::uint64_t{16} << 20;
/// So much that other parts of the process should have it back: allocators keep what threads freed
/// for these threads, and the next statement may run on others.
constexpr std::uint64_t kLargeBytes = std::uint64_t{64} << 20;

void return_free_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

Activity::MemoryUse& memory_use(PreparedPlan& plan, const std::shared_ptr<Activity>& activity) {
  if (!plan.memory_use) plan.memory_use.emplace(activity, plan.memory);
  return *plan.memory_use;
}

}  // namespace

std::vector<Value> parameter_values(const gql::bound::Program& program,
                                    const Parameters& parameters, const catalog::Catalog& catalog) {
  std::vector<Value> values;
  values.reserve(program.parameters.size());
  for (std::size_t i = 0; i < program.parameters.size(); ++i) {
    const std::string& name = program.parameters[i];
    const Value* value = parameters.find(name);
    if (!value) {
      throw Error(status::kMissingParameter,
                  "the statement needs a value for parameter `$" + name + "`",
                  program.parameter_positions[i])
          .hint("give it with the statement, or in the shell by `.param " + name + " = value`")
          .category("ParameterMissing", "MissingParameter")
          .phase(Phase::kCompile);
    }
    value::require_in_range(*value);
    values.push_back(gql::with_known_graphs(*value, catalog));
  }
  return values;
}

RunningPlan::RunningPlan(std::shared_ptr<PreparedPlan> plan, RunSnapshot snapshot,
                         graph::GraphTransaction& graph, const Parameters& parameters,
                         const RunSettings& settings)
    : plan_(std::move(plan)),
      snapshot_(std::move(snapshot)),
      access_(graph),
      session_(settings.session),
      memory_run_(memory_use(*plan_, session_->activity)),
      begin_(settings.begin) {
  context_.graph = &graph;
  context_.parameters = parameter_values(plan_->program, parameters, graph.catalog());
  context_.functions.graph = &access_;
  context_.functions.clock = &clock_;
  context_.functions.time_zone = session_->time_zone;
  context_.functions.session_user = session_->user;
  context_.functions.null_sums = session_->null_sums;
  context_.procedures = {&graph, session_->host.get(), plan_->routines.get()};
  context_.procedures.access = session_->access.get();
  context_.interrupt = session_->interrupt.get();
  plan_->memory.set_limit_bytes(settings.memory_limit_bytes);
  context_.memory = &plan_->memory;
  plan_->spill.begin(*session_->spill);
  context_.spill = &plan_->spill;
  written_ = base::MemoryCharge(context_.memory);
  context_.warnings = &warnings_;
  context_.profile = settings.profile;
  if (session_->parallel.workers > 1 && !graph.writable()) {
    parallel_.emplace(graph, session_->parallel);
    context_.parallel = &*parallel_;
  }
  if (settings.profile) {
    for (const auto& origin : plan_->physical->origins)
      const_cast<gql::exec::Operator*>(origin.second)->reset_profile();
  }
  const base::RunningLimits limits(context_.interrupt, context_.memory);
  plan_->physical->root->open(context_);
}

RunningPlan::~RunningPlan() {
  parallel_.reset();  // whoever helps stops before the plan may go
  // Buffers are kept for the next run, unless they are large or in files.
  const std::uint64_t held = plan_->memory.used_bytes();
  if (held > kKeptBytes || plan_->spill.used_bytes() > 0) plan_->physical.reset();
  if (held > kLargeBytes) return_free_memory();
}

gql::Batch* RunningPlan::next() {
  context_.interrupt->check();
  return plan_->physical->root->pull();
}

Value RunningPlan::resolve(const Value& value) const {
  return gql::exec::resolve(value, *context_.graph);
}

}  // namespace geode::session
