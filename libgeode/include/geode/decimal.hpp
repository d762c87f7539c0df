#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace geode {
inline namespace v1 {

/// An exact number: a whole number of up to 256 bits and a sign, divided by ten to the power of
/// `scale`. 12.50 is 1250 with scale 2; a scale of 0 is an integer that may be beyond INT64.
struct Decimal {
  static constexpr std::uint8_t kMaxScale = 76;

  /// The magnitude of the whole number, least significant word first.
  std::array<std::uint64_t, 4> words{};
  std::uint8_t scale = 0;  ///< 0 to kMaxScale
  bool negative = false;   ///< never of zero

  Decimal() = default;
  explicit Decimal(std::int64_t whole, std::uint8_t scale_of_it = 0);

  /// A whole text such as "-12.50" or "1e3"; its scale is the number of fraction digits. Nothing
  /// when it is none or does not fit.
  static std::optional<Decimal> parse(std::string_view text);
  /// "-12.50"
  std::string to_string() const;
};

}  // namespace v1
}  // namespace geode
