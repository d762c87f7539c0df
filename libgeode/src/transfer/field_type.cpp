#include "transfer/field_type.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <geode/error.hpp>
#include "value/cast.hpp"
#include "value/temporal.hpp"

namespace geode::transfer {
namespace {

constexpr std::uint8_t bit(FieldType type) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(type));
}
// Types that are found out. Times of day with a zone, and durations, must be asked for.
constexpr std::uint8_t kNumbers = bit(FieldType::kInteger) | bit(FieldType::kFloat);

constexpr std::array<std::pair<std::string_view, FieldType>, 30> kNames{{
    {"INTEGER", FieldType::kInteger},
    {"INT", FieldType::kInteger},
    {"INT64", FieldType::kInteger},
    {"BIGINT", FieldType::kInteger},
    {"LONG", FieldType::kInteger},
    {"FLOAT", FieldType::kFloat},
    {"FLOAT64", FieldType::kFloat},
    {"DOUBLE", FieldType::kFloat},
    {"REAL", FieldType::kFloat},
    {"BOOLEAN", FieldType::kBoolean},
    {"BOOL", FieldType::kBoolean},
    {"DATE", FieldType::kDate},
    {"LOCAL TIME", FieldType::kLocalTime},
    {"LOCALTIME", FieldType::kLocalTime},
    {"TIME", FieldType::kLocalTime},
    {"ZONED TIME", FieldType::kZonedTime},
    {"ZONEDTIME", FieldType::kZonedTime},
    {"LOCAL DATETIME", FieldType::kLocalDateTime},
    {"LOCALDATETIME", FieldType::kLocalDateTime},
    {"TIMESTAMP", FieldType::kLocalDateTime},
    {"DATETIME", FieldType::kZonedDateTime},
    {"ZONED DATETIME", FieldType::kZonedDateTime},
    {"ZONEDDATETIME", FieldType::kZonedDateTime},
    {"DURATION", FieldType::kDuration},
    {"DECIMAL", FieldType::kDecimal},
    {"NUMERIC", FieldType::kDecimal},
    {"DEC", FieldType::kDecimal},
    {"STRING", FieldType::kString},
    {"VARCHAR", FieldType::kString},
    {"TEXT", FieldType::kString},
}};

bool digit(char c) { return c >= '0' && c <= '9'; }

/// Whether text[at..] begins with `pattern`, in which 0 stands for a digit.
bool matches(std::string_view text, std::size_t at, std::string_view pattern) {
  if (text.size() < at + pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = text[at + i];
    if (pattern[i] == '0' ? !digit(c) : c != pattern[i]) return false;
  }
  return true;
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && digit(text[at])) ++at;
  return at;
}

/// Digits, a point and an exponent as JSON has them; a number may also begin with its point.
bool looks_like_float(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = at;
  at = skip_digits(text, at);
  if (at > whole + 1 && text[whole] == '0') return false;
  std::size_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    const std::size_t begin = at + 1;
    at = skip_digits(text, begin);
    fraction = at - begin;
    if (fraction == 0) return false;
  }
  if (at == whole) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t begin = at;
    at = skip_digits(text, at);
    if (at == begin) return false;
  } else if (fraction == 0) {
    return false;  // an integer too large for one, or -0
  }
  return at == text.size();
}

