#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <new>

namespace geode::storage {

/// Which large values of a file this process has checked: by the number of the page where a value
/// begins, its checksum. A page that is used again holds a value with another checksum, which is
/// checked again. Thread-safe; losing an entry costs a check.
class CheckedPages {
 public:
  CheckedPages() = default;
  ~CheckedPages() {
    for (auto& block : blocks_) delete block.load(std::memory_order_relaxed);
  }
  CheckedPages(const CheckedPages&) = delete;
  CheckedPages& operator=(const CheckedPages&) = delete;

  bool contains(std::uint64_t page, std::uint32_t seal) const {
    const std::uint64_t number = page >> kBlockBits;
    if (number >= kBlocks || seal == 0) return false;
    const Block* block = blocks_[number].load(std::memory_order_acquire);
    return block != nullptr && (*block)[page & kBlockMask].load(std::memory_order_relaxed) == seal;
  }
  void insert(std::uint64_t page, std::uint32_t seal) {
    const std::uint64_t number = page >> kBlockBits;
    if (number >= kBlocks) return;
    Block* block = blocks_[number].load(std::memory_order_acquire);
    if (block == nullptr) {
      auto* made = new (std::nothrow) Block();
      if (made == nullptr) return;
      if (blocks_[number].compare_exchange_strong(block, made, std::memory_order_acq_rel)) {
        block = made;
      } else {
        delete made;
      }
    }
    (*block)[page & kBlockMask].store(seal, std::memory_order_relaxed);
  }

 private:
  /// Entries for 64 MiB of a file with pages of 4 KiB; all blocks are for 1 TiB.
  static constexpr int kBlockBits = 14;
  static constexpr std::uint64_t kBlockMask = (std::uint64_t{1} << kBlockBits) - 1;
  static constexpr std::uint64_t kBlocks = std::uint64_t{1} << 14;
  using Block = std::array<std::atomic<std::uint32_t>, std::size_t{1} << kBlockBits>;

  std::array<std::atomic<Block*>, kBlocks> blocks_{};
};

}  // namespace geode::storage
