#include "gql/exec/operators/when_present.hpp"

#include <algorithm>

namespace geode::gql::exec {

WhenPresentOperator::WhenPresentOperator(OperatorPtr when, OperatorPtr otherwise,
                                         plan::WhenPresent needed)
    : needed_(std::move(needed)) {
  add_input(std::move(when));
  add_input(std::move(otherwise));
}

void WhenPresentOperator::open(ExecutionContext& context) {
  context_ = &context;
  const graph::GraphTransaction& graph = *context.graph;
  const bool present =
      std::all_of(needed_.properties.begin(), needed_.properties.end(),
                  [&](const auto& has) { return graph.all_have(has.label, has.key); }) &&
      std::all_of(needed_.ends.begin(), needed_.ends.end(), [&](const auto& ends) {
        return graph.all_at_label(
            ends.edges, ends.targets ? graph::Direction::kIn : graph::Direction::kOut, ends.label);
      });
  chosen_ = present ? 0 : 1;
  input(chosen_).open(context);
}

}  // namespace geode::gql::exec
