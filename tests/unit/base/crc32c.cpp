#include "base/crc32c.hpp"

#include <random>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using geode::base::crc32c;

namespace {

std::uint32_t crc_of(std::string_view text, std::uint32_t seed = 0) {
  return crc32c({reinterpret_cast<const std::byte*>(text.data()), text.size()}, seed);
}

/// Bit by bit, as the polynomial says.
std::uint32_t slow_crc(std::string_view text) {
  std::uint32_t crc = 0xffffffff;
  for (const unsigned char byte : text) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
  }
  return ~crc;
}

}  // namespace

TEST_CASE("crc32c gives the checksums of RFC 3720", "[base]") {
  CHECK(crc_of("") == 0);
  CHECK(crc_of("123456789") == 0xe3069283);
  CHECK(crc_of(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(crc_of(std::string(32, '\xff')) == 0x62a8ab43);
  std::string ascending;
  for (int i = 0; i < 32; ++i) ascending += static_cast<char>(i);
  CHECK(crc_of(ascending) == 0x46dd794e);
}

TEST_CASE("crc32c of any length agrees with the polynomial and continues from a seed", "[base]") {
  std::mt19937 random(7);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(random());
    CAPTURE(size);
    REQUIRE(crc_of(text) == slow_crc(text));
    const std::size_t half = size / 2;
    REQUIRE(crc_of(text.substr(half), crc_of(text.substr(0, half))) == slow_crc(text));
  }
}
