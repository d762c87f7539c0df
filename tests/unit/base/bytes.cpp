#include "base/bytes.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace geode::base;

TEST_CASE("numbers are laid out in the byte order that is asked for", "[base]") {
  std::string out;
  append_le(out, std::uint32_t{0x01020304});
  append_be(out, std::uint32_t{0x01020304});
  append_be(out, std::uint16_t{0xa0b0});
  CHECK(out == std::string("\x04\x03\x02\x01\x01\x02\x03\x04\xa0\xb0", 10));
  CHECK(load_le<std::uint32_t>(out.data()) == 0x01020304);
  CHECK(load_be<std::uint32_t>(out.data() + 4) == 0x01020304);
  // An odd address, a float.
  std::string shifted = "x";
  append_le(shifted, -1.5);
  CHECK(load_le<double>(shifted.data() + 1) == -1.5);
}

TEST_CASE("a key is built field by field, big-endian", "[base]") {
  KeyBuilder key;
  key.u8(0x10).u16(0x0203).u32(7).u64(9).bytes("ab");
  CHECK(key.text() == std::string("\x10\x02\x03\0\0\0\x07\0\0\0\0\0\0\0\x09"
                                  "ab",
                                  17));
}

TEST_CASE("a key that is too long is one that no table takes", "[base]") {
  KeyBuilder key;
  key.bytes(std::string(510, 'k')).u64(1);
  CHECK(key.size() == KeyBuilder::kCapacity);
  CHECK(key.size() > 511);
}
