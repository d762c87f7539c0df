#include "session/session_state.hpp"

#include <algorithm>
#include <array>

#include "gql/bind/errors.hpp"
#include "value/time_zone.hpp"

namespace geode::session {

namespace {

bool same_word(std::string_view a, std::string_view upper_case) {
  return std::equal(a.begin(), a.end(), upper_case.begin(), upper_case.end(), [](char x, char y) {
    return (x >= 'a' && x <= 'z' ? static_cast<char>(x - 'a' + 'A') : x) == y;
  });
}

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view known) { return same_word(word, known); });
}

constexpr std::array<std::string_view, 4> kSchemas = {"/", ".", "CURRENT_SCHEMA", "HOME_SCHEMA"};
constexpr std::array<std::string_view, 4> kGraphs = {"CURRENT_GRAPH", "CURRENT_PROPERTY_GRAPH",
                                                     "HOME_GRAPH", "HOME_PROPERTY_GRAPH"};

}  // namespace

void SessionState::set_schema(const gql::ast::Name& reference) {
  if (is_one_of(reference.text, kSchemas)) return;
  throw Error(status::kInvalidReference, "there is no schema `" + reference.text + "`",
              reference.position)
      .hint("the database has one schema, `/`")
      .category("SyntaxError", "UnknownSchema")
      .phase(Phase::kCompile);
}

void SessionState::set_graph(const gql::ast::Name& reference) {
  if (is_one_of(reference.text, kGraphs) || reference.text == "home" || reference.text == "/home")
    return;
  throw Error(status::kInvalidReference, "there is no graph `" + reference.text + "`",
              reference.position)
      .hint("SHOW GRAPHS lists them")
      .category("SyntaxError", "UnknownGraph")
      .phase(Phase::kCompile);
}

void SessionState::set_time_zone(const Value& zone) {
  if (zone.type() != ValueType::kString) {
    throw Error(status::kInvalidTimeZone, "a time zone is a text, not " + zone.to_string())
        .hint("write '+02:00', or a name such as 'Europe/Berlin'");
  }
  try {
    value::parse_time_zone(zone.as_string());
  } catch (const Error&) {
    throw Error(status::kInvalidTimeZone, zone.to_string() + " is no time zone")
        .hint("write '+02:00', or a name such as 'Europe/Berlin'");
  }
  time_zone = zone.as_string();
}

void SessionState::reset(const gql::ast::SessionReset& reset) {
  using Kind = gql::ast::SessionReset::Kind;
  const SessionState home;
  switch (reset.kind) {
    case Kind::kAll:
      *this = home;
      return;
    case Kind::kSchema:
      schema = home.schema;
      return;
    case Kind::kGraph:
      graph = home.graph;
      return;
    case Kind::kTimeZone:
      time_zone = home.time_zone;
      return;
    case Kind::kParameters:
      parameters = {};
      return;
    case Kind::kParameter:
      break;
  }
  std::vector<Parameters::Entry> kept;
  std::vector<std::string_view> names;
  for (const Parameters::Entry& entry : parameters.entries()) {
    names.push_back(entry.first);
    if (entry.first != reset.name.text) kept.push_back(entry);
  }
  if (kept.size() == parameters.entries().size()) {
    throw Error(status::kInvalidReference,
                "the session has no parameter `$" + reset.name.text + "`", reset.name.position)
        .hint(gql::did_you_mean(reset.name.text, names))
        .phase(Phase::kCompile);
  }
  parameters = Parameters(std::move(kept));
}

Parameters SessionState::with(const Parameters& given) const {
  Parameters all = parameters;
  for (const Parameters::Entry& entry : given.entries()) all.set(entry.first, entry.second);
  return all;
}

}  // namespace geode::session
