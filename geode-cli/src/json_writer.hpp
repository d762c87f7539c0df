#pragma once

#include "json/json_writer.hpp"

namespace geode::cli {

using json::append_json;
using json::append_json_key;
using json::append_json_string;
using json::JsonForm;

}  // namespace geode::cli
