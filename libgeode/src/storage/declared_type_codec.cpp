#include "storage/declared_type_codec.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <geode/error.hpp>
#include "storage/byte_reader.hpp"

namespace geode::storage {

namespace {

using value::DeclaredType;
using Kind = DeclaredType::Kind;

constexpr std::uint8_t kVersion = 1;
constexpr int kMaxNesting = 500;
constexpr std::uint8_t kNotNull = 1;
constexpr std::uint8_t kBounded = 2;
constexpr std::uint8_t kBare = 4;

/// The tags are part of the file format: tag n is the n-th of these.
constexpr Kind kTags[] = {
    Kind::kAny,
    Kind::kPropertyValue,
    Kind::kNull,
    Kind::kNothing,
    Kind::kUnion,
    Kind::kBool,
    Kind::kInteger,
    Kind::kUnsigned,
    Kind::kDecimal,
    Kind::kFloat,
    Kind::kString,
    Kind::kBytes,
    Kind::kDate,
    Kind::kLocalTime,
    Kind::kZonedTime,
    Kind::kLocalDateTime,
    Kind::kZonedDateTime,
    Kind::kDuration,
    Kind::kYearMonthDuration,
    Kind::kDayTimeDuration,
    Kind::kList,
    Kind::kRecord,
    Kind::kNode,
    Kind::kEdge,
    Kind::kPath,
    Kind::kGraph,
    Kind::kTable,
};

bool has_lengths(Kind kind) {
  return kind == Kind::kString || kind == Kind::kBytes || kind == Kind::kList;
}
bool has_fields(Kind kind) { return kind == Kind::kRecord || kind == Kind::kTable; }

void put(std::string& out, const DeclaredType& type, int depth) {
  if (depth > kMaxNesting) {
    throw Error(status::kLimitExceeded,
                "types nested more than " + std::to_string(kMaxNesting) + " deep cannot be stored");
  }
  if (type.kind == Kind::kNode || type.kind == Kind::kEdge) {
    if (type.reads_elements()) {
      throw Error(status::kInvalidValueType, "no property is of the type " + type.name());
    }
  }
  const bool bounded = has_fields(type.kind)
                           ? !type.open
                           : has_lengths(type.kind) &&
                                 (type.minimum > 0 || type.maximum != DeclaredType::kUnlimited);
  const auto* tag = std::find(std::begin(kTags), std::end(kTags), type.kind);
  out += static_cast<char>(tag - std::begin(kTags));
  out += static_cast<char>((type.not_null ? kNotNull : 0) | (bounded ? kBounded : 0) |
                           (type.bare ? kBare : 0));
  if (type.kind == Kind::kInteger || type.kind == Kind::kUnsigned || type.kind == Kind::kFloat) {
    put_varint(out, type.bits);
  }
  if (type.kind == Kind::kInteger || type.kind == Kind::kUnsigned || type.kind == Kind::kDecimal) {
    put_varint(out, type.precision);
  }
  if (type.kind == Kind::kDecimal) put_varint(out, type.scale);
  if (has_lengths(type.kind) && bounded) {
    put_varint(out, type.minimum);
    put_varint(out, type.maximum);
  }
  if (has_fields(type.kind) && bounded) {
    put_varint(out, type.field_names.size());
    for (const std::string& name : type.field_names) put_text(out, name);
  }
  if (type.kind == Kind::kUnion || type.kind == Kind::kList || has_fields(type.kind)) {
    put_varint(out, type.parts.size());
    for (const DeclaredType& part : type.parts) put(out, part, depth + 1);
  }
}

template <class T>
T number_up_to(ByteReader& in, T limit) {
  const std::uint64_t n = in.varint();
  GEODE_CHECK(n <= limit, "a size of a stored type is out of range");
  return static_cast<T>(n);
}

DeclaredType take(ByteReader& in, int depth) {
  GEODE_CHECK(depth <= kMaxNesting, "a stored type is nested too deep");
  const std::uint8_t tag = in.byte();
  GEODE_CHECK(tag < std::size(kTags), "a stored type is unknown");
  DeclaredType type = DeclaredType::of(kTags[tag]);
  const std::uint8_t flags = in.byte();
  GEODE_CHECK((flags & ~(kNotNull | kBounded | kBare)) == 0, "a stored type has unknown flags");
  type.not_null = (flags & kNotNull) != 0;
  type.bare = (flags & kBare) != 0;
  const bool bounded = (flags & kBounded) != 0;
  GEODE_CHECK(!bounded || has_lengths(type.kind) || has_fields(type.kind),
              "a stored type has bounds that it cannot have");
  if (type.kind == Kind::kInteger || type.kind == Kind::kUnsigned || type.kind == Kind::kFloat) {
    type.bits = number_up_to<std::uint16_t>(in, 256);
  }
  if (type.kind == Kind::kInteger || type.kind == Kind::kUnsigned || type.kind == Kind::kDecimal) {
    type.precision = number_up_to<std::uint32_t>(in, DeclaredType::kMaxPrecision);
  }
  if (type.kind == Kind::kDecimal) type.scale = number_up_to<std::uint32_t>(in, type.precision);
  if (has_lengths(type.kind) && bounded) {
    type.minimum = in.varint();
    type.maximum = in.varint();
    GEODE_CHECK(type.minimum <= type.maximum, "the lengths of a stored type are swapped");
  }
  if (has_fields(type.kind) && bounded) {
    type.open = false;
    for (std::size_t left = in.count_of(1); left > 0; --left) {
      type.field_names.emplace_back(in.text());
    }
  }
  if (type.kind == Kind::kUnion || type.kind == Kind::kList || has_fields(type.kind)) {
    const std::size_t count = in.count_of(2);
    GEODE_CHECK(!has_fields(type.kind) || count == type.field_names.size(),
                "a stored type has fields without a type");
    GEODE_CHECK(type.kind != Kind::kList || count <= 1, "a stored list has several types");
    for (std::size_t i = 0; i < count; ++i) type.parts.push_back(take(in, depth + 1));
  }
  return type;
}

}  // namespace

void encode_declared_type(const DeclaredType& type, std::string& out) {
  out += static_cast<char>(kVersion);
  put(out, type, 0);
}

DeclaredType take_declared_type(ByteView& bytes) {
  ByteReader in(bytes);
  GEODE_CHECK(in.byte() == kVersion, "a stored type has an unknown form");
  DeclaredType type = take(in, 0);
  bytes = in.left();
  return type;
}

DeclaredType decode_declared_type(ByteView bytes) {
  DeclaredType type = take_declared_type(bytes);
  GEODE_CHECK(bytes.empty(), "bytes follow a stored type");
  return type;
}

}  // namespace geode::storage
