#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <string>

#include <geode/error.hpp>
#include "gql/function/arguments.hpp"
#include "gql/function/rounding.hpp"
#include "value/arithmetic.hpp"
#include "value/compare.hpp"
#include "value/temporal.hpp"

namespace geode::gql {

namespace {

using Arguments = std::span<const Value>;
using value::Physical;
using value::Type;
using value::Vector;
using Columns = std::span<const Vector* const>;
using Rows = std::span<const std::uint32_t>;
using Kernel = double (*)(double);

// ---- functions of one float

/// A name as a template argument, so that the error of a generic implementation can tell it.
template <std::size_t kSize>
struct FunctionName {
  constexpr FunctionName(const char (&name)[kSize]) { std::copy_n(name, kSize, text); }
  constexpr operator std::string_view() const { return {text, kSize - 1}; }
  char text[kSize];
};

template <FunctionName kName, Kernel kKernel>
Value apply(Arguments arguments, const FunctionContext& context) {
  return kKernel(Call(kName, arguments, context).number(0));
}

bool apply_to_rows(Columns arguments, Rows rows, Vector& out, Kernel kernel) {
  const Vector& in = *arguments[0];
  const bool integers = in.physical() == Physical::kInt64;
  if (!integers && in.physical() != Physical::kFloat64) return false;
  out.reset(Physical::kFloat64);
  double* results = out.mutable_data<double>();
  for (const std::uint32_t row : rows) {
    if (in.is_null(row)) {
      out.set_null(row);
      continue;
    }
    results[row] =
        kernel(integers ? static_cast<double>(in.at<std::int64_t>(row)) : in.at<double>(row));
  }
  return true;
}

template <Kernel kKernel>
bool apply_vector(Columns arguments, Rows rows, Vector& out, const FunctionContext&) {
  return apply_to_rows(arguments, rows, out, kKernel);
}

double square_root(double x) { return std::sqrt(x); }
double cube_root(double x) { return std::cbrt(x); }
double exponential(double x) { return std::exp(x); }
double natural_logarithm(double x) { return std::log(x); }
double decimal_logarithm(double x) { return std::log10(x); }
double binary_logarithm(double x) { return std::log2(x); }
double sine(double x) { return std::sin(x); }
double cosine(double x) { return std::cos(x); }
double tangent(double x) { return std::tan(x); }
double cotangent(double x) { return 1.0 / std::tan(x); }
double hyperbolic_sine(double x) { return std::sinh(x); }
double hyperbolic_cosine(double x) { return std::cosh(x); }
double hyperbolic_tangent(double x) { return std::tanh(x); }
double hyperbolic_cotangent(double x) { return 1.0 / std::tanh(x); }
double arc_sine(double x) { return std::asin(x); }
double arc_cosine(double x) { return std::acos(x); }
double arc_tangent(double x) { return std::atan(x); }
double to_degrees(double x) { return x * (180.0 / std::numbers::pi); }
double to_radians(double x) { return x * (std::numbers::pi / 180.0); }
double half_versine(double x) {
  const double half = std::sin(x / 2);
  return half * half;
}

template <FunctionName kName, Kernel kKernel>
void add_float_function(FunctionRegistry& registry, std::string_view description) {
  add_scalar(registry, {kName},
             {.name = {},
              .parameters = {Type::number()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = float_type(),
              .evaluate = apply<kName, kKernel>,
              .signature = "(value NUMBER) :: FLOAT",
              .description = std::string(description),
              .vectorized = apply_vector<kKernel>});
}

// ---- functions that keep the type of their argument

Value absolute(Arguments arguments, const FunctionContext& context) {
  const Call call("abs", arguments, context);
  if (call[0].type() == ValueType::kDuration) {
    const value::AverageLength length = value::average_length(call[0].as_duration());
    return length.seconds < 0 ? value::negate(call[0].as_duration()) : call[0];
  }
  if (call[0].type() == ValueType::kDecimal) {
    Decimal number = call[0].as_decimal();
    number.negative = false;
    return number;
  }
  if (call[0].type() != ValueType::kInt64) return std::fabs(call.number(0));
  const std::int64_t value = call[0].unchecked_int64();
  if (value == std::numeric_limits<std::int64_t>::min()) {
    throw Error(status::kNumberOutOfRange, "abs() leaves the range of INT64", context.position)
        .category("ArithmeticError", "NumberOutOfRange");
  }
  return value < 0 ? -value : value;
}

bool absolute_vector(Columns arguments, Rows rows, Vector& out, const FunctionContext& context) {
  const Vector& in = *arguments[0];
  if (in.physical() == Physical::kInt64) {
    out.reset(Physical::kInt64);
    std::int64_t* results = out.mutable_data<std::int64_t>();
    for (const std::uint32_t row : rows) {
      if (in.is_null(row)) {
        out.set_null(row);
        continue;
      }
      const std::int64_t value = in.at<std::int64_t>(row);
      if (value == std::numeric_limits<std::int64_t>::min()) {
        const Value least = value;
        absolute({&least, 1}, context);
      }
      results[row] = value < 0 ? -value : value;
    }
    return true;
  }
  return apply_to_rows(arguments, rows, out, [](double x) { return std::fabs(x); });
}

template <FunctionName kName, Kernel kKernel, RoundingMode kMode>
Value round_toward(Arguments arguments, const FunctionContext& context) {
  const Call call(kName, arguments, context);
  if (call[0].type() == ValueType::kInt64) return call[0];
  if (call[0].type() == ValueType::kDecimal) {
    return value::round_to(call[0].as_decimal(), 0, kMode);
  }
  return kKernel(call.number(0));
}

template <Kernel kKernel>
bool round_toward_vector(Columns arguments, Rows rows, Vector& out, const FunctionContext&) {
  // Integers stay what they are, which the row form does well enough.
  if (arguments[0]->physical() != Physical::kFloat64) return false;
  return apply_to_rows(arguments, rows, out, kKernel);
}

double round_up(double x) { return std::ceil(x); }
double round_down(double x) { return std::floor(x); }

Value round(Arguments arguments, const FunctionContext& context) {
  const Call call("round", arguments, context);
  const std::int64_t digits = call.size() > 1 ? call.integer(1) : 0;
  RoundingMode mode = RoundingMode::kHalfUp;
  if (call.size() > 2) {
    const auto named = find_rounding_mode(call.string(2));
    if (!named) {
      call.refuse_value(status::kInvalidArgument, "InvalidArgumentValue",
                        "knows the modes UP, DOWN, CEILING, FLOOR, HALF_UP, HALF_DOWN and "
                        "HALF_EVEN, not '" +
                            std::string(call.string(2)) + "'");
    }
    mode = *named;
  }
  if (call[0].type() == ValueType::kDecimal) {
    return value::round_to(call[0].as_decimal(), digits, mode);
  }
  if (call[0].type() == ValueType::kInt64) {
    const auto rounded = round_decimal(call[0].unchecked_int64(), digits, mode);
    if (!rounded) {
      call.refuse_value(status::kNumberOutOfRange, "NumberOutOfRange", "leaves the range of INT64");
    }
    return *rounded;
  }
  return round_decimal(call.number(0), digits, mode);
}

bool round_vector(Columns arguments, Rows rows, Vector& out, const FunctionContext&) {
  if (arguments.size() != 1 || arguments[0]->physical() != Physical::kFloat64) return false;
  return apply_to_rows(arguments, rows, out, [](double x) { return std::round(x); });
}

Value sign(Arguments arguments, const FunctionContext& context) {
  const double value = Call("sign", arguments, context).number(0);
  return value > 0 ? 1 : value < 0 ? -1 : 0;
}

// ---- several arguments

/// log(x) is the natural logarithm, log(base, x) the one to that base, as GQL orders them.
Value logarithm(Arguments arguments, const FunctionContext& context) {
  const Call call("log", arguments, context);
  if (call.size() == 1) return std::log(call.number(0));
  const double base = call.number(0);
  const double value = call.number(1);
  // The exact functions of the usual bases: log(10, 1000) is 3, not 2.9999999999999996.
  if (base == 10) return std::log10(value);
  if (base == 2) return std::log2(value);
  return std::log(value) / std::log(base);
}

Value raise(Arguments arguments, const FunctionContext& context) {
  const Call call("power", arguments, context);
  return std::pow(call.number(0), call.number(1));
}

Value remainder(Arguments arguments, const FunctionContext& context) {
  const Call call("mod", arguments, context);
  call.number(0);
  call.number(1);
  return value::modulo(call[0], call[1]);
}

Value arc_tangent_of_quotient(Arguments arguments, const FunctionContext& context) {
  const Call call("atan2", arguments, context);
  return std::atan2(call.number(0), call.number(1));
}

Value greatest(Arguments arguments, const FunctionContext&) {
  const Value* best = &arguments[0];
  for (const Value& value : arguments) {
    if (value::order(value, *best) > 0) best = &value;
  }
  return *best;
}

Value least(Arguments arguments, const FunctionContext&) {
  const Value* best = &arguments[0];
  for (const Value& value : arguments) {
    if (value::order(value, *best) < 0) best = &value;
  }
  return *best;
}

Type unite_all(std::span<const Type> arguments) {
  Type all = Type::none();
  for (const Type& type : arguments) all = all.unite(type);
  return all;
}

Type remainder_type(std::span<const Type> arguments) {
  const std::uint32_t nulls = (arguments[0].kinds | arguments[1].kinds) & Type::kNullKind;
  const bool integers =
      arguments[0].only(ValueType::kInt64) && arguments[1].only(ValueType::kInt64);
  return Type::of_kinds((integers ? Type::bit(ValueType::kInt64) : Type::kNumberKinds) | nulls);
}

// ---- no arguments

Value pi(Arguments, const FunctionContext&) { return std::numbers::pi; }
Value euler(Arguments, const FunctionContext&) { return std::numbers::e; }

Value random_number(Arguments, const FunctionContext&) {
  thread_local std::mt19937_64 engine = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  // 53 random bits: every result is in [0, 1) and representable.
  return static_cast<double>(engine() >> 11) * 0x1.0p-53;
}

Value is_nan(Arguments arguments, const FunctionContext& context) {
  return std::isnan(Call("isNaN", arguments, context).number(0));
}

void add_rounding(FunctionRegistry& registry) {
  const Type signed_type = Type::of_kinds(Type::kNumberKinds | Type::bit(ValueType::kDuration));
  add_scalar(registry, {"abs"},
             {.name = {},
              .parameters = {signed_type},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = signed_type,
              .evaluate = absolute,
              .signature = "(value NUMBER | DURATION) :: NUMBER | DURATION",
              .description = "The number or duration without its sign.",
              .vectorized = absolute_vector,
              .typer = type_of_first});
  add_scalar(registry, {"ceil", "ceiling"},
             {.name = {},
              .parameters = {Type::number()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = Type::number(),
              .evaluate = round_toward<"ceil", round_up, RoundingMode::kCeiling>,
              .signature = "(value NUMBER) :: NUMBER",
              .description = "The least whole number that is not less than the value.",
              .vectorized = round_toward_vector<round_up>,
              .typer = type_of_first});
  add_scalar(registry, {"floor"},
             {.name = {},
              .parameters = {Type::number()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = Type::number(),
              .evaluate = round_toward<"floor", round_down, RoundingMode::kFloor>,
              .signature = "(value NUMBER) :: NUMBER",
              .description = "The greatest whole number that is not greater than the value.",
              .vectorized = round_toward_vector<round_down>,
              .typer = type_of_first});
  add_scalar(
      registry, {"round"},
      {.name = {},
       .parameters = {Type::number(), integer_type(), text_type()},
       .minimum_arguments = 1,
       .maximum_arguments = 3,
       .result = Type::number(),
       .evaluate = round,
       .signature = "(value NUMBER [, digits INT [, mode STRING]]) :: NUMBER",
       .description = "The value rounded to a number of decimal digits; halves go away from zero.",
       .vectorized = round_vector,
       .typer = [](std::span<const Type> arguments) {
         bool null = false;
         for (const Type& type : arguments) null = null || type.may_be_null();
         return null ? arguments[0].with_null() : arguments[0];
       }});
  add_scalar(registry, {"sign"},
             {.name = {},
              .parameters = {Type::number()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = integer_type(),
              .evaluate = sign,
              .signature = "(value NUMBER) :: INT",
              .description = "-1, 0 or 1, as the number is negative, zero or positive."});
}

void add_powers(FunctionRegistry& registry) {
  add_float_function<"sqrt", square_root>(registry, "The square root; NaN of a negative number.");
  add_float_function<"cbrt", cube_root>(registry, "The cube root.");
  add_float_function<"exp", exponential>(registry, "e raised to the power of the value.");
  add_float_function<"ln", natural_logarithm>(registry, "The natural logarithm.");
  add_float_function<"log10", decimal_logarithm>(registry, "The logarithm to base 10.");
  add_float_function<"log2", binary_logarithm>(registry, "The logarithm to base 2.");
  add_scalar(registry, {"log"},
             {.name = {},
              .parameters = {Type::number(), Type::number()},
              .minimum_arguments = 1,
              .maximum_arguments = 2,
              .result = float_type(),
              .evaluate = logarithm,
              .signature = "([base NUMBER,] value NUMBER) :: FLOAT",
              .description = "The logarithm to a base, the natural one when none is given."});
  add_scalar(registry, {"power", "pow"},
             {.name = {},
              .parameters = {Type::number(), Type::number()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = float_type(),
              .evaluate = raise,
              .signature = "(base NUMBER, exponent NUMBER) :: FLOAT",
              .description = "The base raised to the power of the exponent."});
  add_scalar(registry, {"mod"},
             {.name = {},
              .parameters = {Type::number(), Type::number()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = Type::number(),
              .evaluate = remainder,
              .signature = "(dividend NUMBER, divisor NUMBER) :: NUMBER",
              .description = "The remainder of a division; it has the sign of the dividend.",
              .typer = remainder_type});
}

void add_trigonometry(FunctionRegistry& registry) {
  add_float_function<"sin", sine>(registry, "The sine of an angle in radians.");
  add_float_function<"cos", cosine>(registry, "The cosine of an angle in radians.");
  add_float_function<"tan", tangent>(registry, "The tangent of an angle in radians.");
  add_float_function<"cot", cotangent>(registry, "The cotangent of an angle in radians.");
  add_float_function<"sinh", hyperbolic_sine>(registry, "The hyperbolic sine.");
  add_float_function<"cosh", hyperbolic_cosine>(registry, "The hyperbolic cosine.");
  add_float_function<"tanh", hyperbolic_tangent>(registry, "The hyperbolic tangent.");
  add_float_function<"coth", hyperbolic_cotangent>(registry, "The hyperbolic cotangent.");
  add_float_function<"asin", arc_sine>(registry, "The angle in radians with that sine.");
  add_float_function<"acos", arc_cosine>(registry, "The angle in radians with that cosine.");
  add_float_function<"atan", arc_tangent>(registry, "The angle in radians with that tangent.");
  add_float_function<"degrees", to_degrees>(registry, "An angle in radians as degrees.");
  add_float_function<"radians", to_radians>(registry, "An angle in degrees as radians.");
  add_float_function<"haversin", half_versine>(registry,
                                               "Half the versine of an angle in radians.");
  add_scalar(registry, {"atan2"},
             {.name = {},
              .parameters = {Type::number(), Type::number()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = float_type(),
              .evaluate = arc_tangent_of_quotient,
              .signature = "(y NUMBER, x NUMBER) :: FLOAT",
              .description = "The angle in radians of the point (x, y), seen from the origin."});
}

}  // namespace

void register_numeric_functions(FunctionRegistry& registry) {
  add_rounding(registry);
  add_powers(registry);
  add_trigonometry(registry);
  add_scalar(registry, {"pi"},
             {.name = {},
              .parameters = {},
              .minimum_arguments = 0,
              .maximum_arguments = 0,
              .result = float_type(),
              .evaluate = pi,
              .signature = "() :: FLOAT",
              .description = "The circumference of a circle of diameter 1."});
  add_scalar(registry, {"e"},
             {.name = {},
              .parameters = {},
              .minimum_arguments = 0,
              .maximum_arguments = 0,
              .result = float_type(),
              .evaluate = euler,
              .signature = "() :: FLOAT",
              .description = "The base of the natural logarithm."});
  add_scalar(registry, {"rand", "random"},
             {.name = {},
              .parameters = {},
              .minimum_arguments = 0,
              .maximum_arguments = 0,
              .result = float_type(),
              .evaluate = random_number,
              .signature = "() :: FLOAT",
              .description = "A random number from 0 up to, but not, 1.",
              .deterministic = false});
  add_scalar(registry, {"isNaN"},
             {.name = {},
              .parameters = {Type::number()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = boolean_type(),
              .evaluate = is_nan,
              .signature = "(value NUMBER) :: BOOL",
              .description = "Whether a number is the float NaN."});
  add_scalar(
      registry, {"greatest"},
      {.name = {},
       .parameters = {Type::any()},
       .minimum_arguments = 1,
       .maximum_arguments = ScalarFunction::kVariadic,
       .result = Type::any(),
       .evaluate = greatest,
       .signature = "(value ANY, ...) :: ANY",
       .description = "The greatest of the values in the order of ORDER BY; null when one is null.",
       .typer = unite_all});
  add_scalar(
      registry, {"least"},
      {.name = {},
       .parameters = {Type::any()},
       .minimum_arguments = 1,
       .maximum_arguments = ScalarFunction::kVariadic,
       .result = Type::any(),
       .evaluate = least,
       .signature = "(value ANY, ...) :: ANY",
       .description = "The least of the values in the order of ORDER BY; null when one is null.",
       .typer = unite_all});
}

}  // namespace geode::gql
