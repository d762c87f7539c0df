#include "gql/function/arguments.hpp"

#include <string>
#include <utility>

#include <geode/error.hpp>

namespace geode::gql {

namespace {

std::string ordinal(std::size_t index) {
  static constexpr std::string_view kNames[] = {"first", "second", "third", "fourth"};
  if (index < std::size(kNames)) return std::string(kNames[index]);
  return std::to_string(index + 1) + "th";
}

}  // namespace

void add_scalar(FunctionRegistry& registry, std::initializer_list<std::string_view> names,
                ScalarFunction function) {
  // A null argument gives null, so a call can be null although the implementation never gives it.
  if (function.null_in_null_out && function.maximum_arguments > 0) {
    function.result = function.result.with_null();
  }
  for (const std::string_view name : names) {
    ScalarFunction named = function;
    named.name = name;
    named.signature.insert(0, name);
    registry.add(std::move(named));
  }
}

void add_aggregate(FunctionRegistry& registry, std::initializer_list<std::string_view> names,
                   AggregateFunction function) {
  for (const std::string_view name : names) {
    AggregateFunction named = function;
    named.name = name;
    named.signature.insert(0, name);
    registry.add(std::move(named));
  }
}

value::Type type_of_first(std::span<const value::Type> arguments) {
  return arguments.empty() ? value::Type::any() : arguments[0];
}

std::string_view Call::string(std::size_t index) const {
  if (arguments_[index].type() != ValueType::kString) refuse(index, "a string");
  return arguments_[index].as_string();
}

std::int64_t Call::integer(std::size_t index) const {
  if (arguments_[index].type() != ValueType::kInt64) refuse(index, "an integer");
  return arguments_[index].unchecked_int64();
}

double Call::number(std::size_t index) const {
  if (!arguments_[index].is_number()) refuse(index, "a number");
  return arguments_[index].as_number();
}

const List& Call::list(std::size_t index) const {
  if (arguments_[index].type() != ValueType::kList) refuse(index, "a list");
  return arguments_[index].as_list();
}

const Path& Call::path(std::size_t index) const {
  if (arguments_[index].type() != ValueType::kPath) refuse(index, "a path");
  return arguments_[index].as_path();
}

const GraphAccess& Call::graph() const {
  if (context_.graph == nullptr) {
    throw Error(status::kInvalidReference,
                std::string(function_) + "() needs a graph, and none is open here",
                context_.position);
  }
  return *context_.graph;
}

void Call::refuse(std::size_t index, std::string_view expected) const {
  std::string message(function_);
  message += "() expects ";
  message += expected;
  message += " as its ";
  if (arguments_.size() > 1) {
    message += ordinal(index);
    message += ' ';
  }
  message += "argument, got ";
  message += type_name(arguments_[index].type());
  throw Error(status::kInvalidValueType, std::move(message), context_.position)
      .category("TypeError", "InvalidArgumentType");
}

void Call::refuse_value(std::string_view gqlstatus, std::string_view detail,
                        std::string_view message) const {
  throw Error(gqlstatus, std::string(function_) + "() " + std::string(message), context_.position)
      .category("ArgumentError", detail);
}

}  // namespace geode::gql
