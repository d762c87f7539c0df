#include "gql/exec/operators/when_present.hpp"

#include <algorithm>

namespace geode::gql::exec {

WhenPresentOperator::WhenPresentOperator(OperatorPtr when, OperatorPtr otherwise,
                                         std::vector<plan::WhenPresent::Property> properties)
    : properties_(std::move(properties)) {
  add_input(std::move(when));
  add_input(std::move(otherwise));
}

void WhenPresentOperator::open(ExecutionContext& context) {
  context_ = &context;
  const bool present = std::all_of(
      properties_.begin(), properties_.end(),
      [&](const auto& property) { return context.graph->all_have(property.label, property.key); });
  chosen_ = present ? 0 : 1;
  input(chosen_).open(context);
}

}  // namespace geode::gql::exec
