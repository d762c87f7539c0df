#include "storage/value_codec.hpp"

#include <utility>

#include <geode/error.hpp>
#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "storage/byte_reader.hpp"
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
  kDecimal = 15,
};

constexpr unsigned kDecimalSign = 0x80;
constexpr std::size_t kDecimalBytes = sizeof(Decimal::words);

void put_decimal(std::string& out, const Decimal& number) {
  out += static_cast<char>(number.scale | (number.negative ? kDecimalSign : 0));
  std::string magnitude;
  for (const std::uint64_t word : number.words) base::append_le(magnitude, word);
  magnitude.resize(magnitude.find_last_not_of('\0') + 1);
  out += static_cast<char>(magnitude.size());
  out += magnitude;
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
    case ValueType::kDecimal:
      tag(Tag::kDecimal);
      return put_decimal(out, value.as_decimal());
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
    case ValueType::kGraph:
      break;
  }
  throw Error(status::kInvalidValueType, "a value of type " + std::string(type_name(value.type())) +
                                             " cannot be stored as a property");
}

class ValueReader : public ByteReader {
 public:
  using ByteReader::ByteReader;

  Value value(int depth) {
    GEODE_CHECK(depth <= kMaxStoredNesting, "a stored value is nested too deep");
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
      case Tag::kDecimal:
        return decimal();
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
  Decimal decimal() {
    Decimal number;
    const unsigned head = byte();
    number.negative = (head & kDecimalSign) != 0;
    number.scale = static_cast<std::uint8_t>(head & ~kDecimalSign);
    const std::size_t size = byte();
    GEODE_CHECK(number.scale <= Decimal::kMaxScale && size <= kDecimalBytes,
                "a stored number is out of range");
    std::string magnitude(as_text(bytes(size)));
    // One number has one form.
    GEODE_CHECK(size == 0 ? !number.negative : magnitude.back() != '\0',
                "a stored number has needless bytes");
    magnitude.resize(kDecimalBytes);
    for (std::size_t i = 0; i < number.words.size(); ++i) {
      number.words[i] = base::load_le<std::uint64_t>(magnitude.data() + i * sizeof number.words[i]);
    }
    return number;
  }
  static Value in_range(Value value) {
    GEODE_CHECK(value::is_in_range(value), "a stored time is out of range");
    return value;
  }
};

}  // namespace

void encode_value(const Value& value, std::string& out) { put(out, value, 0); }

Value take_value(ByteView& bytes) {
  ValueReader reader(bytes);
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
