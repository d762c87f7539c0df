#include "gql/function/rounding.hpp"

#include <charconv>
#include <cmath>
#include <string>

namespace geode::gql {

namespace {

/// 0.d1d2d3... times 10^point, without a sign.
struct Decimal {
  std::string digits;
  std::int64_t point = 0;
};

/// Reads "d.ddde+XX", as std::to_chars writes it.
Decimal read_scientific(std::string_view text) {
  Decimal decimal;
  const std::size_t exponent_at = text.find('e');
  for (const char c : text.substr(0, exponent_at)) {
    if (c != '.') decimal.digits += c;
  }
  std::string_view exponent = text.substr(exponent_at + 1);
  if (exponent.front() == '+') exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), decimal.point);
  decimal.point += 1;
  return decimal;
}

/// Whether the magnitude grows when everything from digits[keep] on is cut off.
bool rounds_away(const Decimal& decimal, std::size_t keep, bool negative, RoundingMode mode) {
  const std::string_view rest = std::string_view(decimal.digits).substr(keep);
  if (rest.find_first_not_of('0') == std::string_view::npos) return false;
  const bool half =
      rest[0] == '5' && rest.substr(1).find_first_not_of('0') == std::string_view::npos;
  const bool more = rest[0] >= '5' && !half;
  switch (mode) {
    case RoundingMode::kUp:
      return true;
    case RoundingMode::kDown:
      return false;
    case RoundingMode::kCeiling:
      return !negative;
    case RoundingMode::kFloor:
      return negative;
    case RoundingMode::kHalfUp:
      return more || half;
    case RoundingMode::kHalfDown:
      return more;
    case RoundingMode::kHalfEven: {
      const bool odd = keep > 0 && (decimal.digits[keep - 1] - '0') % 2 == 1;
      return more || (half && odd);
    }
  }
  return false;
}

/// Rounds in place to `places` digits after the point; what is left may have no digits: zero.
void round_digits(Decimal& decimal, std::int64_t places, bool negative, RoundingMode mode) {
  const std::int64_t wanted = decimal.point + places;
  if (wanted >= static_cast<std::int64_t>(decimal.digits.size())) return;
  if (wanted < 0) {
    // Every digit stands at least one place below the last that is kept.
    const bool some = decimal.digits.find_first_not_of('0') != std::string::npos;
    const bool away =
        some && (mode == RoundingMode::kUp || (mode == RoundingMode::kCeiling && !negative) ||
                 (mode == RoundingMode::kFloor && negative));
    decimal.digits = away ? "1" : "";
    decimal.point = 1 - places;
    return;
  }
  const auto keep = static_cast<std::size_t>(wanted);
  const bool away = rounds_away(decimal, keep, negative, mode);
  decimal.digits.resize(keep);
  if (!away) return;
  for (std::size_t i = keep; i > 0; --i) {
    char& digit = decimal.digits[i - 1];
    if (digit != '9') {
      ++digit;
      return;
    }
    digit = '0';
  }
  decimal.digits.insert(decimal.digits.begin(), '1');
  decimal.point += 1;
}

}  // namespace

std::optional<RoundingMode> find_rounding_mode(std::string_view name) {
  static constexpr std::pair<std::string_view, RoundingMode> kModes[] = {
      {"UP", RoundingMode::kUp},
      {"DOWN", RoundingMode::kDown},
      {"CEILING", RoundingMode::kCeiling},
      {"FLOOR", RoundingMode::kFloor},
      {"HALF_UP", RoundingMode::kHalfUp},
      {"HALF_DOWN", RoundingMode::kHalfDown},
      {"HALF_EVEN", RoundingMode::kHalfEven}};
  std::string upper(name);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  for (const auto& [known, mode] : kModes) {
    if (known == upper) return mode;
  }
  return std::nullopt;
}

double round_decimal(double value, std::int64_t digits, RoundingMode mode) {
  if (!std::isfinite(value) || value == 0) return value;
  if (digits == 0 && mode == RoundingMode::kHalfUp) return std::round(value);
  // No float has a digit beyond these places.
  if (digits > 400) return value;
  if (digits < -400) digits = -400;
  char text[64];
  const auto written =
      std::to_chars(text, text + sizeof(text), std::fabs(value), std::chars_format::scientific);
  Decimal decimal = read_scientific({text, static_cast<std::size_t>(written.ptr - text)});
  const bool negative = value < 0;
  round_digits(decimal, digits, negative, mode);
  double rounded = 0;
  if (!decimal.digits.empty()) {
    const std::string form = "0." + decimal.digits + "e" + std::to_string(decimal.point);
    const auto read = std::from_chars(form.data(), form.data() + form.size(), rounded);
    if (read.ec == std::errc::result_out_of_range) {
      rounded = decimal.point > 0 ? HUGE_VAL : 0;
    }
  }
  return negative ? -rounded : rounded;
}

std::optional<std::int64_t> round_decimal(std::int64_t value, std::int64_t digits,
                                          RoundingMode mode) {
  if (digits >= 0) return value;
  if (digits < -20) digits = -20;
  std::string text = std::to_string(value);
  const bool negative = value < 0;
  if (negative) text.erase(0, 1);
  Decimal decimal{text, static_cast<std::int64_t>(text.size())};
  round_digits(decimal, digits, negative, mode);
  if (decimal.digits.empty()) return 0;
  std::string form = negative ? "-" : "";
  form += decimal.digits;
  form.append(static_cast<std::size_t>(decimal.point) - decimal.digits.size(), '0');
  std::int64_t rounded = 0;
  const auto read = std::from_chars(form.data(), form.data() + form.size(), rounded);
  if (read.ec != std::errc()) return std::nullopt;
  return rounded;
}

}  // namespace geode::gql
