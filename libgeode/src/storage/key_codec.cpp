#include "storage/key_codec.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/value_codec.hpp"
#include "value/compare.hpp"
#include "value/decimal.hpp"
#include "value/temporal.hpp"

namespace geode::storage {

namespace {

/// In the order of value::order(). 00 ends lists and records, so no class is 00.
enum class KeyClass : std::uint8_t {
  kRecord = 0x10,
  kList = 0x13,
  kZonedDateTime = 0x15,
  kLocalDateTime = 0x16,
  kDate = 0x17,
  kZonedTime = 0x18,
  kLocalTime = 0x19,
  kDuration = 0x1a,
  kString = 0x1b,
  kBytes = 0x1c,
  kBool = 0x1d,
  kNumber = 0x1e,
  kNaN = 0x1f,
  kNull = 0x20,
};

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

void put_class(std::string& out, KeyClass c) { out += static_cast<char>(c); }

void put_signed(std::string& out, std::int64_t n) {
  base::append_be(out, static_cast<std::uint64_t>(n) ^ kSign);
}

void put_nanoseconds(std::string& out, std::int32_t n) {
  base::append_be(out, static_cast<std::uint32_t>(n));
}

/// 00 ends a text, so 00 and 01 within it are written as 01 01 and 01 02.
void put_escaped(std::string& out, std::string_view text) {
  for (std::size_t start = 0;;) {
    std::size_t at = start;
    while (at < text.size() && static_cast<unsigned char>(text[at]) > 1) ++at;
    out += text.substr(start, at - start);
    if (at == text.size()) return;
    out += '\x01';
    out += static_cast<char>(text[at] + 1);
    start = at + 1;
  }
}

void put_text(std::string& out, std::string_view text) {
  put_escaped(out, text);
  out += '\0';
}

/// The greatest float that is not above the number. Numbers with different ones are in their order;
/// an end byte of 0 says that the float is the number, 1 that the digits of the number follow.
void put_floor(std::string& out, double floor, bool is_exact) {
  put_class(out, KeyClass::kNumber);
  if (floor == 0) floor = 0;  // -0.0 is 0.0
  auto bits = std::bit_cast<std::uint64_t>(floor);
  bits = (bits & kSign) != 0 ? ~bits : bits ^ kSign;
  base::append_be(out, bits);
  out += static_cast<char>(is_exact ? 0 : 1);
}

/// Digits of numbers that have one sign: how many stand before the point, then two digits a byte,
/// 1 to 100, up to the last that is not zero, and an end byte of 0. All bits flipped when negative,
/// so that a larger magnitude is less.
void put_digits(std::string& out, std::string_view digits, int before_point, bool negative) {
  constexpr int kBias = 128;
  std::string form(1, static_cast<char>(kBias + before_point));
  digits = digits.substr(0, digits.find_last_not_of('0') + 1);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int tens = digits[i] - '0';
    const int ones = i + 1 < digits.size() ? digits[i + 1] - '0' : 0;
    form += static_cast<char>(tens * 10 + ones + 1);
  }
  form += '\0';
  for (const char c : form) out += negative ? static_cast<char>(~c) : c;
}

void put_integer(std::string& out, std::int64_t n) {
  auto floor = static_cast<double>(n);
  const int order = value::order_numbers(n, floor);
  if (order == 0) return put_floor(out, floor, true);
  if (order < 0) floor = std::nextafter(floor, -HUGE_VAL);
  put_floor(out, floor, false);
  const std::string text = std::to_string(n);
  const std::string_view digits = std::string_view(text).substr(n < 0 ? 1 : 0);
  put_digits(out, digits, static_cast<int>(digits.size()), n < 0);
}

void put_decimal(std::string& out, const Decimal& number) {
  double floor = value::to_float64(number);
  const int order = value::order_decimal_and_float(number, floor);
  if (order == 0) return put_floor(out, floor, true);
  if (order < 0) floor = std::nextafter(floor, -HUGE_VAL);
  put_floor(out, floor, false);
  const std::string digits = value::whole_digits(number);
  put_digits(out, digits, static_cast<int>(digits.size()) - number.scale, number.negative);
}

void put_float(std::string& out, double d) {
  if (std::isnan(d)) return put_class(out, KeyClass::kNaN);
  put_floor(out, d, true);
}

void put(std::string& out, const Value& value, int depth);

void put_record(std::string& out, const Record& record, int depth) {
  std::vector<const Record::value_type*> fields;
  fields.reserve(record.size());
  for (const auto& field : record) fields.push_back(&field);
  std::sort(fields.begin(), fields.end(), [](auto* a, auto* b) { return a->first < b->first; });
  put_class(out, KeyClass::kRecord);
  for (const auto* field : fields) {
    // A class byte before the name tells a further field from the end, also when the name is empty.
    put_class(out, KeyClass::kString);
    put_text(out, field->first);
    put(out, field->second, depth + 1);
  }
  out += '\0';
}

void put(std::string& out, const Value& value, int depth) {
  if (depth > kMaxStoredNesting) {
    throw Error(
        status::kLimitExceeded,
        "lists nested more than " + std::to_string(kMaxStoredNesting) + " deep cannot be indexed");
  }
  switch (value.type()) {
    case ValueType::kNull:
      return put_class(out, KeyClass::kNull);
    case ValueType::kBool:
      put_class(out, KeyClass::kBool);
      out += static_cast<char>(value.as_bool() ? 1 : 0);
      return;
    case ValueType::kInt64:
      return put_integer(out, value.as_int64());
    case ValueType::kFloat64:
      return put_float(out, value.as_float64());
    case ValueType::kDecimal:
      return put_decimal(out, value.as_decimal());
    case ValueType::kDate:
      put_class(out, KeyClass::kDate);
      return put_signed(out, value.as_date().days);
    case ValueType::kLocalTime:
      put_class(out, KeyClass::kLocalTime);
      return put_signed(out, value.as_local_time().nanoseconds);
    case ValueType::kZonedTime: {
      const ZonedTime time = value.as_zoned_time();
      put_class(out, KeyClass::kZonedTime);
      return put_signed(out, time.nanoseconds - time.offset_seconds * kNanosPerSecond);
    }
    case ValueType::kLocalDateTime: {
      const LocalDateTime time = value.as_local_datetime();
      put_class(out, KeyClass::kLocalDateTime);
      put_signed(out, time.seconds);
      return put_nanoseconds(out, time.nanoseconds);
    }
    case ValueType::kZonedDateTime: {
      const ZonedDateTime& time = value.as_zoned_datetime();
      put_class(out, KeyClass::kZonedDateTime);
      put_signed(out, time.seconds);
      return put_nanoseconds(out, time.nanoseconds);
    }
    case ValueType::kDuration: {
      const Duration& duration = value.as_duration();
      const value::AverageLength length = value::average_length(duration);
      put_class(out, KeyClass::kDuration);
      put_signed(out, length.seconds);
      put_nanoseconds(out, length.nanoseconds);
      put_signed(out, duration.months);
      put_signed(out, duration.days);
      put_signed(out, duration.seconds);
      return put_nanoseconds(out, duration.nanoseconds);
    }
    case ValueType::kString:
      put_class(out, KeyClass::kString);
      return put_text(out, value.as_string());
    case ValueType::kBytes:
      put_class(out, KeyClass::kBytes);
      return put_text(out, value.as_bytes());
    case ValueType::kList:
      put_class(out, KeyClass::kList);
      for (const Value& element : value.as_list()) put(out, element, depth + 1);
      out += '\0';
      return;
    case ValueType::kRecord:
      return put_record(out, value.as_record(), depth);
    case ValueType::kNode:
    case ValueType::kEdge:
    case ValueType::kPath:
    case ValueType::kGraph:
      break;
  }
  throw Error(status::kInvalidValueType,
              "a value of type " + std::string(type_name(value.type())) + " cannot be indexed");
}

/// SipHash-2-4 with 128 bits of output and the key 0: not to be hit by chance, and hard to hit on
/// purpose.
class SipHash {
 public:
  static void append(std::string_view bytes, std::string& out) {
    SipHash hash;
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) hash.mix(base::load_le<std::uint64_t>(bytes.data() + i));
    std::uint64_t last = std::uint64_t{bytes.size() & 0xff} << 56;
    for (std::size_t shift = 0; i < bytes.size(); ++i, shift += 8) {
      last |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << shift;
    }
    hash.mix(last);
    hash.v_[2] ^= 0xee;
    hash.rounds(4);
    base::append_le(out, hash.sum());
    hash.v_[1] ^= 0xdd;
    hash.rounds(4);
    base::append_le(out, hash.sum());
  }

