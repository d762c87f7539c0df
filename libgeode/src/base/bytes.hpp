#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace geode::base {

namespace detail {
template <class T>
using Word = std::conditional_t<
    sizeof(T) == 1, std::uint8_t,
    std::conditional_t<sizeof(T) == 2, std::uint16_t,
                       std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;

template <class W>
constexpr W byte_swap(W word) {
  if constexpr (sizeof(W) == 1) return word;
  if constexpr (sizeof(W) == 2) return __builtin_bswap16(word);
  if constexpr (sizeof(W) == 4) return __builtin_bswap32(word);
  if constexpr (sizeof(W) == 8) return __builtin_bswap64(word);
}

template <class T, std::endian order>
T load(const void* from) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
  Word<T> word;
  std::memcpy(&word, from, sizeof word);
  if constexpr (order != std::endian::native) word = byte_swap(word);
  return std::bit_cast<T>(word);
}

template <class T, std::endian order>
void store(void* to, T value) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
  auto word = std::bit_cast<Word<T>>(value);
  if constexpr (order != std::endian::native) word = byte_swap(word);
  std::memcpy(to, &word, sizeof word);
}
}  // namespace detail

/// Numbers (and enumerations) in the byte order of values of the file format. No alignment is
/// needed.
template <class T>
T load_le(const void* from) {
  return detail::load<T, std::endian::little>(from);
}
template <class T>
void store_le(void* to, T value) {
  detail::store<T, std::endian::little>(to, value);
}
template <class T>
void append_le(std::string& out, T value) {
  char bytes[sizeof(T)];
  store_le(bytes, value);
  out.append(bytes, sizeof bytes);
}

/// Numbers in the byte order of keys: memcmp order is number order, for unsigned types.
template <class T>
T load_be(const void* from) {
  return detail::load<T, std::endian::big>(from);
}
template <class T>
void store_be(void* to, T value) {
  detail::store<T, std::endian::big>(to, value);
}
template <class T>
void append_be(std::string& out, T value) {
  char bytes[sizeof(T)];
  store_be(bytes, value);
  out.append(bytes, sizeof bytes);
}

/// A key put together field by field on the stack:
/// `KeyBuilder().u8(0x10).u32(type).u32(chunk).view()`. The view lives as long as the builder, so
/// pass a temporary only within one expression.
class KeyBuilder {
 public:
  static constexpr std::size_t kCapacity = 512;

  KeyBuilder& u8(std::uint8_t value) { return add(value); }
  KeyBuilder& u16(std::uint16_t value) { return add(value); }
  KeyBuilder& u32(std::uint32_t value) { return add(value); }
  KeyBuilder& u64(std::uint64_t value) { return add(value); }
  /// Bytes beyond the capacity make the key unusable: LMDB refuses keys over 511 bytes, so does
  /// view().
  KeyBuilder& bytes(std::string_view text) {
    if (text.size() <= kCapacity - size_)
      std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ = text.size() <= kCapacity - size_ ? size_ + text.size() : kCapacity;
    return *this;
  }
  std::size_t size() const { return size_; }
  std::span<const std::byte> view() const { return {bytes_.data(), size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), size_}; }

 private:
  template <class T>
  KeyBuilder& add(T value) {
    if (sizeof value <= kCapacity - size_) {
      store_be(bytes_.data() + size_, value);
      size_ += sizeof value;
    } else {
      size_ = kCapacity;
    }
    return *this;
  }
  std::array<std::byte, kCapacity> bytes_;
  std::size_t size_ = 0;
};

}  // namespace geode::base
