#include "gql/bind/errors.hpp"

#include <utility>

#include "base/nearest_name.hpp"

namespace geode::gql {

Error syntax_error(std::string_view detail, std::string message, Position position,
                   std::string hint) {
  return Error(status::kSyntaxError, std::move(message), position)
      .category("SyntaxError", detail)
      .hint(std::move(hint))
      .phase(Phase::kCompile);
}

Error argument_type_error(std::string message, Position position, std::string hint) {
  return Error(status::kInvalidValueType, std::move(message), position)
      .category("SyntaxError", "InvalidArgumentType")
      .hint(std::move(hint))
      .phase(Phase::kCompile);
}

Error undefined_variable(std::string_view name, Position position,
                         const std::vector<std::string_view>& visible, std::string otherwise) {
  std::string hint = did_you_mean(name, visible);
  if (hint.empty()) hint = std::move(otherwise);
  return Error(status::kInvalidReference, "variable " + quoted(name) + " is not defined here",
               position)
      .category("SyntaxError", "UndefinedVariable")
      .hint(std::move(hint))
      .phase(Phase::kCompile);
}

std::string quoted(std::string_view name) {
  std::string result;
  result.reserve(name.size() + 2);
  result += '`';
  result += name;
  result += '`';
  return result;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates) {
  const std::string_view best = base::nearest_name(name, candidates);
  return best.empty() ? std::string() : "did you mean " + quoted(best) + "?";
}

}  // namespace geode::gql
