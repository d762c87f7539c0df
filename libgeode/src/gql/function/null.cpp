#include "gql/function/arguments.hpp"
#include "value/compare.hpp"

namespace geode::gql {

namespace {

using Arguments = std::span<const Value>;
using value::Physical;
using value::Type;
using value::Vector;
using Columns = std::span<const Vector* const>;
using Rows = std::span<const std::uint32_t>;

Value coalesce(Arguments arguments, const FunctionContext&) {
  for (const Value& argument : arguments) {
    if (!argument.is_null()) return argument;
  }
  return {};
}

bool coalesce_vector(Columns arguments, Rows rows, Vector& out, const FunctionContext&) {
  const Physical physical = arguments[0]->physical();
  if (physical == Physical::kAny) return false;
  for (const Vector* argument : arguments) {
    if (argument->physical() != physical) return false;
  }
  out.reset(physical);
  for (const std::uint32_t row : rows) {
    const Vector* chosen = arguments[0];
    for (const Vector* argument : arguments) {
      chosen = argument;
      if (!argument->is_null(row)) break;
    }
    out.copy_entry(row, *chosen, row, true);
  }
  return true;
}

Value null_if(Arguments arguments, const FunctionContext&) {
  return value::equals(arguments[0], arguments[1]).value_or(false) ? Value() : arguments[0];
}

Value exists(Arguments arguments, const FunctionContext&) { return !arguments[0].is_null(); }

Type coalesce_type(std::span<const Type> arguments) {
  Type type = Type::none();
  bool null = true;
  for (const Type& argument : arguments) {
    type = type.unite(argument.without_null());
    null = null && argument.may_be_null();
    // What stands behind a value that is never null is never seen.
    if (!argument.may_be_null()) break;
  }
  return null ? type.with_null() : type;
}

Type null_if_type(std::span<const Type> arguments) { return arguments[0].with_null(); }

}  // namespace

void register_null_functions(FunctionRegistry& registry) {
  add_scalar(registry, {"coalesce"},
             {.name = {},
              .parameters = {Type::any()},
              .minimum_arguments = 1,
              .maximum_arguments = ScalarFunction::kVariadic,
              .result = Type::any(),
              .evaluate = coalesce,
              .signature = "(value ANY, ...) :: ANY",
              .description = "The first of the values that is not null.",
              .null_in_null_out = false,
              .vectorized = coalesce_vector,
              .typer = coalesce_type});
  add_scalar(registry, {"nullIf"},
             {.name = {},
              .parameters = {Type::any(), Type::any()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = Type::any(),
              .evaluate = null_if,
              .signature = "(value ANY, other ANY) :: ANY",
              .description = "Null when both values are equal, else the first.",
              .null_in_null_out = false,
              .typer = null_if_type});
  add_scalar(registry, {"exists"},
             {.name = {},
              .parameters = {Type::any()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = boolean_type(),
              .evaluate = exists,
              .signature = "(value ANY) :: BOOL",
              .description = "Whether a value is not null.",
              .null_in_null_out = false});
}

}  // namespace geode::gql
