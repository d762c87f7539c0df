#pragma once

#include <string_view>

namespace geode::gql {

/// Whether `pattern`, in the syntax of RE2, matches the whole of `text`: the operator `=~`.
/// A few compiled patterns are kept a thread. Throws Error 22X01 for a pattern that is none.
bool regex_matches(std::string_view text, std::string_view pattern);

}  // namespace geode::gql
