#pragma once

#include <cstdint>

namespace geode::bench {

/// Pseudo-random numbers that are the same on every machine and with every library.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}

  std::uint32_t below(std::uint32_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::uint32_t>((state_ >> 33) % bound);
  }

  /// Below `bound`, small ones much more often: the cube of a uniform number.
  std::uint32_t skewed(std::uint32_t bound) {
    const double uniform = below(1U << 30) / static_cast<double>(1U << 30);
    return static_cast<std::uint32_t>(uniform * uniform * uniform * bound);
  }

 private:
  std::uint64_t state_;
};

}  // namespace geode::bench
