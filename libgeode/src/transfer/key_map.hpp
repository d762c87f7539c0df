#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace geode::transfer {

/// Node ids by key, for integers and for texts: open addressing, and for integers that lie close
/// together, once freeze() has been called, an array.
class KeyMap {
 public:
  /// No node has the key; several have it.
  static constexpr std::uint32_t kNone = 0xffffffffu;
  static constexpr std::uint32_t kSeveral = 0xfffffffeu;

  /// False, and nothing changed: the key is there already.
  bool insert(std::int64_t key, std::uint32_t node);
  bool insert(std::string_view key, std::uint32_t node);
  /// The node of a key that is there becomes kSeveral.
  void mark_several(std::int64_t key) { *find_slot(key) = kSeveral; }
  void mark_several(std::string_view key) { *find_slot(key) = kSeveral; }

  std::uint32_t find(std::int64_t key) const {
    if (!dense_.empty()) {
      const std::uint64_t at = static_cast<std::uint64_t>(key) - static_cast<std::uint64_t>(least_);
      return at < dense_.size() ? dense_[at] : kNone;
    }
    const std::uint32_t* slot = find_slot(key);
    return slot == nullptr ? kNone : *slot;
  }
  std::uint32_t find(std::string_view key) const {
    const std::uint32_t* slot = find_slot(key);
    return slot == nullptr ? kNone : *slot;
  }
  bool has_integers() const { return integer_count_ > 0; }
  bool has_texts() const { return text_count_ > 0; }

  /// Nothing is inserted any more.
  void freeze();

 private:
  struct IntegerSlot {
    std::int64_t key = 0;
    std::uint32_t node = kNone;  // kNone: free
  };
  struct TextSlot {
    std::uint32_t hash = 0;
    std::uint32_t node = kNone;
    const char* text = nullptr;  // size u32, bytes
  };
  std::uint32_t* find_slot(std::int64_t key);
  std::uint32_t* find_slot(std::string_view key);
  const std::uint32_t* find_slot(std::int64_t key) const {
    return const_cast<KeyMap*>(this)->find_slot(key);  // which changes nothing
  }
  const std::uint32_t* find_slot(std::string_view key) const {
    return const_cast<KeyMap*>(this)->find_slot(key);
  }
  void grow_integers();
  void grow_texts();
  const char* store(std::string_view text);

  std::vector<IntegerSlot> integers_;
  std::vector<TextSlot> texts_;
  std::uint64_t integer_count_ = 0, text_count_ = 0;
  std::int64_t least_ = 0, greatest_ = 0;
  std::vector<std::uint32_t> dense_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_used_ = 0, block_size_ = 0;
};

}  // namespace geode::transfer
