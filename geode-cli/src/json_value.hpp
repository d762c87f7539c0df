#pragma once

#include "json/json_value.hpp"

namespace geode::cli {

using json::parameter_value;
using json::parameters_from_json;
using json::parse_json;
using json::value_from_json;

}  // namespace geode::cli
