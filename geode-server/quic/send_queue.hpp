#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <deque>
#include <memory>
#include <string_view>

namespace geode::quic {

/// What one stream sends: bytes stay at their place in memory until the other side has them, as
/// they may have to be sent again.
class SendQueue {
 public:
  void append(std::string_view bytes) {
    while (!bytes.empty()) {
      if (chunks_.empty() || chunks_.back().size == chunks_.back().capacity) {
        const std::size_t capacity = std::clamp(bytes.size(), kLeast, kMost);
        chunks_.push_back({std::unique_ptr<char[]>(new char[capacity]), capacity, 0});
      }
      Chunk& last = chunks_.back();
      const std::size_t count = std::min(last.capacity - last.size, bytes.size());
      std::memcpy(last.bytes.get() + last.size, bytes.data(), count);
      last.size += count;
      size_ += count;
      bytes.remove_prefix(count);
    }
  }

  /// The next bytes to be sent for the first time; one piece of them. Empty when there are none.
  std::string_view unsent() const {
    if (unsent_chunk_ == chunks_.size()) return {};
    const Chunk& chunk = chunks_[unsent_chunk_];
    return {chunk.bytes.get() + unsent_offset_, chunk.size - unsent_offset_};
  }
  /// Whether unsent() is all there is.
  bool unsent_is_last() const { return unsent_chunk_ + 1 >= chunks_.size(); }
  void sent(std::size_t count) {
    unsent_offset_ += count;
    skip_full();
  }
  /// The other side has `count` bytes more, in their order.
  void acknowledged(std::size_t count) {
    size_ -= count;
    first_offset_ += count;
    while (!chunks_.empty() && first_offset_ >= chunks_.front().capacity) {
      first_offset_ -= chunks_.front().capacity;
      chunks_.pop_front();
      --unsent_chunk_;
    }
    // A stream at rest holds nothing.
    if (size_ == 0) *this = SendQueue();
  }
  /// Bytes that the other side may not have.
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kLeast = 512, kMost = 16384;
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity, size;
  };

  void skip_full() {
    if (unsent_offset_ < chunks_[unsent_chunk_].capacity) return;
    ++unsent_chunk_;
    unsent_offset_ = 0;
  }

  std::deque<Chunk> chunks_;
  std::size_t size_ = 0;
  std::size_t first_offset_ = 0;  // in the first chunk: where what is not acknowledged begins
  std::size_t unsent_chunk_ = 0, unsent_offset_ = 0;
};

}  // namespace geode::quic
