#include "value/temporal.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include <geode/error.hpp>
#include "gql/function/arguments.hpp"
#include "gql/function/statement_clock.hpp"

namespace geode::gql {

namespace {

using Arguments = std::span<const Value>;
using value::Clock;
using value::DurationKind;
using value::Type;

constexpr std::uint32_t kText = Type::bit(ValueType::kString);
constexpr std::uint32_t kRecord = Type::bit(ValueType::kRecord);
constexpr std::uint32_t kConstructible = kText | kRecord | Type::kTemporalKinds;

/// Errors of the temporal code do not know where the call stands.
template <class Body>
Value with_position(const FunctionContext& context, Body body) {
  try {
    return body();
  } catch (Error& error) {
    if (error.position().line == 0) error.set_position(context.position);
    throw;
  }
}

/// What a type is called in the names of its functions.
constexpr std::string_view function_name(ValueType kind) {
  switch (kind) {
    case ValueType::kDate:
      return "date";
    case ValueType::kLocalTime:
      return "localtime";
    case ValueType::kZonedTime:
      return "time";
    case ValueType::kLocalDateTime:
      return "localdatetime";
    default:
      return "datetime";
  }
}

// ---- construction

/// date(), date(text), date({year: 1984}), date(other).
template <ValueType kKind>
Value construct(Arguments arguments, const FunctionContext& context) {
  return with_position(context, [&] {
    const Clock clock = clock_of(context);
    if (arguments.empty()) return value::current_temporal(kKind, clock);
    return value::make_temporal(kKind, arguments[0], clock);
  });
}

/// date.statement(), date.transaction('Europe/Stockholm'): the statement is the transaction's only
/// clock.
template <ValueType kKind>
Value current(Arguments arguments, const FunctionContext& context) {
  return with_position(context, [&] {
    return value::current_temporal(kKind, clock_of(context),
                                   arguments.empty() ? Value() : arguments[0]);
  });
}

template <ValueType kKind>
Value current_real(Arguments arguments, const FunctionContext& context) {
  return with_position(context, [&] {
    Clock clock = Clock::now();
    if (!context.time_zone.empty()) clock.time_zone = context.time_zone;
    return value::current_temporal(kKind, clock, arguments.empty() ? Value() : arguments[0]);
  });
}

template <ValueType kKind>
Value truncate(Arguments arguments, const FunctionContext& context) {
  const Call call(function_name(kKind), arguments, context);
  return with_position(context, [&] {
    const Clock clock = clock_of(context);
    const Value& value = call.size() > 1 ? call[1] : value::current_temporal(kKind, clock);
    return value::truncate(kKind, call.string(0), value, call.size() > 2 ? call[2] : Value(),
                           clock);
  });
}

/// date_trunc(unit, value): of the value's own type.
Value truncate_value(Arguments arguments, const FunctionContext& context) {
  const Call call("date_trunc", arguments, context);
  if (!value::is_temporal_instant(call[1].type())) call.refuse(1, "a temporal value");
  return with_position(context, [&] {
    return value::truncate(call[1].type(), call.string(0), call[1], Value(), clock_of(context));
  });
}

Value construct_duration(Arguments arguments, const FunctionContext& context) {
  return with_position(context, [&] { return value::make_duration(arguments[0]); });
}

template <DurationKind kKind>
Value between(Arguments arguments, const FunctionContext& context) {
  return with_position(context,
                       [&] { return value::duration_between(kKind, arguments[0], arguments[1]); });
}

Value from_epoch(Arguments arguments, const FunctionContext& context) {
  return with_position(context, [&] {
    return value::datetime_from_epoch(arguments[0], arguments.size() > 1 ? arguments[1] : Value(0));
  });
}

Value from_epoch_millis(Arguments arguments, const FunctionContext& context) {
  return with_position(context, [&] { return value::datetime_from_epoch_millis(arguments[0]); });
}

Value milliseconds_since_epoch(Arguments, const FunctionContext& context) {
  const Clock clock = clock_of(context);
  return clock.seconds * 1000 + clock.nanoseconds / 1'000'000;
}

// ---- components

constexpr std::array<std::string_view, 14> kComponents = {
    "year", "quarter", "month",  "week",        "weekYear",    "day",        "dayOfWeek",
    "hour", "minute",  "second", "millisecond", "microsecond", "nanosecond", "ordinalDay"};

/// year(x), month(x), ...: of points of time and, as a part of the whole, of durations.
template <std::size_t kIndex>
Value extract(Arguments arguments, const FunctionContext& context) {
  constexpr std::string_view kName = kComponents[kIndex];
  const Call call(kName, arguments, context);
  std::optional<Value> found = value::component(call[0], kName);
  // The components of durations have plural names.
  if (!found && call[0].type() == ValueType::kDuration) {
    found = value::component(call[0], std::string(kName) + "s");
  }
  if (!found) call.refuse(0, "a temporal value with that component");
  return *found;
}

template <std::size_t... kIndexes>
void add_extractors(FunctionRegistry& registry, std::index_sequence<kIndexes...>) {
  const auto add = [&](std::string_view name, ScalarImplementation evaluate) {
    std::uint32_t kinds = 0;
    for (unsigned type = 0; type <= static_cast<unsigned>(value::kLastValueType); ++type) {
      const auto kind = static_cast<ValueType>(type);
      const bool plural =
          kind == ValueType::kDuration && value::has_component(kind, std::string(name) + "s");
      if (plural || value::has_component(kind, name)) kinds |= Type::bit(kind);
    }
    add_scalar(registry, {name},
               {.name = {},
                .parameters = {Type::of_kinds(kinds)},
                .minimum_arguments = 1,
                .maximum_arguments = 1,
                .result = integer_type(),
                .evaluate = evaluate,
                .signature = "(value TEMPORAL) :: INT",
                .description = "The component of that name of a temporal value."});
  };
  (add(kComponents[kIndexes], extract<kIndexes>), ...);
}

// ---- registration

std::string type_text(ValueType kind) { return std::string(type_name(kind)); }

template <ValueType kKind>
void add_instant(FunctionRegistry& registry, std::initializer_list<std::string_view> constructors,
                 std::initializer_list<std::string_view> current_names) {
  const std::string base(function_name(kKind));
  const std::string type = type_text(kKind);
  add_scalar(registry, constructors,
             {.name = {},
              .parameters = {Type::of_kinds(kConstructible)},
              .minimum_arguments = 0,
              .maximum_arguments = 1,
              .result = Type::of(kKind),
              .evaluate = construct<kKind>,
              .signature = "([from STRING | RECORD | TEMPORAL]) :: " + type,
              .description = "From a text, from components or from another temporal value; the "
                             "current one without an argument.",
              .deterministic = false,
              .constant_in_statement = true});
  const auto add_current = [&](std::initializer_list<std::string_view> names,
                               ScalarImplementation evaluate, bool constant) {
    add_scalar(registry, names,
               {.name = {},
                .parameters = {Type::of_kinds(kText)},
                .minimum_arguments = 0,
                .maximum_arguments = 1,
                .result = Type::of(kKind),
                .evaluate = evaluate,
                .signature = "([timezone STRING]) :: " + type,
                .description = constant ? "The current one, the same all through a statement."
                                        : "The current one, read anew for each row.",
                .deterministic = false,
                .constant_in_statement = constant});
  };
  add_current({base + ".statement", base + ".transaction"}, current<kKind>, true);
  add_current(current_names, current<kKind>, true);
  add_current({base + ".realtime"}, current_real<kKind>, false);
  add_scalar(registry, {base + ".truncate"},
             {.name = {},
              .parameters = {text_type(), Type::temporal(), record_type()},
              .minimum_arguments = 1,
              .maximum_arguments = 3,
              .result = Type::of(kKind),
              .evaluate = truncate<kKind>,
              .signature = "(unit STRING [, value TEMPORAL [, fields RECORD]]) :: " + type,
              .description = "The value cut down to a unit, with components set afterwards.",
              .deterministic = false,
              .constant_in_statement = true});
}

template <DurationKind kKind>
void add_between(FunctionRegistry& registry, std::initializer_list<std::string_view> names,
                 std::string_view description) {
  add_scalar(registry, names,
             {.name = {},
              .parameters = {Type::temporal(), Type::temporal()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = Type::of(ValueType::kDuration),
              .evaluate = between<kKind>,
              .signature = "(from TEMPORAL, to TEMPORAL) :: DURATION",
              .description = std::string(description)});
}

void add_durations(FunctionRegistry& registry) {
  add_scalar(registry, {"duration"},
             {.name = {},
              .parameters = {any_of(ValueType::kString, ValueType::kRecord, ValueType::kDuration)},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = Type::of(ValueType::kDuration),
              .evaluate = construct_duration,
              .signature = "(from STRING | RECORD) :: DURATION",
              .description = "A duration from a text or from components."});
  add_between<DurationKind::kBetween>(registry, {"duration.between", "duration_between"},
                                      "The time from one point to another.");
  add_between<DurationKind::kInMonths>(registry, {"duration.inMonths"},
                                       "The whole months from one point to another.");
  add_between<DurationKind::kInDays>(registry, {"duration.inDays"},
                                     "The whole days from one point to another.");
  add_between<DurationKind::kInSeconds>(registry, {"duration.inSeconds"},
                                        "The time from one point to another in seconds.");
}

void add_epochs(FunctionRegistry& registry) {
  add_scalar(registry, {"datetime.fromepoch"},
             {.name = {},
              .parameters = {Type::number(), Type::number()},
              .minimum_arguments = 1,
              .maximum_arguments = 2,
              .result = Type::of(ValueType::kZonedDateTime),
              .evaluate = from_epoch,
              .signature = "(seconds NUMBER [, nanoseconds NUMBER]) :: ZONED DATETIME",
              .description = "The instant so long after 1970-01-01T00:00Z."});
  add_scalar(registry, {"datetime.fromepochmillis"},
             {.name = {},
              .parameters = {Type::number()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = Type::of(ValueType::kZonedDateTime),
              .evaluate = from_epoch_millis,
              .signature = "(milliseconds NUMBER) :: ZONED DATETIME",
              .description = "The instant so long after 1970-01-01T00:00Z."});
  add_scalar(registry, {"timestamp"},
             {.name = {},
              .parameters = {},
              .minimum_arguments = 0,
              .maximum_arguments = 0,
              .result = integer_type(),
              .evaluate = milliseconds_since_epoch,
              .signature = "() :: INT",
              .description = "Milliseconds from 1970-01-01T00:00Z to the start of the statement.",
              .deterministic = false,
              .constant_in_statement = true});
  add_scalar(
      registry, {"date_trunc"},
      {.name = {},
       .parameters = {text_type(), Type::temporal()},
       .minimum_arguments = 2,
       .maximum_arguments = 2,
       .result = Type::temporal(),
       .evaluate = truncate_value,
       .signature = "(unit STRING, value TEMPORAL) :: TEMPORAL",
       .description = "The value cut down to a unit.",
       .typer = [](std::span<const Type> arguments) {
         return Type::of_kinds((arguments[1].kinds & Type::kTemporalKinds) | Type::kNullKind);
       }});
}

}  // namespace

void register_temporal_functions(FunctionRegistry& registry) {
  add_instant<ValueType::kDate>(registry, {"date"}, {"current_date"});
  add_instant<ValueType::kLocalTime>(registry, {"localtime", "local_time"}, {"current_local_time"});
  add_instant<ValueType::kZonedTime>(registry, {"time", "zoned_time"}, {"current_time"});
  add_instant<ValueType::kLocalDateTime>(registry, {"localdatetime", "local_datetime"},
                                         {"local_timestamp"});
  add_instant<ValueType::kZonedDateTime>(registry, {"datetime", "zoned_datetime"},
                                         {"current_timestamp", "now"});
  add_durations(registry);
  add_epochs(registry);
  add_extractors(registry, std::make_index_sequence<kComponents.size()>());
}

}  // namespace geode::gql
