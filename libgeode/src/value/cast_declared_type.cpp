#include <algorithm>
#include <cmath>

#include <geode/error.hpp>
#include "base/utf8.hpp"
#include "value/cast.hpp"
#include "value/decimal.hpp"

namespace geode::value {

namespace {

using Kind = DeclaredType::Kind;

[[noreturn]] void throw_no_cast(const Value& value, const DeclaredType& type) {
  throw Error(status::kInvalidValueType, "a value of type " + std::string(type_name(value.type())) +
                                             " cannot be cast to " + type.name())
      .category("TypeError", "InvalidArgumentType");
}

[[noreturn]] void throw_out_of_range(const Value& value, const DeclaredType& type) {
  throw Error(status::kNumberOutOfRange, value.to_string() + " is out of range for " + type.name());
}

std::string counted(std::uint64_t n, std::string_view what) {
  return std::to_string(n) + " " + std::string(what) + (n == 1 ? "" : "s");
}

/// A cast whose errors name the type as it was declared.
Value cast_as(const Value& value, ValueType to, const DeclaredType& type, const Clock& clock) {
  try {
    return cast(value, to, clock);
  } catch (const Error& error) {
    if (error.gqlstatus() == status::kInvalidCharacterForCast) {
      throw Error(status::kInvalidCharacterForCast,
                  value.to_string() + " is no text of a value of type " + type.name())
          .category("ArgumentError", "InvalidArgumentValue");
    }
    if (error.gqlstatus() == status::kNumberOutOfRange) throw_out_of_range(value, type);
    if (error.gqlstatus() == status::kInvalidValueType) throw_no_cast(value, type);
    throw;
  }
}

Value cast_to_exact(const Value& value, const DeclaredType& type, const Clock& clock) {
  const Value whole =
      type.kind == Kind::kDecimal || !type.may_hold_int64() || type.may_hold_decimal()
          ? cast_as(value, ValueType::kDecimal, type, clock)
          : cast_as(value, ValueType::kInt64, type, clock);
  Decimal number = exact(whole);
  if (!is_in_range_of(number, type)) throw_out_of_range(value, type);
  if (type.kind != Kind::kDecimal) {
    number = with_scale(number, 0, RoundingMode::kDown);
  } else if (type.precision > 0) {
    number = with_scale(number, static_cast<std::uint8_t>(type.scale));
    // 9.99 is 10.0 with one digit less.
    if (!is_in_range_of(number, type)) throw_out_of_range(value, type);
  }
  const auto small = small_whole(number);
  if (type.may_hold_int64() && small) return *small;
  return number;
}

Value cast_to_float(const Value& value, const DeclaredType& type, const Clock& clock) {
  const double number = cast_as(value, ValueType::kFloat64, type, clock).as_float64();
  const double rounded = round_to_width(number, type.bits);
  if (std::isinf(rounded) && std::isfinite(number)) throw_out_of_range(value, type);
  return rounded;
}

/// Texts and byte strings follow one rule: what is too long may lose its filling and no more, what
/// is too short for a fixed length is filled up.
std::string fit_length(std::string content, std::size_t length, char filling, std::string_view unit,
                       const DeclaredType& type) {
  if (length > type.maximum) {
    // The filling is one byte a character, so that `surplus` counts bytes as well.
    const auto surplus = static_cast<std::size_t>(length - type.maximum);
    const std::size_t last = content.find_last_not_of(filling);
    const std::size_t filled = content.size() - (last == std::string::npos ? 0 : last + 1);
    if (filled < surplus) {
      throw Error(status::kStringTruncation,
                  "a value of " + counted(length, unit) + " does not fit into " + type.name());
    }
    content.resize(content.size() - surplus);
  } else if (length < type.minimum) {
    if (!type.is_fixed_length()) {
      throw Error(status::kDataException,
                  "a value of " + counted(length, unit) + " is too short for " + type.name());
    }
    content.append(static_cast<std::size_t>(type.minimum - length), filling);
  }
  return content;
}

Value cast_to_string(const Value& value, const DeclaredType& type, const Clock& clock) {
  Value text = cast(value, ValueType::kString, clock);
  const std::size_t length = base::utf8_count(text.as_string());
  if (length >= type.minimum && length <= type.maximum) return text;
  return fit_length(std::string(text.as_string()), length, ' ', "character", type);
}

Value cast_to_bytes(const Value& value, const DeclaredType& type, const Clock& clock) {
  Value bytes = cast(value, ValueType::kBytes, clock);
  const std::size_t length = bytes.as_bytes().size();
  if (length >= type.minimum && length <= type.maximum) return bytes;
  return Bytes{fit_length(std::string(bytes.as_bytes()), length, '\0', "byte", type)};
}

Value cast_to_duration(const Value& value, const DeclaredType& type, const Clock& clock) {
  Value duration = cast(value, ValueType::kDuration, clock);
  if (!belongs(duration, type)) {
    throw Error(status::kInvalidValueType,
                duration.to_string() + " has parts that " + type.name() + " does not have");
  }
  return duration;
}

Value cast_to_list(const Value& value, const DeclaredType& type, const Clock& clock) {
  Value whole = cast(value, ValueType::kList, clock);
  const List& elements = whole.as_list();
  if (elements.size() > type.maximum) {
    throw Error(status::kListTruncation, "a list of " + counted(elements.size(), "element") +
                                             " does not fit into " + type.name());
  }
  if (type.parts.empty()) return whole;
  List list;
  list.reserve(elements.size());
  for (const Value& element : elements) list.push_back(cast(element, type.parts.front(), clock));
  return list;
}

Value cast_to_record(const Value& value, const DeclaredType& type, const Clock& clock) {
  if (value.type() != ValueType::kRecord) throw_no_cast(value, type);
  if (type.open) return value;
  Record record;
  record.reserve(type.parts.size());
  for (std::size_t i = 0; i < type.parts.size(); ++i) {
    const std::string& name = type.field_names[i];
    const Value* field = value.field(name);
    if (!field) {
      throw Error(status::kFieldMissing,
                  "the record has no field `" + name + "` of " + type.name());
    }
    record.emplace_back(name, cast(*field, type.parts[i], clock));
  }
  for (const auto& [name, field] : value.as_record()) {
    if (std::find(type.field_names.begin(), type.field_names.end(), name) ==
        type.field_names.end()) {
      throw Error(status::kFieldUnassignable,
                  "the record has a field `" + name + "` that " + type.name() + " does not have");
    }
  }
  return record;
}

/// As it is when it belongs already, else to the first alternative that it can be cast to.
Value cast_to_union(const Value& value, const DeclaredType& type, const Clock& clock) {
  if (belongs(value, type)) return value;
  for (const DeclaredType& part : type.parts) {
    try {
      return cast(value, part, clock);
    } catch (const Error&) {
      // The next alternative may take it.
    }
  }
  throw_no_cast(value, type);
}

}  // namespace

Value cast(const Value& value, const DeclaredType& type, const Clock& clock) {
  if (value.is_null()) {
    if (belongs(value, type)) return value;
    throw Error(status::kNullNotAllowed, "null cannot be cast to " + type.name());
  }
  switch (type.kind) {
    case Kind::kAny:
      return value;
    case Kind::kUnion:
      return cast_to_union(value, type, clock);
    case Kind::kBool:
      return cast(value, ValueType::kBool, clock);
    case Kind::kInteger:
    case Kind::kUnsigned:
    case Kind::kDecimal:
      return cast_to_exact(value, type, clock);
    case Kind::kFloat:
      return cast_to_float(value, type, clock);
    case Kind::kString:
      return cast_to_string(value, type, clock);
    case Kind::kBytes:
      return cast_to_bytes(value, type, clock);
    case Kind::kDate:
      return cast(value, ValueType::kDate, clock);
    case Kind::kLocalTime:
      return cast(value, ValueType::kLocalTime, clock);
    case Kind::kZonedTime:
      return cast(value, ValueType::kZonedTime, clock);
    case Kind::kLocalDateTime:
      return cast(value, ValueType::kLocalDateTime, clock);
    case Kind::kZonedDateTime:
      return cast(value, ValueType::kZonedDateTime, clock);
    case Kind::kDuration:
    case Kind::kYearMonthDuration:
    case Kind::kDayTimeDuration:
      return cast_to_duration(value, type, clock);
    case Kind::kList:
      return cast_to_list(value, type, clock);
    case Kind::kRecord:
      return cast_to_record(value, type, clock);
    case Kind::kPropertyValue:
    case Kind::kNull:
    case Kind::kNothing:
    case Kind::kNode:
    case Kind::kEdge:
    case Kind::kPath:
    case Kind::kGraph:
    case Kind::kTable:
      // There is no conversion: what belongs stays as it is.
      if (!belongs(value, type)) throw_no_cast(value, type);
      return value;
  }
  throw_no_cast(value, type);
}

}  // namespace geode::value
