#pragma once

#include <cstdint>
#include <random>

#include <geode/value.hpp>

namespace geode::test {

/// Random values of every type, small enough that equal and nearly equal pairs turn up often.
class RandomValues {
 public:
  explicit RandomValues(std::uint32_t seed) : engine_(seed) {}

  Value next(int depth = 2);

 private:
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  double number();
  Value path();

  std::mt19937 engine_;
};

}  // namespace geode::test
