#include "graph/chunk/bitmap_container.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <geode/error.hpp>
#include "base/crc32c.hpp"

namespace geode::graph {
namespace {

enum Form : std::uint8_t { kArray = 0, kBits = 1, kRuns = 2 };
constexpr std::size_t kHeaderBytes = 16;

[[noreturn]] void corrupt(const char* what) {
  throw Error(status::kCorrupt, std::string("bitmap container: ") + what);
}

std::uint16_t load16(const std::byte* at) {
  std::uint16_t value;
  std::memcpy(&value, at, 2);
  return value;
}

std::uint32_t checksum(storage::ByteView bytes) {
  return base::crc32c(bytes.subspan(kHeaderBytes), base::crc32c(bytes.first(12)));
}

/// Ids that follow one another.
void fill_run(NodeId* out, std::uint64_t first, std::uint64_t count) {
  // Eight at a time, as each of a simple loop would wait for the one before it.
  std::uint64_t k = 0;
  for (; k + 8 <= count; k += 8) {
    for (std::uint64_t i = 0; i < 8; ++i) out[k + i] = NodeId{first + k + i};
  }
  for (; k < count; ++k) out[k] = NodeId{first + k};
}

}  // namespace

bool Bitmap::add(std::uint32_t low) {
  const std::uint64_t bit = std::uint64_t{1} << (low & 63);
  std::uint64_t& word = words_[low >> 6];
  if ((word & bit) != 0) return false;
  word |= bit;
  ++count_;
  return true;
}

void Bitmap::add_range(std::uint32_t first, std::uint32_t last_exclusive) {
  while (first < last_exclusive) {
    const std::uint32_t word_end = std::min((first | 63) + 1, last_exclusive);
    const std::uint32_t width = word_end - first;
    const std::uint64_t bits = (width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1)
                               << (first & 63);
    std::uint64_t& word = words_[first >> 6];
    count_ += static_cast<std::uint32_t>(std::popcount(bits & ~word));
    word |= bits;
    first = word_end;
  }
}

bool Bitmap::remove(std::uint32_t low) {
  const std::uint64_t bit = std::uint64_t{1} << (low & 63);
  std::uint64_t& word = words_[low >> 6];
  if ((word & bit) == 0) return false;
  word &= ~bit;
  --count_;
  return true;
}

std::uint32_t Bitmap::collect(std::uint32_t from, std::uint64_t base, NodeId* out,
                              std::uint32_t capacity) const {
  std::uint32_t written = 0;
  std::uint64_t mask = ~std::uint64_t{0} << (from & 63);
  for (std::uint32_t index = from >> 6; index < kWords && written < capacity; ++index) {
    std::uint64_t bits = words_[index] & mask;
    mask = ~std::uint64_t{0};
    for (; bits != 0 && written < capacity; bits &= bits - 1) {
      out[written++] =
          NodeId{base + index * 64 + static_cast<std::uint32_t>(std::countr_zero(bits))};
    }
  }
  return written;
}

void Bitmap::encode(std::vector<std::byte>& out) const {
  std::uint32_t runs = 0;
  std::uint64_t carry = 0;  // the bit before the present word
  for (const std::uint64_t word : words_) {
    runs += static_cast<std::uint32_t>(std::popcount(word & ~(word << 1 | carry)));
    carry = word >> 63;
  }
  const std::size_t array_bytes = count_ * std::size_t{2};
  const std::size_t run_bytes = runs * std::size_t{4};
  const std::size_t bits_bytes = kWords * std::size_t{8};
  Form form = kBits;
  std::size_t size = bits_bytes;
  if (run_bytes <= array_bytes && run_bytes < bits_bytes) {
    form = kRuns;
    size = run_bytes;
  } else if (array_bytes < bits_bytes) {
    form = kArray;
    size = array_bytes;
  }
  out.assign(kHeaderBytes + size, std::byte{0});
  std::byte* data = out.data() + kHeaderBytes;
  std::uint32_t entries = 0;
  const auto push = [&](std::uint32_t value) {
    const auto narrow = static_cast<std::uint16_t>(value);
    std::memcpy(data, &narrow, 2);
    data += 2;
  };
  if (form == kBits) {
    std::memcpy(data, words_.data(), bits_bytes);
    entries = kWords;
  } else if (form == kArray) {
    entries = count_;
    for (std::uint32_t index = 0; index < kWords; ++index) {
      for (std::uint64_t word = words_[index]; word != 0; word &= word - 1) {
        push(index * 64 + static_cast<std::uint32_t>(std::countr_zero(word)));
      }
    }
  } else {
    entries = runs;
    bool open = false;
    for (std::uint32_t index = 0; index < kWords; ++index) {
      // Bits that differ from the bit before them begin or end a run.
      const std::uint64_t word = words_[index];
      std::uint64_t edges = word ^ (word << 1 | (open ? 1u : 0u));
      for (; edges != 0; edges &= edges - 1) {
        const std::uint32_t at = index * 64 + static_cast<std::uint32_t>(std::countr_zero(edges));
        push(open ? at - 1 : at);
        open = !open;
      }
    }
    if (open) push(0xffff);
  }
  out[0] = static_cast<std::byte>(form);
  std::memcpy(out.data() + 4, &count_, 4);
  std::memcpy(out.data() + 8, &entries, 4);
  const std::uint32_t crc = checksum(out);
  std::memcpy(out.data() + 12, &crc, 4);
}

Bitmap Bitmap::decode(storage::ByteView bytes) {
  const BitmapView view(bytes);
  Bitmap out;
  if (view.form_ == kBits) {
    std::memcpy(out.words_.data(), view.data_, kWords * 8);
    out.count_ = view.count_;
  } else if (view.form_ == kArray) {
    for (std::uint32_t i = 0; i < view.entries_; ++i) out.add(load16(view.data_ + i * 2));
  } else {
    for (std::uint32_t i = 0; i < view.entries_; ++i) {
      out.add_range(load16(view.data_ + i * 4), load16(view.data_ + i * 4 + 2) + 1u);
    }
  }
  return out;
}

BitmapView::BitmapView(storage::ByteView bytes) : bytes_(bytes) {
  if (bytes.size() < kHeaderBytes) corrupt("shorter than its header");
  form_ = static_cast<std::uint8_t>(bytes[0]);
  std::memcpy(&count_, bytes.data() + 4, 4);
  std::memcpy(&entries_, bytes.data() + 8, 4);
  const std::size_t width = form_ == kArray ? 2 : form_ == kBits ? 8 : form_ == kRuns ? 4 : 0;
  if (width == 0 || bytes.size() != kHeaderBytes + width * entries_ ||
      (form_ == kBits && entries_ != Bitmap::kWords)) {
    corrupt("its size does not fit its header");
  }
  data_ = bytes.data() + kHeaderBytes;
}

void BitmapView::verify() const {
  std::uint32_t crc;
  std::memcpy(&crc, bytes_.data() + 12, 4);
  if (crc != checksum(bytes_)) corrupt("wrong checksum");
}

std::uint64_t BitmapView::word(std::uint32_t index) const {
  std::uint64_t value;
  std::memcpy(&value, data_ + index * std::size_t{8}, 8);
  return value;
}

bool BitmapView::contains(std::uint32_t low) const {
  if (form_ == kBits) return (word(low >> 6) >> (low & 63) & 1) != 0;
  const std::uint32_t width = form_ == kArray ? 2 : 4;
  std::uint32_t first = 0;
  std::uint32_t size = entries_;
  // The last entry whose first number is <= low.
  while (size > 0) {
    const std::uint32_t half = size / 2;
    if (load16(data_ + (first + half) * width) <= low) {
      first += half + 1;
      size -= half + 1;
    } else {
      size = half;
    }
  }
  if (first == 0) return false;
  const std::byte* entry = data_ + (first - 1) * width;
  return form_ == kArray ? load16(entry) == low : low <= load16(entry + 2);
}

std::uint32_t BitmapView::collect(std::uint32_t from, std::uint64_t base, NodeId* out,
                                  std::uint32_t capacity) const {
  std::uint32_t written = 0;
  if (form_ == kArray) {
    std::uint32_t first = 0;
    for (std::uint32_t size = entries_; size > 0;) {
      const std::uint32_t half = size / 2;
      if (load16(data_ + (first + half) * std::size_t{2}) < from) {
        first += half + 1;
        size -= half + 1;
      } else {
        size = half;
      }
    }
    for (std::uint32_t i = first; i < entries_ && written < capacity; ++i) {
      out[written++] = NodeId{base + load16(data_ + i * std::size_t{2})};
    }
  } else if (form_ == kRuns) {
    for (std::uint32_t i = 0; i < entries_ && written < capacity; ++i) {
      const std::uint32_t last = load16(data_ + i * std::size_t{4} + 2);
      const std::uint32_t at = std::max<std::uint32_t>(load16(data_ + i * std::size_t{4}), from);
      if (at > last) continue;
      const std::uint32_t count = std::min(last - at + 1, capacity - written);
      fill_run(out + written, base + at, count);
      written += count;
    }
  } else if (from < 65536) {
    std::uint64_t mask = ~std::uint64_t{0} << (from & 63);
    for (std::uint32_t index = from >> 6; index < Bitmap::kWords && written < capacity; ++index) {
      std::uint64_t bits = word(index) & mask;
      mask = ~std::uint64_t{0};
      if (bits == ~std::uint64_t{0} && capacity - written >= 64) {
        fill_run(out + written, base + index * std::uint64_t{64}, 64);
        written += 64;
        continue;
      }
      for (; bits != 0 && written < capacity; bits &= bits - 1) {
        out[written++] =
            NodeId{base + index * 64 + static_cast<std::uint32_t>(std::countr_zero(bits))};
      }
    }
  }
  return written;
}

void BitmapView::mark(std::uint8_t* mask, std::uint32_t size) const {
  if (form_ == kArray) {
    for (std::uint32_t i = 0; i < entries_; ++i) {
      const std::uint32_t at = load16(data_ + i * std::size_t{2});
      if (at < size) mask[at] = 1;
    }
  } else if (form_ == kRuns) {
    for (std::uint32_t i = 0; i < entries_; ++i) {
      const std::uint32_t first = load16(data_ + i * std::size_t{4});
      const std::uint32_t end = std::min(load16(data_ + i * std::size_t{4} + 2) + 1u, size);
      if (first < end) std::memset(mask + first, 1, end - first);
    }
  } else {
    for (std::uint32_t index = 0; index < Bitmap::kWords && index * 64 < size; ++index) {
      for (std::uint64_t bits = word(index); bits != 0; bits &= bits - 1) {
        const std::uint32_t at = index * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
        if (at < size) mask[at] = 1;
      }
    }
  }
}

}  // namespace geode::graph
