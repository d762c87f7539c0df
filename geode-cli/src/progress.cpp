#include "progress.hpp"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

#include <fmt/core.h>

#include "terminal.hpp"
#include "text_width.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {
constexpr std::size_t kBarWidth = 24;
constexpr std::chrono::milliseconds kBetweenDrawings{100};
}  // namespace

ProgressBar::ProgressBar(bool enabled)
    : enabled_(enabled && is_terminal(STDERR_FILENO)), start_(std::chrono::steady_clock::now()) {}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::update(std::string_view step, std::uint64_t done, std::uint64_t total,
                         std::uint64_t items, std::string_view noun) {
  if (!enabled_) return;
  const auto now = std::chrono::steady_clock::now();
  if (drawn_ && now - last_ < kBetweenDrawings) return;
  last_ = now;
  drawn_ = true;

  const double part =
      total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(part * kBarWidth);
  std::string bar;
  for (std::size_t i = 0; i < kBarWidth; ++i) bar += i < filled ? "━" : "─";

  const double seconds = std::chrono::duration<double>(now - start_).count();
  std::string line =
      fmt::format("{} {} {:3.0f}%  {} {}", step, bar, part * 100, grouped_digits(items), noun);
  if (seconds > 0.5) {
    line += fmt::format("  {}/s", short_count(static_cast<double>(items) / seconds));
    if (part > 0.01 && part < 1)
      line += "  ETA " + duration_text(std::max(1.0, seconds / part - seconds));
  }
  const std::size_t columns = terminal_size(STDERR_FILENO).columns;
  line = "\r" + fit_to_width(line, columns > 1 ? columns - 1 : columns) + "\x1b[K";
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

void ProgressBar::clear() {
  if (!drawn_) return;
  drawn_ = false;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

std::string short_count(double count) {
  if (count < 1e3) return fmt::format("{:.0f}", count);
  if (count < 1e6) return fmt::format("{:.1f} k", count / 1e3);
  return fmt::format("{:.1f} M", count / 1e6);
}

}  // namespace geode::cli
