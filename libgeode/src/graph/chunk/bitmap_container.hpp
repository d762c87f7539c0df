#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <geode/ids.hpp>
#include "storage/transaction.hpp"

namespace geode::graph {

/// A set of the 65536 ids that share their upper bits, unpacked for changing.
class Bitmap {
 public:
  static constexpr std::uint32_t kWords = 1024;

  bool contains(std::uint32_t low) const { return (words_[low >> 6] >> (low & 63) & 1) != 0; }
  /// Gives whether it was not there.
  bool add(std::uint32_t low);
  void add_range(std::uint32_t first, std::uint32_t last_exclusive);
  bool remove(std::uint32_t low);
  std::uint32_t count() const { return count_; }
  /// As BitmapView's.
  std::uint32_t collect(std::uint32_t from, std::uint64_t base, NodeId* out,
                        std::uint32_t capacity) const;

  /// The smallest of three forms. Bytes: form u8, 3 reserved, cardinality u32, n u32, crc32c u32;
  /// then u16[n] (form 0), 8 KB of bits (form 1), or (first u16, last u16)[n] (form 2).
  void encode(std::vector<std::byte>& out) const;
  static Bitmap decode(storage::ByteView bytes);

 private:
  std::array<std::uint64_t, kWords> words_{};
  std::uint32_t count_ = 0;
};

/// A container in place; the bytes need an alignment of 2 only.
class BitmapView {
 public:
  BitmapView() = default;
  /// Throws Error 58X02 when the bytes cannot be a container.
  explicit BitmapView(storage::ByteView bytes);
  void verify() const;
  std::uint32_t count() const { return count_; }
  bool contains(std::uint32_t low) const;
  /// Writes up to `capacity` members >= `from`, ascending, each plus `base`; gives how many.
  std::uint32_t collect(std::uint32_t from, std::uint64_t base, NodeId* out,
                        std::uint32_t capacity) const;
  /// mask[i] = 1 for each member i below `size`; other bytes stay.
  void mark(std::uint8_t* mask, std::uint32_t size) const;

 private:
  friend class Bitmap;
  std::uint64_t word(std::uint32_t index) const;
  storage::ByteView bytes_;
  const std::byte* data_ = nullptr;
  std::uint32_t count_ = 0, entries_ = 0;
  std::uint8_t form_ = 0;
};

}  // namespace geode::graph
