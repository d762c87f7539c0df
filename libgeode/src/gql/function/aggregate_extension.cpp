#include <new>
#include <utility>

#include "gql/function/registry.hpp"

namespace geode::gql {

namespace {

/// A state is one pointer, so that it may be moved by its bytes.
using State = AggregateState*;

State& state_at(std::byte* state) { return *std::launder(reinterpret_cast<State*>(state)); }
const State& state_at(const std::byte* state) {
  return *std::launder(reinterpret_cast<const State*>(state));
}

void update(std::span<const value::Vector* const> arguments, std::span<const std::uint32_t> rows,
            const std::uint32_t* groups, const std::uint64_t* multiplicity, std::byte* states,
            std::size_t stride) {
  std::vector<Value> values(arguments.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    bool null = false;
    for (std::size_t k = 0; k < arguments.size(); ++k) {
      values[k] = arguments[k]->get(rows[i]);
      null = null || values[k].is_null();
    }
    if (null) continue;
    AggregateState& group = *state_at(states + (groups ? groups[i] : 0) * stride);
    for (std::uint64_t n = multiplicity ? multiplicity[i] : 1; n > 0; --n) group.add(values);
  }
}

}  // namespace

void AggregateFunction::begin(std::byte* state) const {
  if (!maker) return init(state);
  // `new` is not run before the maker has given its state: an error leaves the place untouched.
  std::unique_ptr<AggregateState> made = (*maker)();
  new (state) State(made.release());
}

AggregateFunction aggregate_of_states(AggregateStateMaker maker) {
  AggregateFunction function;
  function.maker = std::make_shared<const AggregateStateMaker>(std::move(maker));
  function.state_size = sizeof(State);
  function.destroy = [](std::byte* state) { delete state_at(state); };
  function.update = update;
  function.combine = [](std::byte* into, const std::byte* from) {
    state_at(into)->merge(*state_at(from));
  };
  function.finish = [](const std::byte* state) { return state_at(state)->finish(); };
  return function;
}

}  // namespace geode::gql
