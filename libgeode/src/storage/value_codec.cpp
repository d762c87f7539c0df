#include "storage/value_codec.hpp"

#include <utility>

#include <geode/error.hpp>
#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "value/temporal.hpp"

namespace geode::storage {

namespace {

// The tags are part of the file format.
enum class Tag : std::uint8_t {
  kNull = 0,
  kFalse = 1,
  kTrue = 2,
  kInt = 3,
  kFloat = 4,
  kDate = 5,
  kLocalTime = 6,
  kZonedTime = 7,
  kLocalDateTime = 8,
  kZonedDateTime = 9,
  kDuration = 10,
  kString = 11,
  kBytes = 12,
  kList = 13,
  kRecord = 14,
};

void put_varint(std::string& out, std::uint64_t n) {
  for (; n >= 0x80; n >>= 7) out += static_cast<char>(n | 0x80);
  out += static_cast<char>(n);
}

void put_signed(std::string& out, std::int64_t n) {
  put_varint(out, static_cast<std::uint64_t>(n) << 1 ^ static_cast<std::uint64_t>(n >> 63));
}

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

void put(std::string& out, const Value& value, int depth) {
  if (depth > kMaxStoredNesting) {
    throw Error(
        status::kLimitExceeded,
        "lists nested more than " + std::to_string(kMaxStoredNesting) + " deep cannot be stored");
  }
  const auto tag = [&out](Tag t) { out += static_cast<char>(t); };
  if (!value::is_in_range(value)) {
    throw Error(status::kDatetimeOverflow, "a value of type " +
                                               std::string(type_name(value.type())) +
                                               " is out of range and cannot be stored");
  }
  switch (value.type()) {
    case ValueType::kNull:
      return tag(Tag::kNull);
    case ValueType::kBool:
      return tag(value.as_bool() ? Tag::kTrue : Tag::kFalse);
    case ValueType::kInt64:
      tag(Tag::kInt);
      return put_signed(out, value.as_int64());
    case ValueType::kFloat64:
      tag(Tag::kFloat);
      return base::append_le(out, value.as_float64());
    case ValueType::kDate:
      tag(Tag::kDate);
      return put_signed(out, value.as_date().days);
    case ValueType::kLocalTime:
      tag(Tag::kLocalTime);
      return put_signed(out, value.as_local_time().nanoseconds);
    case ValueType::kZonedTime: {
      const ZonedTime time = value.as_zoned_time();
      tag(Tag::kZonedTime);
      put_signed(out, time.nanoseconds);
      return put_signed(out, time.offset_seconds);
    }
    case ValueType::kLocalDateTime: {
      const LocalDateTime time = value.as_local_datetime();
      tag(Tag::kLocalDateTime);
      put_signed(out, time.seconds);
      return put_signed(out, time.nanoseconds);
    }
    case ValueType::kZonedDateTime: {
      const ZonedDateTime& time = value.as_zoned_datetime();
      tag(Tag::kZonedDateTime);
      put_signed(out, time.seconds);
      put_signed(out, time.nanoseconds);
      put_signed(out, time.offset_seconds);
      return put_text(out, time.zone);
    }
    case ValueType::kDuration: {
      const Duration& duration = value.as_duration();
      tag(Tag::kDuration);
      put_signed(out, duration.months);
      put_signed(out, duration.days);
      put_signed(out, duration.seconds);
      return put_signed(out, duration.nanoseconds);
    }
    case ValueType::kString:
      tag(Tag::kString);
      return put_text(out, value.as_string());
    case ValueType::kBytes:
      tag(Tag::kBytes);
      return put_text(out, value.as_bytes());
    case ValueType::kList: {
      const List& list = value.as_list();
      tag(Tag::kList);
      put_varint(out, list.size());
      for (const Value& element : list) put(out, element, depth + 1);
      return;
    }
    case ValueType::kRecord: {
      const Record& record = value.as_record();
      tag(Tag::kRecord);
      put_varint(out, record.size());
      for (const auto& [name, field] : record) {
        put_text(out, name);
        put(out, field, depth + 1);
      }
      return;
    }
    case ValueType::kNode:
    case ValueType::kEdge:
    case ValueType::kPath:
      break;
  }
  throw Error(status::kInvalidValueType, "a value of type " + std::string(type_name(value.type())) +
                                             " cannot be stored as a property");
}

constexpr std::string_view kCut = "a stored value is cut off";

class Reader {
 public:
  explicit Reader(ByteView bytes) : left_(bytes) {}

