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

bool is_instant(std::int64_t seconds) {
  return seconds > -(std::int64_t{1} << 50) && seconds < (std::int64_t{1} << 50);
}

/// False for what no program could have stored (a record with one name twice) or put in order.
bool is_sound(const geode::Value& value) {
  using geode::ValueType;
  switch (value.type()) {
    case ValueType::kDuration: {
      const geode::Duration& d = value.as_duration();
      // Longer ones cannot be compared in seconds.
      return is_instant(d.seconds) && std::abs(d.days / 2) < (1 << 30) &&
             std::abs(d.months / 2) < (1 << 25);
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
