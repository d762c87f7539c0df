#pragma once

// What nearly every source file includes anyway; compiled once. Not to be included by hand.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <geode/error.hpp>
#include <geode/value.hpp>
