#include "session/running_plan.hpp"

#include "value/temporal.hpp"

namespace geode::session {

namespace {

constexpr std::uint64_t kKeptBytes = std::uint64_t{16} << 20;

}  // namespace

std::vector<Value> parameter_values(const gql::bound::Program& program,
                                    const Parameters& parameters) {
  std::vector<Value> values;
  values.reserve(program.parameters.size());
  for (const std::string& name : program.parameters) {
    const Value* value = parameters.find(name);
    if (!value) {
      throw Error(status::kMissingParameter,
                  "the statement needs a value for parameter `$" + name + "`")
          .hint("give it with the statement, or in the shell by `.param " + name + " = value`")
          .category("ParameterMissing", "MissingParameter")
          .phase(Phase::kCompile);
    }
    value::require_in_range(*value);
    values.push_back(*value);
  }
  return values;
}

RunningPlan::RunningPlan(std::shared_ptr<PreparedPlan> plan,
                         std::shared_ptr<graph::GraphTransaction> transaction,
                         graph::GraphTransaction& graph, const Parameters& parameters,
                         std::shared_ptr<base::Interrupt> interrupt,
                         std::uint64_t memory_limit_bytes, bool profile)
    : plan_(std::move(plan)),
      transaction_(std::move(transaction)),
      access_(graph),
      interrupt_(std::move(interrupt)),
      begin_(std::chrono::steady_clock::now()) {
  context_.graph = &graph;
  context_.parameters = parameter_values(plan_->program, parameters);
  context_.functions.graph = &access_;
  auto now = std::chrono::system_clock::now().time_since_epoch();
  auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  context_.functions.now_seconds = seconds.count();
  context_.functions.now_nanoseconds = static_cast<std::int32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now - seconds).count());
  context_.functions.time_zone = "Z";
  context_.interrupt = interrupt_.get();
  plan_->memory.set_limit_bytes(memory_limit_bytes);
  context_.memory = &plan_->memory;
  context_.profile = profile;
  if (profile) {
    for (const auto& origin : plan_->physical->origins)
      const_cast<gql::exec::Operator*>(origin.second)->reset_profile();
  }
  plan_->physical->root->open(context_);
}

RunningPlan::~RunningPlan() {
  // Buffers are kept for the next run, unless they are large.
  if (plan_->memory.used_bytes() > kKeptBytes) plan_->physical.reset();
}

gql::Batch* RunningPlan::next() {
  context_.interrupt->check();
  return plan_->physical->root->pull();
}

}  // namespace geode::session
