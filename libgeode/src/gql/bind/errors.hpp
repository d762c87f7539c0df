#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <geode/error.hpp>

namespace geode::gql {

/// 42001 with openCypher's name of the mistake.
Error syntax_error(std::string_view detail, std::string message, Position position,
                   std::string hint = {});
/// 22G03: a value that can never be of the type its place asks for.
Error argument_type_error(std::string message, Position position, std::string hint = {});

/// 42002; the hint is the nearest of `visible`, or else `otherwise`.
Error undefined_variable(std::string_view name, Position position,
                         const std::vector<std::string_view>& visible, std::string otherwise);

/// `name` between backquotes, as messages show names.
std::string quoted(std::string_view name);
/// "did you mean `x`?", or "" when no candidate is near.
std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace geode::gql
