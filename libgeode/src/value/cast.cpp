#include "value/cast.hpp"

#include <charconv>
#include <cmath>

#include <geode/error.hpp>
#include "base/utf8.hpp"
#include "value/decimal.hpp"

namespace geode::value {

namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\r\f\v";
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

std::optional<bool> parse_boolean(std::string_view text) {
  text = trim(text);
  if (equals_ignoring_case(text, "true")) return true;
  if (equals_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

/// Cut toward zero; nothing for NaN and what does not fit.
std::optional<std::int64_t> truncate_to_int64(double value) {
  if (value >= -9223372036854775808.0 && value < 9223372036854775808.0) {
    return static_cast<std::int64_t>(value);
  }
  return std::nullopt;
}

/// An integer, or a number with a fraction that is cut off.
std::optional<std::int64_t> parse_truncated(std::string_view text) {
  if (const auto integer = parse_int64(text)) return integer;
  const auto real = parse_float64(text);
  return real ? truncate_to_int64(*real) : std::nullopt;
}

bool has_text(ValueType type) {
  return type == ValueType::kString || type == ValueType::kInt64 || type == ValueType::kFloat64 ||
         type == ValueType::kDecimal || type == ValueType::kBool || type == ValueType::kDuration ||
         type == ValueType::kGraph || is_temporal_instant(type);
}

[[noreturn]] void throw_argument(std::string_view function, const Value& value) {
  throw Error(status::kInvalidValueType,
              std::string(function) + " does not take " + std::string(type_name(value.type())))
      .category("TypeError", "InvalidArgumentValue");
}

[[noreturn]] void throw_no_cast(const Value& value, ValueType type) {
  throw Error(status::kInvalidValueType, "a value of type " + std::string(type_name(value.type())) +
                                             " cannot be cast to " + std::string(type_name(type)))
      .category("TypeError", "InvalidArgumentType");
}

[[noreturn]] void throw_text(const Value& value, ValueType type) {
  throw Error(status::kInvalidCharacterForCast,
              value.to_string() + " is no text of a value of type " + std::string(type_name(type)))
      .category("ArgumentError", "InvalidArgumentValue");
}

Value cast_to_int64(const Value& value) {
  if (value.type() == ValueType::kString) {
    const auto parsed = parse_truncated(value.as_string());
    if (!parsed) throw_text(value, ValueType::kInt64);
    return *parsed;
  }
  if (value.type() == ValueType::kBool) return value.as_bool() ? 1 : 0;
  if (!value.is_number()) throw_no_cast(value, ValueType::kInt64);
  const auto integer = value.type() == ValueType::kDecimal ? to_int64(value.as_decimal())
                                                           : truncate_to_int64(value.as_number());
  if (!integer) {
    throw Error(status::kNumberOutOfRange, value.to_string() + " does not fit into INT64");
  }
  return *integer;
}

Value cast_to_float64(const Value& value) {
  if (value.is_number()) return value.as_number();
  if (value.type() != ValueType::kString) throw_no_cast(value, ValueType::kFloat64);
  const auto parsed = parse_float64(value.as_string());
  if (!parsed) throw_text(value, ValueType::kFloat64);
  return *parsed;
}

/// The digits of a float are those of its shortest text.
std::optional<Decimal> find_decimal(const Value& value) {
  if (value.type() == ValueType::kInt64) return exact(value);
  if (value.type() == ValueType::kDecimal) return value.as_decimal();
  if (value.type() == ValueType::kFloat64) return from_float64(value.as_float64());
  return Decimal::parse(trim(value.as_string()));
}

Value cast_to_decimal(const Value& value) {
  const bool is_text = value.type() == ValueType::kString;
  if (!is_text && !value.is_number()) throw_no_cast(value, ValueType::kDecimal);
  const auto decimal = find_decimal(value);
  if (decimal) return *decimal;
  // A text that is a number, though none of 256 bits, is out of range.
  const auto number = is_text ? parse_float64(value.as_string()) : value.as_number();
  if (!number || (is_text && !std::isfinite(*number))) throw_text(value, ValueType::kDecimal);
  throw Error(status::kNumberOutOfRange, value.to_string() + " does not fit into DECIMAL");
}

Value cast_to_bool(const Value& value) {
  if (value.type() == ValueType::kInt64) return value.as_int64() != 0;
  if (value.type() != ValueType::kString) throw_no_cast(value, ValueType::kBool);
  const auto parsed = parse_boolean(value.as_string());
  if (!parsed) throw_text(value, ValueType::kBool);
  return *parsed;
}

Value cast_to_temporal(const Value& value, ValueType type, const Clock& clock) {
  const bool from_text = value.type() == ValueType::kString;
  if (!from_text && !is_temporal_instant(value.type())) throw_no_cast(value, type);
  const bool from_date = value.type() == ValueType::kDate;
  const bool from_time =
      value.type() == ValueType::kLocalTime || value.type() == ValueType::kZonedTime;
  const bool to_time = type == ValueType::kLocalTime || type == ValueType::kZonedTime;
  // A day has no time of day to give, nor a time of day a day.
  if ((from_date && to_time) || (from_time && !to_time)) throw_no_cast(value, type);
  return make_temporal(type, value, clock);
}

template <class Convert>
Value or_null(const Value& value, Convert convert) {
  try {
    return convert(value);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

std::optional<std::int64_t> parse_int64(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  std::int64_t result = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return result;
}

std::optional<double> parse_float64(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double result = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return result;
}

Value to_integer(const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
      return {};
    case ValueType::kInt64:
      return value;
    case ValueType::kBool:
      return value.as_bool() ? 1 : 0;
    case ValueType::kFloat64: {
      const auto integer = truncate_to_int64(value.as_float64());
      return integer ? Value(*integer) : Value();
    }
    case ValueType::kDecimal: {
      const auto integer = to_int64(value.as_decimal());
      return integer ? Value(*integer) : Value();
    }
    case ValueType::kString: {
      const auto integer = parse_truncated(value.as_string());
      return integer ? Value(*integer) : Value();
    }
    default:
      throw_argument("toInteger()", value);
  }
}

Value to_float(const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
      return {};
    case ValueType::kInt64:
    case ValueType::kFloat64:
    case ValueType::kDecimal:
      return value.as_number();
    case ValueType::kString: {
      const auto real = parse_float64(value.as_string());
      return real ? Value(*real) : Value();
    }
    default:
      throw_argument("toFloat()", value);
  }
}

Value to_boolean(const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
      return {};
    case ValueType::kBool:
      return value;
    case ValueType::kInt64:
      return value.as_int64() != 0;
    case ValueType::kString: {
      const auto truth = parse_boolean(value.as_string());
      return truth ? Value(*truth) : Value();
    }
    default:
      throw_argument("toBoolean()", value);
  }
}

Value to_decimal(const Value& value) {
  if (value.is_null()) return {};
  if (!value.is_number() && value.type() != ValueType::kString) {
    throw_argument("toDecimal()", value);
  }
  const auto decimal = find_decimal(value);
  return decimal ? Value(*decimal) : Value();
}

Value to_string(const Value& value) {
  if (value.is_null() || value.type() == ValueType::kString) return value;
  if (!has_text(value.type())) throw_argument("toString()", value);
  return text_of(value);
}

Value to_integer_or_null(const Value& value) { return or_null(value, to_integer); }
Value to_float_or_null(const Value& value) { return or_null(value, to_float); }
Value to_boolean_or_null(const Value& value) { return or_null(value, to_boolean); }
Value to_decimal_or_null(const Value& value) { return or_null(value, to_decimal); }
Value to_string_or_null(const Value& value) { return or_null(value, to_string); }

Value cast(const Value& value, ValueType type, const Clock& clock) {
  if (value.is_null() || value.type() == type) return value;
  switch (type) {
    case ValueType::kInt64:
      return cast_to_int64(value);
    case ValueType::kFloat64:
      return cast_to_float64(value);
    case ValueType::kDecimal:
      return cast_to_decimal(value);
    case ValueType::kBool:
      return cast_to_bool(value);
    case ValueType::kString:
      if (value.type() == ValueType::kBytes) {
        if (!base::utf8_valid(value.as_bytes())) throw_text(value, type);
        return value.as_bytes();
      }
      if (!has_text(value.type())) throw_no_cast(value, type);
      return text_of(value);
    case ValueType::kDate:
    case ValueType::kLocalTime:
    case ValueType::kZonedTime:
    case ValueType::kLocalDateTime:
    case ValueType::kZonedDateTime:
      return cast_to_temporal(value, type, clock);
    case ValueType::kDuration:
      if (value.type() != ValueType::kString) throw_no_cast(value, type);
      return parse_duration(value.as_string());
    case ValueType::kBytes:
      if (value.type() != ValueType::kString) throw_no_cast(value, type);
      return Bytes{std::string(value.as_string())};
    case ValueType::kList:
      if (value.type() != ValueType::kPath) throw_no_cast(value, type);
      {
        const Path& path = value.as_path();
        List elements;
        for (std::size_t i = 0; i < path.nodes.size(); ++i) {
          elements.push_back(path.nodes[i]);
          if (i < path.edges.size()) elements.push_back(path.edges[i]);
        }
        return elements;
      }
    case ValueType::kNull:
    case ValueType::kRecord:
    case ValueType::kNode:
    case ValueType::kEdge:
    case ValueType::kPath:
    case ValueType::kGraph:
      throw_no_cast(value, type);
  }
  return {};
}

std::string text_of(const Value& value) {
  if (value.type() == ValueType::kString) return std::string(value.as_string());
  if (value.type() == ValueType::kDecimal) return value.as_decimal().to_string();
  return value.to_string();
}

}  // namespace geode::value
