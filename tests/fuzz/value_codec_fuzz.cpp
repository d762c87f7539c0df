// Stored values: damaged bytes are refused, and what is read is written back as the same value.
// Keys of two values are in the order of the values.

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include <geode/error.hpp>
#include <geode/value.hpp>
#include "fuzz_input.hpp"
#include "storage/key_codec.hpp"
#include "storage/value_codec.hpp"
#include "value/compare.hpp"

namespace {

int sign(int x) { return (x > 0) - (x < 0); }

bool is_fraction(std::int32_t nanoseconds) {
  return nanoseconds >= 0 && nanoseconds < 1'000'000'000;
}
bool is_time_of_day(std::int64_t nanoseconds) {
  return nanoseconds >= 0 && nanoseconds < 86'400'000'000'000;
}
/// Seconds whose distance from any displacement still fits an integer.
bool is_instant(std::int64_t seconds) {
  return seconds > -(std::int64_t{1} << 50) && seconds < (std::int64_t{1} << 50);
}

/// False for what no program could have stored (a time of 30 o'clock): its order means nothing.
bool is_sound(const geode::Value& value) {
  using geode::ValueType;
  switch (value.type()) {
    case ValueType::kLocalTime:
      return is_time_of_day(value.as_local_time().nanoseconds);
    case ValueType::kZonedTime:
      return is_time_of_day(value.as_zoned_time().nanoseconds) &&
             std::abs(value.as_zoned_time().offset_seconds) < 86'400;
    case ValueType::kLocalDateTime:
      return is_fraction(value.as_local_datetime().nanoseconds);
    case ValueType::kZonedDateTime:
      return is_fraction(value.as_zoned_datetime().nanoseconds) &&
             is_instant(value.as_zoned_datetime().seconds);
    case ValueType::kDuration: {
      const geode::Duration& d = value.as_duration();
      // Longer ones cannot be compared in seconds.
      return is_fraction(d.nanoseconds) && is_instant(d.seconds) &&
             std::abs(d.days / 2) < (1 << 30) && std::abs(d.months / 2) < (1 << 25);
    }
    case ValueType::kList:
      return std::all_of(value.as_list().begin(), value.as_list().end(), is_sound);
    case ValueType::kRecord: {
      std::set<std::string_view> names;
      for (const auto& [name, field] : value.as_record()) {
        if (!names.insert(name).second || !is_sound(field)) return false;
      }
      return true;
    }
    default:
      return true;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using geode::test::require;
  geode::test::FuzzInput input(data, size);
  geode::storage::ByteView bytes = input.rest();
  try {
    const geode::Value first = geode::storage::take_value(bytes);
    std::string encoded;
    geode::storage::encode_value(first, encoded);
    require(geode::storage::decode_value(geode::storage::as_bytes(encoded)) == first);

    const geode::Value second = geode::storage::take_value(bytes);
    if (!is_sound(first) || !is_sound(second)) return 0;
    std::string first_key;
    std::string second_key;
    geode::storage::append_key(first, first_key);
    geode::storage::append_key(second, second_key);
    const auto wanted = geode::value::order(first, second);
    require(sign(first_key.compare(second_key)) == (wanted > 0) - (wanted < 0));
  } catch (const geode::Error&) {
    // Damaged, or nested too deep: said so.
  }
  return 0;
}
