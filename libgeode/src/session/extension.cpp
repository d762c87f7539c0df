#include <exception>
#include <utility>

#include <geode/extension.hpp>
#include "base/out_of_memory.hpp"
#include "gql/syntax/parser.hpp"
#include "session/database_impl.hpp"

namespace geode {

namespace session {

namespace {

using gql::ast::RoutineSignature;
using gql::ast::TypeSpecification;

value::Type type_of(const TypeSpecification& specification) {
  return specification.type.value_type().with_null();
}

gql::ProcedureField field_of(const std::pair<gql::ast::Name, TypeSpecification>& field) {
  return {field.first.text, type_of(field.second), field.second.type.name()};
}

const TypeSpecification& result_of(const RoutineSignature& signature) {
  if (signature.result) return *signature.result;
  throw Error(status::kSyntaxError, "a function needs a result type", signature.name.position)
      .hint("f(x INT) :: STRING");
}

/// Of which kind an argument is was seen before: this is about lengths, fields and the like.
void require_type(const Value& argument, const value::DeclaredType& type,
                  const std::string& parameter, const std::string& routine) {
  if (value::belongs(argument, type)) return;
  throw Error(status::kInvalidValueType, "`" + routine + "` takes " + type.name() + " for `" +
                                             parameter + "`, not " + argument.to_string())
      .category("TypeError", "InvalidArgumentType");
}

template <class Callback>
void require_callback(const Callback& callback, const RoutineSignature& signature) {
  if (!callback)
    throw Error(status::kInvalidArgument, "`" + signature.name.text + "` has nothing to call");
}

/// Calls what a program gave; an exception that is no Error becomes one.
template <class Call>
auto guarded(const std::string& name, Call call) {
  try {
    return call();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& failure) {
    throw Error(status::kRoutineFailed, "`" + name + "` failed: " + failure.what());
  }
}

/// A state of a program's aggregate whose exceptions are Errors.
class GuardedState final : public AggregateState {
 public:
  GuardedState(std::shared_ptr<const std::string> name, std::unique_ptr<AggregateState> state)
      : name_(std::move(name)), state_(std::move(state)) {}
  void add(std::span<const Value> arguments) override {
    guarded(*name_, [&] { state_->add(arguments); });
  }
  void merge(const AggregateState& other) override {
    guarded(*name_, [&] { state_->merge(*static_cast<const GuardedState&>(other).state_); });
  }
  Value finish() const override {
    return guarded(*name_, [&] { return state_->finish(); });
  }

 private:
  std::shared_ptr<const std::string> name_;
  std::unique_ptr<AggregateState> state_;
};

}  // namespace

}  // namespace session

inline namespace v1 {

void ProcedureResult::add(std::vector<Value> row) try {
  if (row.size() != columns_) {
    throw Error(status::kInvalidValueType, "a row of " + std::to_string(row.size()) +
                                               " values was given for " + std::to_string(columns_) +
                                               " columns");
  }
  rows_.push_back(std::move(row));
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

void Database::register_function(FunctionDefinition definition) try {
  using namespace session;
  const RoutineSignature signature = gql::parse_signature(definition.signature);
  require_callback(definition.call, signature);
  gql::ScalarFunction function;
  function.name = signature.name.text;
  function.result = type_of(result_of(signature));
  for (const auto& parameter : signature.parameters)
    function.parameters.push_back(type_of(parameter.second));
  function.minimum_arguments = function.maximum_arguments =
      static_cast<std::uint32_t>(signature.parameters.size());
  function.signature = definition.signature;
  function.description = std::move(definition.description);
  function.null_in_null_out = definition.null_in_null_out;
  function.deterministic = definition.pure;
  function.callback = std::make_shared<const gql::ScalarCallback>(
      [name = function.name, call = std::move(definition.call)](std::span<const Value> arguments) {
        return guarded(name, [&] { return call(arguments); });
      });
  impl_->change_routines([&](gql::Routines& routines) { routines.functions.add(function); });
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

void Database::register_aggregate(AggregateDefinition definition) try {
  using namespace session;
  const RoutineSignature signature = gql::parse_signature(definition.signature);
  require_callback(definition.make, signature);
  auto name = std::make_shared<const std::string>(signature.name.text);
  gql::AggregateFunction function = gql::aggregate_of_states(
      [name, make = std::move(definition.make)]() -> std::unique_ptr<AggregateState> {
        return std::make_unique<GuardedState>(name, guarded(*name, [&] { return make(); }));
      });
  function.name = *name;
  function.result = type_of(result_of(signature));
  function.minimum_arguments = function.maximum_arguments =
      static_cast<std::uint32_t>(signature.parameters.size());
  function.signature = definition.signature;
  function.description = std::move(definition.description);
  impl_->change_routines([&](gql::Routines& routines) { routines.functions.add(function); });
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

void Database::register_procedure(ProcedureDefinition definition) try {
  using namespace session;
  const RoutineSignature signature = gql::parse_signature(definition.signature);
  require_callback(definition.call, signature);
  if (signature.result) {
    throw Error(status::kSyntaxError, "a procedure has result columns", signature.result->position)
        .hint("p(x INT) :: (name STRING)");
  }
  gql::Procedure procedure;
  procedure.name = signature.name.text;
  for (const auto& parameter : signature.parameters)
    procedure.parameters.push_back(field_of(parameter));
  for (const auto& column : signature.columns) procedure.columns.push_back(field_of(column));
  procedure.description = std::move(definition.description);
  procedure.implementation =
      [name = procedure.name, parameters = signature.parameters, columns = procedure.columns.size(),
       call = std::move(definition.call)](std::span<const Value> arguments,
                                          const gql::ProcedureContext&, gql::ProcedureRows& rows) {
        for (std::size_t i = 0; i < arguments.size(); ++i) {
          require_type(arguments[i], parameters[i].second.type, parameters[i].first.text, name);
        }
        ProcedureResult result(rows, columns);
        guarded(name, [&] { call(arguments, result); });
      };
  impl_->change_routines([&](gql::Routines& routines) { routines.procedures.add(procedure); });
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

}  // namespace v1
}  // namespace geode
