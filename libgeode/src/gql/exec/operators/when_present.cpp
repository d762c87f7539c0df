#include "gql/exec/operators/when_present.hpp"

#include <algorithm>

namespace geode::gql::exec {

WhenPresentOperator::WhenPresentOperator(OperatorPtr when, OperatorPtr otherwise,
                                         plan::WhenPresent needed)
    : needed_(std::move(needed)) {
  add_input(std::move(when));
  add_input(std::move(otherwise));
}

bool is_present(const graph::GraphTransaction& graph, const plan::WhenPresent& needed) {
  return std::all_of(needed.properties.begin(), needed.properties.end(),
                     [&](const auto& has) { return graph.all_have(has.label, has.key); }) &&
         std::all_of(needed.ends.begin(), needed.ends.end(), [&](const auto& ends) {
           return graph.all_at_label(ends.edges,
                                     ends.targets ? graph::Direction::kIn : graph::Direction::kOut,
                                     ends.label);
         });
}

void WhenPresentOperator::open(ExecutionContext& context) {
  context_ = &context;
  chosen_ = is_present(*context.graph, needed_) ? 0 : 1;
  input(chosen_).open(context);
}

}  // namespace geode::gql::exec
