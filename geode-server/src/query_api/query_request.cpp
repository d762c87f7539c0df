#include "query_api/query_request.hpp"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/units.hpp"
#include "json/json_value.hpp"
#include "protocol/framing.hpp"

namespace geode::server {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kPath = "/v1/query";

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

[[noreturn]] void refuse(unsigned http_status, std::string message, std::string hint) {
  throw HttpProblem{http_status,
                    Error(protocol::kProtocolViolation, std::move(message)).hint(std::move(hint))};
}

[[noreturn]] void refuse_authorization() {
  throw HttpProblem{401, Error(status::kNotAuthenticated, "the Authorization field cannot be read")
                             .hint("Authorization: Basic, and base64 of user:password")};
}

/// Strict: a wrong letter, or bits that are left over, is no base64.
std::optional<std::string> decode_base64(std::string_view text) {
  static constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::size_t value = kLetters.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xff);
  }
  if ((bits & ((1u << held) - 1)) != 0) return std::nullopt;
  return out;
}

class Members {
 public:
  explicit Members(const Json& object) : object_(object) {}

  /// Null when there is none, or it is null.
  const Json* find(const char* name, bool (Json::*is_right)() const noexcept,
                   const char* expected) const {
    const auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return nullptr;
    if (!((*found).*is_right)()) wrong(name, *found, expected);
    return &*found;
  }

  [[noreturn]] static void wrong(const char* name, const Json& value, const std::string& expected) {
    constexpr std::size_t kLongest = 60;
    std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
    throw Error(status::kInvalidArgument,
                "`" + std::string(name) + "` is " + text + ", and should be " + expected);
  }

  void refuse_others(const std::vector<std::string>& known) const {
    for (const auto& [name, value] : object_.items()) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      Error error(status::kInvalidArgument, "a query has no member `" + name + "`");
      const std::string nearest = nearest_name(name, known);
      if (nearest.empty()) throw error;
      throw std::move(error).hint("did you mean `" + nearest + "`?");
    }
  }

 private:
  const Json& object_;
};

}  // namespace

void check_request(const HttpRequest& request) {
  if (request.path != kPath) {
    refuse(404, "there is no " + request.path, "statements are sent to POST " + std::string(kPath));
  }
  if (request.method != "POST") {
    refuse(405, std::string(kPath) + " takes POST, and not " + request.method,
           "send the statement in a JSON object as the body of a POST");
  }
  // A page of another site can make a browser send other types without asking first.
  const std::string_view type = request.content_type;
  const std::string_view media_type = trimmed(type.substr(0, type.find(';')));
  if (!equal_ignoring_case(media_type, "application/json")) {
    refuse(415, "the body of a query is application/json",
           "send the field Content-Type: application/json");
  }
}

Credentials read_authorization(std::string_view field) {
  if (field.empty()) return {};
  const std::size_t blank = field.find(' ');
  if (blank == std::string_view::npos || !equal_ignoring_case(field.substr(0, blank), "Basic"))
    refuse_authorization();
  const std::optional<std::string> text = decode_base64(trimmed(field.substr(blank)));
  const std::size_t colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) refuse_authorization();
  return {text->substr(0, colon), text->substr(colon + 1)};
}

QueryRequest read_query(std::string_view body) {
  const Json json = json::parse_json(body);
  if (!json.is_object()) {
    throw Error(status::kInvalidArgument, "the body of a query is a JSON object")
        .hint(R"({"statement": "MATCH (p:Person) RETURN p.name"})");
  }
  const Members members(json);
  members.refuse_others(
      {"statement", "parameters", "graph", "timeout", "read_only", "max_rows", "values"});
  QueryRequest query;
  const Json* statement = members.find("statement", &Json::is_string, "text");
  if (statement == nullptr) throw Error(status::kInvalidArgument, "a query needs a `statement`");
  query.statement = statement->get<std::string>();
  if (const Json* graph = members.find("graph", &Json::is_string, "the name of a graph"))
    query.graph = graph->get<std::string>();
  if (const Json* read_only = members.find("read_only", &Json::is_boolean, "true or false"))
    query.read_only = read_only->get<bool>();
  if (const Json* rows = members.find("max_rows", &Json::is_number_unsigned, "a whole number")) {
    query.max_rows = rows->get<std::uint64_t>();
    if (query.max_rows == 0) Members::wrong("max_rows", *rows, "1 at least");
  }
  constexpr const char* kDuration = "a duration such as \"30s\"";
  if (const Json* timeout = members.find("timeout", &Json::is_string, kDuration)) {
    try {
      query.timeout =
          std::chrono::ceil<std::chrono::milliseconds>(parse_duration(timeout->get<std::string>()));
    } catch (const Error&) {
      Members::wrong("timeout", *timeout, kDuration);
    }
  }
  if (const Json* values = members.find("values", &Json::is_string, "plain or tagged")) {
    if (*values != "plain" && *values != "tagged")
      Members::wrong("values", *values, "plain or tagged");
    if (*values == "tagged") query.form = json::JsonForm::kTagged;
  }
  if (const Json* parameters = members.find("parameters", &Json::is_object, "an object"))
    query.parameters = std::make_shared<const Json>(*parameters);
  return query;
}

Parameters read_parameters(const QueryRequest& query, Database& database) {
  return query.parameters ? json::parameters_from_json(*query.parameters, database) : Parameters();
}

}  // namespace geode::server
