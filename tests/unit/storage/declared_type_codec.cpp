#include "storage/declared_type_codec.hpp"

#include <random>

#include "storage_test.hpp"

using namespace geode;
using namespace geode::storage;
using value::DeclaredType;
using Kind = DeclaredType::Kind;

namespace {

/// Any type that the parser can make.
DeclaredType any_type(std::mt19937_64& random, int depth) {
  const auto last = static_cast<std::uint64_t>(Kind::kTable);
  DeclaredType type = DeclaredType::of(static_cast<Kind>(random() % (last + 1)));
  const bool nests = type.kind == Kind::kUnion || type.kind == Kind::kList ||
                     type.kind == Kind::kRecord || type.kind == Kind::kTable;
  if (nests && depth == 0) type = DeclaredType::of(Kind::kBool);
  type.not_null = random() % 2 == 0;
  switch (type.kind) {
    case Kind::kInteger:
    case Kind::kUnsigned:
      type.bits = static_cast<std::uint16_t>(8u << random() % 6);
      if (random() % 2 == 0) type.precision = static_cast<std::uint32_t>(1 + random() % 76);
      break;
    case Kind::kDecimal:
      if (random() % 2 == 0) break;
      type.precision = static_cast<std::uint32_t>(1 + random() % 76);
      type.scale = static_cast<std::uint32_t>(random() % (type.precision + 1));
      break;
    case Kind::kFloat:
      type.bits = static_cast<std::uint16_t>(16u << random() % 3);
      break;
    case Kind::kString:
    case Kind::kBytes:
      if (random() % 2 == 0) break;
      type.minimum = random() % 1000;
      type.maximum = type.minimum + random() % 1000;
      break;
    case Kind::kList:
      if (random() % 2 == 0) type.maximum = random() % 1000;
      if (random() % 2 == 0) type.parts.push_back(any_type(random, depth - 1));
      break;
    case Kind::kRecord:
    case Kind::kTable:
      type.open = random() % 2 == 0;
      for (auto left = random() % 4; !type.open && left > 0; --left) {
        type.field_names.push_back("field " + std::to_string(left));
        type.parts.push_back(any_type(random, depth - 1));
      }
      break;
    case Kind::kUnion:
      for (auto left = 1 + random() % 3; left > 0; --left) {
        type.parts.push_back(any_type(random, depth - 1));
      }
      break;
    default:
      break;
  }
  return type;
}

std::string stored(const DeclaredType& type) {
  std::string out;
  encode_declared_type(type, out);
  return out;
}

}  // namespace

TEST_CASE("declared types come back as they were", "[storage]") {
  std::mt19937_64 random(20240401);
  for (int i = 0; i < 20'000; ++i) {
    const DeclaredType type = any_type(random, 4);
    const std::string bytes = stored(type);
    INFO(type.name());
    REQUIRE(decode_declared_type(as_bytes(bytes)) == type);
    const std::string two = bytes + bytes;
    ByteView rest = as_bytes(two);
    REQUIRE(take_declared_type(rest) == type);
    REQUIRE(decode_declared_type(rest) == type);
  }
}

TEST_CASE("damage to a declared type is found or makes another type", "[storage]") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = stored(any_type(random, 3));
    const std::string whole = bytes;
    bytes.resize(random() % bytes.size());
    CHECK_THROWS_AS(decode_declared_type(as_bytes(bytes)), Error);
    bytes = whole;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    try {
      const DeclaredType other = decode_declared_type(as_bytes(bytes));
      REQUIRE(decode_declared_type(as_bytes(stored(other))) == other);
    } catch (const Error& error) {
      REQUIRE(error.gqlstatus() == "58X02");
    }
  }
}
