#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace geode {
inline namespace v1 {

class Database;

/// How long the commits of a process took to write and to flush what they changed.
struct FlushFigures {
  /// Bounds between durations that are counted apart.
  static constexpr std::array<std::chrono::microseconds, 14> kBounds{
      std::chrono::microseconds{100},       std::chrono::microseconds{250},
      std::chrono::microseconds{500},       std::chrono::microseconds{1'000},
      std::chrono::microseconds{2'500},     std::chrono::microseconds{5'000},
      std::chrono::microseconds{10'000},    std::chrono::microseconds{25'000},
      std::chrono::microseconds{50'000},    std::chrono::microseconds{100'000},
      std::chrono::microseconds{250'000},   std::chrono::microseconds{500'000},
      std::chrono::microseconds{1'000'000}, std::chrono::microseconds{10'000'000}};

  /// Flushes that took up to each bound and more than the one before; the last: longer.
  std::array<std::uint64_t, kBounds.size() + 1> counts{};
  std::chrono::nanoseconds time{0};  ///< of all of them
};

/// What an open database does, for those who watch it.
struct StorageFigures {
  FlushFigures flushes;               ///< since it was opened first, by this process
  std::uint64_t statement_bytes = 0;  ///< that statements which run hold in memory
};

/// Costs little: it looks into no file. Throws nothing but Error 53X01.
StorageFigures storage_figures(const Database& database);

}  // namespace v1
}  // namespace geode
