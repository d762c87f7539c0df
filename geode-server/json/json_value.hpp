#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include <geode/database.hpp>

namespace geode::json {

/// How deep lists and objects of JSON may be nested.
inline constexpr int kDeepestJson = 1000;

/// Parses JSON text. An escaped half of a surrogate pair is read as U+FFFD, as some programs write
/// it. Throws Error 22023 when it is not JSON, and 54X01 when it is nested too deep.
nlohmann::ordered_json parse_json(std::string_view text);

/// A value from plain JSON or from the tagged form of JsonForm::kTagged. `{"$text":..}` gives the
/// temporal value that is written so, or else the string; `database` reads it, as the language
/// does.
Value value_from_json(const nlohmann::ordered_json& json, Database& database);

/// Parameters from a JSON object; none from null.
Parameters parameters_from_json(const nlohmann::ordered_json& json, Database& database);

/// The value of `--param name=TEXT`: JSON when it reads as such, else the text itself.
Value parameter_value(std::string_view text, Database& database);

}  // namespace geode::json