  ByteView left() const { return left_; }

  Value value(int depth) {
    GEODE_CHECK(depth <= kMaxStoredNesting, "a stored value is nested too deep");
    GEODE_CHECK(!left_.empty(), kCut);
    switch (static_cast<Tag>(byte())) {
      case Tag::kNull:
        return {};
      case Tag::kFalse:
        return false;
      case Tag::kTrue:
        return true;
      case Tag::kInt:
        return number();
      case Tag::kFloat:
        return base::load_le<double>(bytes(8).data());
      case Tag::kDate:
        return in_range(Date{number()});
      case Tag::kLocalTime:
        return in_range(LocalTime{number()});
      case Tag::kZonedTime: {
        const std::int64_t nanoseconds = number();
        return in_range(ZonedTime{nanoseconds, small_number()});
      }
      case Tag::kLocalDateTime: {
        const std::int64_t seconds = number();
        return in_range(LocalDateTime{seconds, small_number()});
      }
      case Tag::kZonedDateTime: {
        ZonedDateTime time;
        time.seconds = number();
        time.nanoseconds = small_number();
        time.offset_seconds = small_number();
        time.zone = text();
        return in_range(time);
      }
      case Tag::kDuration: {
        Duration duration;
        duration.months = number();
        duration.days = number();
        duration.seconds = number();
        duration.nanoseconds = small_number();
        return in_range(duration);
      }
      case Tag::kString:
        return text();
      case Tag::kBytes:
        return Bytes{std::string(text())};
      case Tag::kList: {
        List list;
        const std::size_t count = count_of(1);
        list.reserve(count);
        for (std::size_t i = 0; i < count; ++i) list.push_back(value(depth + 1));
        return list;
      }
      case Tag::kRecord: {
        Record record;
        const std::size_t count = count_of(2);
        record.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
          std::string name(text());
          record.emplace_back(std::move(name), value(depth + 1));
        }
        return record;
      }
    }
    GEODE_CHECK(false, "a stored value has an unknown type");
    return {};
  }

 private:
  static Value in_range(Value value) {
    GEODE_CHECK(value::is_in_range(value), "a stored time is out of range");
    return value;
  }
  std::uint8_t byte() {
    GEODE_CHECK(!left_.empty(), kCut);
    const auto b = static_cast<std::uint8_t>(left_.front());
    left_ = left_.subspan(1);
    return b;
  }
  ByteView bytes(std::size_t count) {
    GEODE_CHECK(count <= left_.size(), kCut);
    const ByteView out = left_.first(count);
    left_ = left_.subspan(count);
    return out;
  }
  std::uint64_t varint() {
    std::uint64_t n = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint64_t group = byte();
      GEODE_CHECK(shift < 63 || group <= 1, "a stored number is too long");
      n |= (group & 0x7f) << shift;
      if (group < 0x80) return n;
    }
    GEODE_CHECK(false, "a stored number is too long");
    return n;
  }
  std::int64_t number() {
    const std::uint64_t n = varint();
    return static_cast<std::int64_t>(n >> 1 ^ (~(n & 1) + 1));
  }
  std::int32_t small_number() {
    const std::int64_t n = number();
    GEODE_CHECK(n == static_cast<std::int32_t>(n), "a stored number is out of range");
    return static_cast<std::int32_t>(n);
  }
  std::string_view text() {
    const std::uint64_t size = varint();
    GEODE_CHECK(size <= left_.size(), kCut);
    return as_text(bytes(static_cast<std::size_t>(size)));
  }
  /// A count of elements that take up at least `least` bytes each, so that damage cannot ask for
  /// all memory.
  std::size_t count_of(std::size_t least) {
    const std::uint64_t count = varint();
    GEODE_CHECK(count <= left_.size() / least, kCut);
    return static_cast<std::size_t>(count);
  }

  ByteView left_;
};

}  // namespace

void encode_value(const Value& value, std::string& out) { put(out, value, 0); }

Value take_value(ByteView& bytes) {
  Reader reader(bytes);
  Value value = reader.value(0);
  bytes = reader.left();
  return value;
}

Value decode_value(ByteView bytes) {
  Value value = take_value(bytes);
  GEODE_CHECK(bytes.empty(), "bytes follow a stored value");
  return value;
}

}  // namespace geode::storage
