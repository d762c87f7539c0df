#pragma once

#include <string_view>

namespace geode::cli {

/// One statement that inserts the sample graph of this name ("social", "movies"), or "".
std::string_view sample_statement(std::string_view name);

}  // namespace geode::cli
