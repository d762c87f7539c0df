#pragma once

#include <string_view>

#include "shell/line_editor.hpp"
#include "shell/target.hpp"

namespace geode {
inline namespace v1 {}
}  // namespace geode

namespace geode::cli {

/// Words that may go on at the end of `text`: dot commands, and in a statement labels after `:`,
/// property keys after `.`, else keywords, functions and names. `in_statement`: earlier lines of it
/// were typed before.
Completions complete(std::string_view text, bool in_statement, Target& target);

}  // namespace geode::cli
