#pragma once

#include <string>
#include <string_view>

#include <geode/value.hpp>

namespace geode::json {

/// How values that JSON does not have are written.
enum class JsonForm {
  kPlain,   ///< for readers of results: numbers are numbers, nodes are objects
  kTagged,  ///< for programs that want every type back: {"$float":"1.5"}, {"$node":{...}},
            ///< {"$map":{...}}
};

/// Appends `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
void append_json(std::string& out, const Value& value, JsonForm form);

/// Appends `"key":`, after a comma unless the object or list was just opened.
void append_json_key(std::string& out, std::string_view key);

}  // namespace geode::json
