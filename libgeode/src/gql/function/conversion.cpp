#include <string>

#include <geode/error.hpp>
#include "gql/function/arguments.hpp"
#include "value/cast.hpp"
#include "value/decimal.hpp"

namespace geode::gql {

namespace {

using Arguments = std::span<const Value>;
using value::Type;
using Conversion = Value (*)(const Value&);

template <Conversion kConvert>
Value convert(Arguments arguments, const FunctionContext& context) {
  try {
    return kConvert(arguments[0]);
  } catch (Error& error) {
    if (error.position().line == 0) error.set_position(context.position);
    throw;
  }
}

template <Conversion kConvert>
Value convert_elements(Arguments arguments, const FunctionContext& context) {
  List converted;
  const List& list = Call("a conversion of lists", arguments, context).list(0);
  converted.reserve(list.size());
  for (const Value& element : list) converted.push_back(kConvert(element));
  return converted;
}

/// decimal(value, digits): with so many digits behind the point.
Value make_decimal(Arguments arguments, const FunctionContext& context) {
  const Call call("decimal", arguments, context);
  const Value number = convert<value::to_decimal>(arguments, context);
  if (number.is_null()) {
    call.refuse_value(status::kInvalidCharacterForCast, "InvalidArgumentValue",
                      "makes no number of " + arguments[0].to_string());
  }
  if (call.size() == 1) return number;
  const std::int64_t digits = call.integer(1);
  if (digits < 0 || digits > Decimal::kMaxScale) {
    call.refuse_value(status::kInvalidArgument, "NumberOutOfRange",
                      "takes 0 to 76 digits behind the point, not " + std::to_string(digits));
  }
  return value::with_scale(number.as_decimal(), static_cast<std::uint8_t>(digits));
}

/// "INT64", "LIST<STRING>", "NULL".
Value type_of_value(Arguments arguments, const FunctionContext&) {
  return Type::of_value(arguments[0]).name();
}

struct Target {
  std::string_view name;  // after "to": "Integer"
  std::string_view type;  // as a signature says it
  ValueType result;
  std::uint32_t sources;  // types that convert; others are refused before the statement runs
  std::string_view source_names;
};

template <Conversion kStrict, Conversion kLenient>
void add_conversions(FunctionRegistry& registry, const Target& target) {
  const std::string name(target.name);
  const std::string type(target.type);
  add_scalar(registry, {"to" + name},
             {.name = {},
              .parameters = {Type::of_kinds(target.sources)},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = Type::nullable(target.result),
              .evaluate = convert<kStrict>,
              .signature = "(value " + std::string(target.source_names) + ") :: " + type,
              .description = "The value as " + type + "; null for a text that is none."});
  add_scalar(
      registry, {"to" + name + "OrNull"},
      {.name = {},
       .parameters = {Type::any()},
       .minimum_arguments = 1,
       .maximum_arguments = 1,
       .result = Type::nullable(target.result),
       .evaluate = convert<kLenient>,
       .signature = "(value ANY) :: " + type,
       .description = "The value as " + type + "; null for a value that is never converted."});
  add_scalar(
      registry, {"to" + name + "List"},
      {.name = {},
       .parameters = {list_type()},
       .minimum_arguments = 1,
       .maximum_arguments = 1,
       .result = Type::list_of(Type::nullable(target.result)),
       .evaluate = convert_elements<kLenient>,
       .signature = "(list LIST) :: LIST<" + type + ">",
       .description = "Each element as " + type + "; null for one that is never converted."});
}

}  // namespace

void register_conversion_functions(FunctionRegistry& registry) {
  constexpr std::uint32_t kText = Type::bit(ValueType::kString);
  constexpr std::uint32_t kBoolean = Type::bit(ValueType::kBool);
  constexpr std::uint32_t kInteger = Type::bit(ValueType::kInt64);
  add_conversions<value::to_integer, value::to_integer_or_null>(
      registry, {"Integer", "INT", ValueType::kInt64, Type::kNumberKinds | kBoolean | kText,
                 "NUMBER | BOOL | STRING"});
  add_conversions<value::to_float, value::to_float_or_null>(
      registry,
      {"Float", "FLOAT", ValueType::kFloat64, Type::kNumberKinds | kText, "NUMBER | STRING"});
  add_conversions<value::to_decimal, value::to_decimal_or_null>(
      registry,
      {"Decimal", "DECIMAL", ValueType::kDecimal, Type::kNumberKinds | kText, "NUMBER | STRING"});
  add_conversions<value::to_boolean, value::to_boolean_or_null>(
      registry,
      {"Boolean", "BOOL", ValueType::kBool, kInteger | kBoolean | kText, "BOOL | INT | STRING"});
  add_conversions<value::to_string, value::to_string_or_null>(
      registry, {"String", "STRING", ValueType::kString,
                 Type::kNumberKinds | Type::kTemporalKinds | Type::bit(ValueType::kDuration) |
                     kBoolean | kText,
                 "STRING | NUMBER | BOOL | TEMPORAL | DURATION"});
  add_scalar(
      registry, {"decimal"},
      {.name = {},
       .parameters = {Type::of_kinds(Type::kNumberKinds | kText), Type::of(ValueType::kInt64)},
       .minimum_arguments = 1,
       .maximum_arguments = 2,
       .result = Type::of(ValueType::kDecimal),
       .evaluate = make_decimal,
       .signature = "(value NUMBER | STRING [, digits INT]) :: DECIMAL",
       .description = "The value as an exact number, with so many digits behind the point."});
  add_scalar(registry, {"valueType", "value_type", "typeOf"},
             {.name = {},
              .parameters = {Type::any()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = text_type(),
              .evaluate = type_of_value,
              .signature = "(value ANY) :: STRING",
              .description = "The name of the value's type.",
              .null_in_null_out = false});
}

}  // namespace geode::gql
