#include "transfer/key_map.hpp"

#include <algorithm>
#include <cstring>

#include "value/hash.hpp"

namespace geode::transfer {
namespace {

constexpr std::size_t kFirstSlots = 1024;
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
// An array may have this many places a key, which is what a slot costs.
constexpr std::uint64_t kPlacesPerKey = 4;

std::string_view text_at(const char* place) {
  std::uint32_t size;
  std::memcpy(&size, place, 4);
  return {place + 4, size};
}

}  // namespace

std::uint32_t* KeyMap::find_slot(std::int64_t key) {
  if (integers_.empty()) return nullptr;
  const std::size_t mask = integers_.size() - 1;
  std::size_t at = value::hash_int64(key) & mask;
  for (; integers_[at].node != kNone; at = (at + 1) & mask) {
    if (integers_[at].key == key) return &integers_[at].node;
  }
  return nullptr;
}

std::uint32_t* KeyMap::find_slot(std::string_view key) {
  if (texts_.empty()) return nullptr;
  const std::size_t mask = texts_.size() - 1;
  const std::uint64_t hash = value::hash_string(key);
  std::size_t at = hash & mask;
  for (; texts_[at].node != kNone; at = (at + 1) & mask) {
    if (texts_[at].hash == static_cast<std::uint32_t>(hash >> 32) &&
        text_at(texts_[at].text) == key) {
      return &texts_[at].node;
    }
  }
  return nullptr;
}

void KeyMap::grow_integers() {
  std::vector<IntegerSlot> old(std::max(kFirstSlots, integers_.size() * 2));
  old.swap(integers_);
  const std::size_t mask = integers_.size() - 1;
  for (const IntegerSlot& slot : old) {
    if (slot.node == kNone) continue;
    std::size_t at = value::hash_int64(slot.key) & mask;
    while (integers_[at].node != kNone) at = (at + 1) & mask;
    integers_[at] = slot;
  }
}

void KeyMap::grow_texts() {
  std::vector<TextSlot> old(std::max(kFirstSlots, texts_.size() * 2));
  old.swap(texts_);
  const std::size_t mask = texts_.size() - 1;
  for (const TextSlot& slot : old) {
    if (slot.node == kNone) continue;
    std::size_t at = value::hash_string(text_at(slot.text)) & mask;
    while (texts_[at].node != kNone) at = (at + 1) & mask;
    texts_[at] = slot;
  }
}

const char* KeyMap::store(std::string_view text) {
  const std::size_t size = text.size() + 4;
  if (block_size_ - block_used_ < size) {
    block_size_ = std::max(kBlockBytes, size);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size_));
    block_used_ = 0;
  }
  char* const at = blocks_.back().get() + block_used_;
  const auto length = static_cast<std::uint32_t>(text.size());
  std::memcpy(at, &length, 4);
  std::memcpy(at + 4, text.data(), text.size());
  block_used_ += size;
  return at;
}

bool KeyMap::insert(std::int64_t key, std::uint32_t node) {
  if ((integer_count_ + 1) * 4 > integers_.size() * 3) grow_integers();
  const std::size_t mask = integers_.size() - 1;
  std::size_t at = value::hash_int64(key) & mask;
  for (; integers_[at].node != kNone; at = (at + 1) & mask) {
    if (integers_[at].key == key) return false;
  }
  integers_[at] = {key, node};
  least_ = integer_count_ == 0 ? key : std::min(least_, key);
  greatest_ = integer_count_ == 0 ? key : std::max(greatest_, key);
  ++integer_count_;
  return true;
}

bool KeyMap::insert(std::string_view key, std::uint32_t node) {
  if ((text_count_ + 1) * 4 > texts_.size() * 3) grow_texts();
  const std::size_t mask = texts_.size() - 1;
  const std::uint64_t hash = value::hash_string(key);
  std::size_t at = hash & mask;
  for (; texts_[at].node != kNone; at = (at + 1) & mask) {
    if (texts_[at].hash == static_cast<std::uint32_t>(hash >> 32) &&
        text_at(texts_[at].text) == key) {
      return false;
    }
  }
  texts_[at] = {static_cast<std::uint32_t>(hash >> 32), node, store(key)};
  ++text_count_;
  return true;
}

void KeyMap::freeze() {
  if (integer_count_ == 0 || !dense_.empty()) return;
  const std::uint64_t range =
      static_cast<std::uint64_t>(greatest_) - static_cast<std::uint64_t>(least_);
  if (range / kPlacesPerKey > integer_count_) return;
  dense_.assign(range + 1, kNone);
  for (const IntegerSlot& slot : integers_) {
    if (slot.node == kNone) continue;
    dense_[static_cast<std::uint64_t>(slot.key) - static_cast<std::uint64_t>(least_)] = slot.node;
  }
  integers_ = {};
}

}  // namespace geode::transfer
