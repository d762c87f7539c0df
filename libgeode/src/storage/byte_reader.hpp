#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "storage/transaction.hpp"

namespace geode::storage {

// Numbers of stored values: varints are little-endian groups of seven bits, the high bit set on all
// but the last; signed ones are zigzag. A text is its length as a varint, then its bytes.

inline void put_varint(std::string& out, std::uint64_t n) {
  for (; n >= 0x80; n >>= 7) out += static_cast<char>(n | 0x80);
  out += static_cast<char>(n);
}

inline void put_signed(std::string& out, std::int64_t n) {
  put_varint(out, static_cast<std::uint64_t>(n) << 1 ^ static_cast<std::uint64_t>(n >> 63));
}

inline void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

/// Reads what the functions above wrote, from the front. Throws Error 58X02 for bytes that they
/// never write.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : left_(bytes) {}

  ByteView left() const { return left_; }

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

 private:
  static constexpr std::string_view kCut = "a stored value is cut off";

  ByteView left_;
};

}  // namespace geode::storage
