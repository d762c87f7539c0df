#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace geode::cli {

/// A bar on one line of standard error: what is done, how fast, how long it will take. Draws
/// nothing when standard error is no terminal.
class ProgressBar {
 public:
  explicit ProgressBar(bool enabled);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `done` of `total` is the length of the bar; `items` are counted for the rate ("1.2 M rows/s").
  void update(std::string_view step, std::uint64_t done, std::uint64_t total, std::uint64_t items,
              std::string_view noun);
  /// Wipes the line.
  void clear();

 private:
  const bool enabled_;
  bool drawn_ = false;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_{};
};

/// 1234567 as "1.2 M".
std::string short_count(double count);

}  // namespace geode::cli
