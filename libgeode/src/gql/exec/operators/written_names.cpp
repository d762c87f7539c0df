#include "gql/exec/operators/written_names.hpp"

namespace geode::gql::exec {

namespace {

std::string name_of(const Value& value, const char* what, Position position) {
  if (value.type() == ValueType::kString && !value.as_string().empty())
    return std::string(value.as_string());
  throw Error(status::kInvalidValueType,
              std::string(what) + " is a text that is not empty, not " + value.to_string(),
              position)
      .category("TypeError", "InvalidArgumentType");
}

}  // namespace

std::vector<std::string> written_labels(const Value& value, Position position) {
  if (value.type() != ValueType::kList) return {name_of(value, "a label", position)};
  std::vector<std::string> labels;
  for (const Value& label : value.as_list()) labels.push_back(name_of(label, "a label", position));
  return labels;
}

std::string written_key(const Value& value, Position position) {
  return name_of(value, "the name of a property", position);
}

}  // namespace geode::gql::exec
