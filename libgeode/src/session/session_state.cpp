#include "session/session_state.hpp"

#include <algorithm>
#include <vector>

#include "gql/bind/errors.hpp"
#include "value/time_zone.hpp"

namespace geode::session {

namespace {

bool same_word(std::string_view a, std::string_view lower_case) {
  return std::equal(a.begin(), a.end(), lower_case.begin(), lower_case.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
  });
}

}  // namespace

void SessionState::leave_dropped_graph(const catalog::Catalog& present) {
  if (present.find_graph(catalog.graph) == nullptr) catalog.graph = catalog::kHomeGraph;
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

void SessionState::set_option(const gql::ast::Name& name, const Value& value) {
  if (!same_word(name.text, "sum_of_no_rows")) {
    throw Error(status::kInvalidReference, "the session has no option `" + name.text + "`",
                name.position)
        .hint("SESSION SET sum_of_no_rows = null is the one there is")
        .phase(Phase::kCompile);
  }
  const bool zero = value.type() == ValueType::kInt64 && value.as_int64() == 0;
  if (!zero && !value.is_null()) {
    throw Error(status::kInvalidValueType, "sum_of_no_rows is 0 or null, not " + value.to_string(),
                name.position);
  }
  null_sums = value.is_null();
}

void SessionState::reset(const gql::ast::SessionReset& reset) {
  using Kind = gql::ast::SessionReset::Kind;
  const SessionState home;
  switch (reset.kind) {
    case Kind::kAll:
      *this = home;
      return;
    case Kind::kSchema:
      catalog.schema = home.catalog.schema;
      return;
    case Kind::kGraph:
      catalog.graph = home.catalog.graph;
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

std::vector<std::pair<std::string, GraphReference>> graph_parameters(const Parameters& parameters) {
  std::vector<std::pair<std::string, GraphReference>> graphs;
  for (const auto& [name, value] : parameters.entries()) {
    if (value.type() == ValueType::kGraph) graphs.emplace_back(name, value.as_graph());
  }
  return graphs;
}

}  // namespace geode::session