std::optional<double> parse_double(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<bool> parse_bool(std::string_view text) {
  const auto is = [&](std::string_view word) {
    return text.size() == word.size() &&
           std::equal(text.begin(), text.end(), word.begin(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
  };
  if (is("true")) return true;
  if (is("false")) return false;
  return std::nullopt;
}

enum class Moment : std::uint8_t { kNone, kDate, kLocalTime, kLocalDateTime, kZonedDateTime };

/// What a text has the form of; whether it is one (a 30th of February) is for the parser to say.
Moment moment_form(std::string_view text) {
  if (matches(text, 0, "0000-00-00")) {
    if (text.size() == 10) return Moment::kDate;
    if ((text[10] != 'T' && text[10] != ' ') || !matches(text, 11, "00:00")) return Moment::kNone;
    const std::string_view rest = text.substr(16);
    return rest.find_first_of("Z+-[") == std::string_view::npos ? Moment::kLocalDateTime
                                                                : Moment::kZonedDateTime;
  }
  return matches(text, 0, "00:00:00") ? Moment::kLocalTime : Moment::kNone;
}

/// Between day and time of day other programs write a space.
std::string with_t(std::string_view text) {
  std::string out(text);
  if (out.size() > 10 && out[10] == ' ') out[10] = 'T';
  return out;
}

std::optional<Value> parse_moment(FieldType type, std::string_view text) {
  try {
    switch (type) {
      case FieldType::kDate:
        return Value(value::parse_date(text));
      case FieldType::kLocalTime:
        return Value(value::parse_local_time(text));
      case FieldType::kZonedTime:
        return Value(value::parse_zoned_time(text));
      case FieldType::kLocalDateTime:
        return Value(value::parse_local_datetime(with_t(text)));
      case FieldType::kZonedDateTime:
        return Value(value::parse_zoned_datetime(with_t(text)));
      case FieldType::kDuration:
        return Value(value::parse_duration(text));
      case FieldType::kInteger:
      case FieldType::kFloat:
      case FieldType::kBoolean:
      case FieldType::kDecimal:
      case FieldType::kString:
      case FieldType::kAny:
        break;
    }
  } catch (const Error&) {
    // The text is none: absence is the answer.
  }
  return std::nullopt;
}

template <class T>
void store(value::Vector& out, std::uint32_t row, T value) {
  out.mutable_data<T>()[row] = value;
  if (out.may_have_nulls()) out.mutable_null_bytes()[row] = 0;
}

void store_any(value::Vector& out, std::uint32_t row, Value value) {
  out.mutable_data<Value>()[row] = std::move(value);
  if (out.may_have_nulls()) out.mutable_null_bytes()[row] = 0;
}

}  // namespace

std::string_view field_type_name(FieldType type) {
  switch (type) {
    case FieldType::kInteger:
      return "INTEGER";
    case FieldType::kFloat:
      return "FLOAT";
    case FieldType::kBoolean:
      return "BOOLEAN";
    case FieldType::kDate:
      return "DATE";
    case FieldType::kLocalTime:
      return "LOCAL TIME";
    case FieldType::kZonedTime:
      return "ZONED TIME";
    case FieldType::kLocalDateTime:
      return "LOCAL DATETIME";
    case FieldType::kZonedDateTime:
      return "ZONED DATETIME";
    case FieldType::kDuration:
      return "DURATION";
    case FieldType::kDecimal:
      return "DECIMAL";
    case FieldType::kString:
      return "STRING";
    case FieldType::kAny:
      return "ANY";
  }
  return "";
}

FieldType field_type_from_name(std::string_view name) {
  std::string upper;
  for (const char c : name) {
    upper.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c == '_' ? ' ' : c);
  }
  for (const auto& [known, type] : kNames) {
    if (known == upper) return type;
  }
  throw Error(status::kInvalidArgument, "there is no type " + std::string(name) + " for columns")
      .hint(
          "INTEGER, FLOAT, BOOLEAN, STRING, DATE, LOCAL TIME, ZONED TIME, LOCAL DATETIME, "
          "ZONED DATETIME, DURATION or DECIMAL");
}

value::Physical physical_of(FieldType type) {
  switch (type) {
    case FieldType::kInteger:
      return value::Physical::kInt64;
    case FieldType::kFloat:
      return value::Physical::kFloat64;
    case FieldType::kBoolean:
      return value::Physical::kBool;
    case FieldType::kString:
      return value::Physical::kString;
    case FieldType::kDate:
    case FieldType::kLocalTime:
    case FieldType::kZonedTime:
    case FieldType::kLocalDateTime:
    case FieldType::kZonedDateTime:
    case FieldType::kDuration:
    case FieldType::kDecimal:
    case FieldType::kAny:
      return value::Physical::kAny;
  }
  return value::Physical::kAny;
}

std::optional<std::int64_t> parse_plain_integer(std::string_view text) {
  if (const auto number = parse_short_integer(text)) return *number;
  const bool negative = text.starts_with('-');
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.size() > 19) return std::nullopt;
  if (digits[0] == '0' && (digits.size() > 1 || negative)) return std::nullopt;
  if (digits.size() < 19) {
    std::int64_t out = 0;
    for (const char c : digits) {
      if (!digit(c)) return std::nullopt;
      out = out * 10 + (c - '0');
    }
    return negative ? -out : out;
  }
  return digit(digits[0]) ? parse_integer(text) : std::nullopt;
}

void TypeGuess::narrow(std::string_view text) {
  std::uint8_t fits = 0;
  if ((possible_ & kNumbers) != 0 && !text.empty()) {
    if (parse_plain_integer(text)) {
      fits |= kNumbers;
    } else if (looks_like_float(text) && parse_double(text)) {
      fits |= bit(FieldType::kFloat);
    }
  }
  if ((possible_ & bit(FieldType::kBoolean)) != 0 && parse_bool(text)) {
    fits |= bit(FieldType::kBoolean);
  }
  const auto try_moment = [&](FieldType type) {
    if ((possible_ & bit(type)) != 0 && parse_moment(type, text)) fits |= bit(type);
  };
  switch (moment_form(text)) {
    case Moment::kNone:
      break;
    case Moment::kDate:
      try_moment(FieldType::kDate);
      break;
    case Moment::kLocalTime:
      try_moment(FieldType::kLocalTime);
      break;
    case Moment::kLocalDateTime:
      try_moment(FieldType::kLocalDateTime);
      break;
    case Moment::kZonedDateTime:
      try_moment(FieldType::kZonedDateTime);
      break;
  }
  possible_ &= fits;
}