 private:
  void mix(std::uint64_t word) {
    v_[3] ^= word;
    rounds(2);
    v_[0] ^= word;
  }
  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      v_[0] += v_[1];
      v_[1] = std::rotl(v_[1], 13) ^ v_[0];
      v_[0] = std::rotl(v_[0], 32);
      v_[2] += v_[3];
      v_[3] = std::rotl(v_[3], 16) ^ v_[2];
      v_[0] += v_[3];
      v_[3] = std::rotl(v_[3], 21) ^ v_[0];
      v_[2] += v_[1];
      v_[1] = std::rotl(v_[1], 17) ^ v_[2];
      v_[2] = std::rotl(v_[2], 32);
    }
  }
  std::uint64_t sum() const { return v_[0] ^ v_[1] ^ v_[2] ^ v_[3]; }

  std::uint64_t v_[4] = {0x736f6d6570736575, 0x646f72616e646f6d ^ 0xee, 0x6c7967656e657261,
                         0x7465646279746573};
};

}  // namespace

void append_key(const Value& value, std::string& out) { put(out, value, 0); }

void append_key_of_prefix(ValueType type, std::string_view prefix, std::string& out) {
  put_class(out, type == ValueType::kBytes ? KeyClass::kBytes : KeyClass::kString);
  put_escaped(out, prefix);
}

bool append_composite_index_key(std::span<const Value> values, std::string& out) {
  const std::size_t start = out.size();
  for (const Value& value : values) append_key(value, out);
  if (out.size() - start <= kLongestIndexKey) return true;
  std::string hash;
  SipHash::append(std::string_view(out).substr(start), hash);
  out.resize(start + kCutIndexKey);
  out += hash;
  return false;
}

std::optional<std::string> key_after_prefix(std::string_view prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff)
    prefix.remove_suffix(1);
  if (prefix.empty()) return std::nullopt;
  std::string out(prefix);
  out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) + 1);
  return out;
}

}  // namespace geode::storage
