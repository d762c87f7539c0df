#include "storage/reader_pool.hpp"

namespace geode::storage {

std::size_t ReaderPool::own_place() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t place = next.fetch_add(1, std::memory_order_relaxed) % kPlaces;
  return place;
}

MDB_txn* ReaderPool::take() {
  auto& place = places_[own_place()].reader;
  if (MDB_txn* reader = place.exchange(nullptr, std::memory_order_acquire)) return reader;
  std::lock_guard lock(mutex_);
  if (shared_.empty()) return nullptr;
  MDB_txn* reader = shared_.back();
  shared_.pop_back();
  return reader;
}

bool ReaderPool::give(MDB_txn* reader) {
  auto& place = places_[own_place()].reader;
  MDB_txn* expected = nullptr;
  if (place.compare_exchange_strong(expected, reader, std::memory_order_release,
                                    std::memory_order_relaxed)) {
    return true;
  }
  std::lock_guard lock(mutex_);
  if (shared_.size() >= kShared) return false;
  shared_.reserve(kShared);
  shared_.push_back(reader);
  return true;
}

std::vector<MDB_txn*> ReaderPool::drain() {
  std::vector<MDB_txn*> out;
  for (auto& place : places_) {
    if (MDB_txn* reader = place.reader.exchange(nullptr, std::memory_order_acquire)) {
      out.push_back(reader);
    }
  }
  std::lock_guard lock(mutex_);
  out.insert(out.end(), shared_.begin(), shared_.end());
  shared_.clear();
  return out;
}

}  // namespace geode::storage