FieldType TypeGuess::type() const {
  if (!seen_) return FieldType::kString;
  for (const FieldType type :
       {FieldType::kInteger, FieldType::kFloat, FieldType::kBoolean, FieldType::kDate,
        FieldType::kLocalTime, FieldType::kLocalDateTime, FieldType::kZonedDateTime}) {
    if ((possible_ & bit(type)) != 0) return type;
  }
  return FieldType::kString;
}

std::optional<Value> convert_text(FieldType type, std::string_view text) {
  switch (type) {
    case FieldType::kInteger: {
      const auto parsed = parse_integer(text);
      return parsed ? std::optional<Value>(*parsed) : std::nullopt;
    }
    case FieldType::kFloat: {
      const auto parsed = parse_double(text);
      return parsed ? std::optional<Value>(*parsed) : std::nullopt;
    }
    case FieldType::kBoolean: {
      const auto parsed = parse_bool(text);
      return parsed ? std::optional<Value>(*parsed) : std::nullopt;
    }
    case FieldType::kDecimal: {
      const auto parsed = Decimal::parse(text);
      return parsed ? std::optional<Value>(*parsed) : std::nullopt;
    }
    case FieldType::kString:
    case FieldType::kAny:
      return Value(text);
    case FieldType::kDate:
    case FieldType::kLocalTime:
    case FieldType::kZonedTime:
    case FieldType::kLocalDateTime:
    case FieldType::kZonedDateTime:
    case FieldType::kDuration:
      break;
  }
  return parse_moment(type, text);
}

bool store_text(FieldType type, std::string_view text, value::Vector& out, std::uint32_t row) {
  switch (type) {
    case FieldType::kInteger: {
      const auto parsed = parse_integer(text);
      if (parsed) store(out, row, *parsed);
      return parsed.has_value();
    }
    case FieldType::kFloat: {
      const auto parsed = parse_double(text);
      if (parsed) store(out, row, *parsed);
      return parsed.has_value();
    }
    case FieldType::kBoolean: {
      const auto parsed = parse_bool(text);
      if (parsed) store(out, row, static_cast<std::uint8_t>(*parsed ? 1 : 0));
      return parsed.has_value();
    }
    case FieldType::kString:
      store(out, row, out.arena().store(text));
      return true;
    case FieldType::kDate:
    case FieldType::kLocalTime:
    case FieldType::kZonedTime:
    case FieldType::kLocalDateTime:
    case FieldType::kZonedDateTime:
    case FieldType::kDuration:
    case FieldType::kDecimal:
    case FieldType::kAny:
      break;
  }
  std::optional<Value> value = convert_text(type, text);
  if (!value) return false;
  store_any(out, row, std::move(*value));
  return true;
}

void store_null(value::Vector& out, std::uint32_t row) {
  if (out.physical() == value::Physical::kAny) out.mutable_data<Value>()[row] = Value();
  out.set_null(row);
}

bool store_value(FieldType type, const Value& value, value::Vector& out, std::uint32_t row) {
  if (value.is_null()) {
    store_null(out, row);
    return true;
  }
  if (type == FieldType::kAny) {
    store_any(out, row, value);
    return true;
  }
  if (value.type() == ValueType::kString) return store_text(type, value.as_string(), out, row);
  if (type == FieldType::kInteger && value.type() == ValueType::kInt64) {
    store(out, row, value.unchecked_int64());
  } else if (type == FieldType::kFloat && value.is_number()) {
    store(out, row, value.as_number());
  } else if (type == FieldType::kDecimal && value.is_number()) {
    Value number = value::to_decimal(value);
    if (number.is_null()) return false;
    store_any(out, row, std::move(number));
  } else if (type == FieldType::kBoolean && value.type() == ValueType::kBool) {
    store(out, row, static_cast<std::uint8_t>(value.as_bool() ? 1 : 0));
  } else if (type == FieldType::kString &&
             (value.is_number() || value.type() == ValueType::kBool)) {
    store(out, row, out.arena().store(value::text_of(value)));
  } else {
    return false;
  }
  return true;
}

}  // namespace geode::transfer
