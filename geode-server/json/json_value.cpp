#include "json/json_value.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

#include <nlohmann/json.hpp>

#include <geode/error.hpp>

namespace geode::json {

namespace {

using Json = nlohmann::ordered_json;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The code unit of an escape `\uXXXX` that begins at `at`, or -1.
int escaped_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool is_high_surrogate(int unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(int unit) { return unit >= 0xDC00 && unit < 0xE000; }

std::string without_lone_surrogates(std::string_view text) {
  std::string out(text);
  for (std::size_t i = out.find('\\'); i < out.size(); i = out.find('\\', i)) {
    const int unit = escaped_unit(out, i);
    if (unit < 0) {
      i += 2;  // `\\`, `\n`, ...
    } else if (is_high_surrogate(unit) && is_low_surrogate(escaped_unit(out, i + 6))) {
      i += 12;
    } else {
      if (is_high_surrogate(unit) || is_low_surrogate(unit)) out.replace(i, 6, "\\uFFFD");
      i += 6;
    }
  }
  return out;
}

double float_from_tag(const Json& json) {
  if (json.is_number()) return json.get<double>();
  const std::string text = json.is_string() ? json.get<std::string>() : "";
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Inf" || text == "Infinity" || text == "+Inf") {
    return std::numeric_limits<double>::infinity();
  }
  if (text == "-Inf" || text == "-Infinity") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) {
    throw Error(status::kInvalidArgument, "\"$float\" holds no number: " + json.dump());
  }
  return value;
}

/// The function that reads a temporal text, told by its shape; "" when it has none of theirs.
std::string_view temporal_function(std::string_view text) {
  const auto digits = [](std::string_view part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (text.size() < 2) return "";
  std::string_view rest = text;
  if (rest.front() == '-' || rest.front() == '+') rest.remove_prefix(1);
  if (rest.front() == 'P' && rest.find_first_of("YMWDTHS", 1) != std::string_view::npos) {
    return "duration";
  }
  const std::size_t t = rest.find('T');
  const bool dated =
      rest.size() >= 8 && digits(rest.substr(0, 4)) && rest[4] == '-' && digits(rest.substr(5, 2));
  if (dated && t == std::string_view::npos) return rest.size() == 10 ? "date" : "";
  const std::string_view time = dated ? rest.substr(t + 1) : rest;
  if (time.size() < 5 || !digits(time.substr(0, 2)) || time[2] != ':') return "";
  const bool zoned = time.find_first_of("Z+-[") != std::string_view::npos;
  if (dated) return zoned ? "datetime" : "localdatetime";
  return zoned ? "time" : "localtime";
}

Value value_from_text(const std::string& text, Database& database) {
  const std::string_view function = temporal_function(text);
  if (function.empty()) {
    const auto decimal = Decimal::parse(text);
    return decimal ? Value(*decimal) : Value(text);
  }
  try {
    return database
        .execute("RETURN " + std::string(function) + "($text) AS value", {{"text", text}})
        .single();
  } catch (const Error&) {
    return text;  // It only looked like one.
  }
}

Record record_from_json(const Json& json, Database& database) {
  if (!json.is_object()) throw Error(status::kInvalidArgument, "\"$map\" needs an object");
  Record record;
  record.reserve(json.size());
  for (const auto& [name, item] : json.items()) {
    record.emplace_back(name, value_from_json(item, database));
  }
  return record;
}

Value value_from_object(const Json& json, Database& database) {
  if (json.size() == 1) {
    const std::string& tag = json.begin().key();
    const Json& content = json.begin().value();
    if (tag == "$float") return float_from_tag(content);
    if (tag == "$text" && content.is_string()) {
      return value_from_text(content.get<std::string>(), database);
    }
    if (tag == "$graph" && content.is_string()) {
      return GraphReference{.path = content.get<std::string>()};
    }
    if (tag == "$map") return record_from_json(content, database);
    if (tag == "$node" || tag == "$rel" || tag == "$path") {
      throw Error(status::kInvalidArgument, "a parameter cannot be a node, an edge or a path")
          .hint("pass its id or a key property and match it in the statement");
    }
  }
  return record_from_json(json, database);
}

}  // namespace

Json parse_json(std::string_view text) {
  const auto check_depth = [](int depth, Json::parse_event_t, Json&) {
    if (depth > kDeepestJson) {
      throw Error(status::kLimitExceeded,
                  "JSON is nested more than " + std::to_string(kDeepestJson) + " deep");
    }
    return true;
  };
  try {
    return Json::parse(without_lone_surrogates(text), check_depth);
  } catch (const Json::exception& e) {
    std::string message = e.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    if (const std::size_t end = message.find("] "); end != std::string::npos) {
      message.erase(0, end + 2);
    }
    throw Error(status::kInvalidArgument, "not JSON: " + message);
  }
}

Value value_from_json(const Json& json, Database& database) {
  switch (json.type()) {
    case Json::value_t::null:
    case Json::value_t::discarded:
      return {};
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_integer:
      return static_cast<long long>(json.get<std::int64_t>());
    case Json::value_t::number_unsigned: {
      const auto number = json.get<std::uint64_t>();
      if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw Error(status::kNumberOutOfRange, json.dump() + " is greater than any INT64");
      }
      return static_cast<long long>(number);
    }
    case Json::value_t::number_float:
      return json.get<double>();
    case Json::value_t::string:
      return json.get_ref<const std::string&>();
    case Json::value_t::binary:
      break;
    case Json::value_t::array: {
      List list;
      list.reserve(json.size());
      for (const Json& item : json) list.push_back(value_from_json(item, database));
      return list;
    }
    case Json::value_t::object:
      return value_from_object(json, database);
  }
  throw Error(status::kInvalidArgument, "no value can be made of this JSON");
}

Parameters parameters_from_json(const Json& json, Database& database) {
  if (json.is_null()) return {};
  if (!json.is_object()) {
    throw Error(status::kInvalidArgument, "\"params\" must be an object of names and values");
  }
  return Parameters(record_from_json(json, database));
}

Value parameter_value(std::string_view text, Database& database) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return text;
  return value_from_json(json, database);
}

}  // namespace geode::json
