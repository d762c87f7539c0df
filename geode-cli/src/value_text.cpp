#include "value_text.hpp"

#include <fmt/core.h>

namespace geode::cli {

std::string cell_text(const Value& value, std::string_view null_text) {
  if (value.is_null()) return std::string(null_text);
  if (value.type() == ValueType::kString) return std::string(value.as_string());
  return value.to_string();
}

std::string counted(std::uint64_t count, std::string_view noun) {
  std::string out = grouped_digits(count) + ' ';
  const bool changes_y = noun.ends_with('y');
  const bool adds_e = noun.ends_with('x');
  if (count == 1) {
    out += noun;
  } else if (changes_y) {
    out += noun.substr(0, noun.size() - 1);
    out += "ies";
  } else {
    out += noun;
    out += adds_e ? "es" : "s";
  }
  return out;
}

std::string grouped_digits(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string duration_text(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.0f} us", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  if (seconds < 60) return fmt::format("{:.2f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(seconds);
  return fmt::format("{} min {} s", whole / 60, whole % 60);
}

std::string bytes_text(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double size = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (size >= 1000 && unit + 1 < std::size(kUnits)) {
    size /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, kUnits[unit]);
}

}  // namespace geode::cli
