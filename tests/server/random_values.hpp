#pragma once

#include <random>

#include <geode/value.hpp>

namespace geode::test {

/// A value of any type, nested at most `depth` levels; every type comes soon.
Value random_value(std::mt19937_64& random, int depth);

}  // namespace geode::test
