#include "gql/function/registry.hpp"

namespace geode::gql {

namespace {

Value session_user(std::span<const Value>, const FunctionContext& context) {
  return context.session_user.empty() ? Value() : Value(context.session_user);
}

}  // namespace

void register_session_functions(FunctionRegistry& registry) {
  ScalarFunction function;
  function.name = "session_user";
  function.result = value::Type::nullable(ValueType::kString);
  function.evaluate = session_user;
  function.signature = "session_user() :: STRING";
  function.description = "The name of the user that the session belongs to";
  function.deterministic = false;
  function.constant_in_statement = true;
  registry.add(std::move(function));
}

}  // namespace geode::gql
