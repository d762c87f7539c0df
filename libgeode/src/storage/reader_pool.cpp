#include "storage/reader_pool.hpp"

#include <lmdb.h>

namespace geode::storage {

std::size_t ReaderPool::own_place() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t place = next.fetch_add(1, std::memory_order_relaxed) % kPlaces;
  return place;
}

Reader* ReaderPool::take() {
  auto& place = places_[own_place()].reader;
  if (Reader* reader = place.exchange(nullptr, std::memory_order_acquire)) return reader;
  std::lock_guard lock(mutex_);
  return shared_count_ == 0 ? nullptr : shared_[--shared_count_];
}

void ReaderPool::give(Reader& reader) noexcept {
  auto& place = places_[own_place()].reader;
  Reader* expected = nullptr;
  if (place.compare_exchange_strong(expected, &reader, std::memory_order_release,
                                    std::memory_order_relaxed)) {
    return;
  }
  {
    std::lock_guard lock(mutex_);
    if (shared_count_ < kShared) {
      shared_[shared_count_++] = &reader;
      return;
    }
  }
  close(reader);
}

Reader& ReaderPool::add(MDB_txn* transaction) {
  std::lock_guard lock(all_mutex_);
  closed_.reserve(all_.size() + 1);  // for close(), which must not fail
  if (closed_.empty()) return all_.emplace_back(transaction);
  Reader& reader = *closed_.back();
  closed_.pop_back();
  reader.replace(transaction);
  return reader;
}

void ReaderPool::close(Reader& reader) noexcept {
  std::lock_guard lock(all_mutex_);
  mdb_txn_abort(reader.replace(nullptr));
  closed_.push_back(&reader);
}

void ReaderPool::close_waiting() noexcept {
  for (auto& place : places_) {
    if (Reader* reader = place.reader.exchange(nullptr, std::memory_order_acquire)) close(*reader);
  }
  std::lock_guard lock(mutex_);
  while (shared_count_ > 0) close(*shared_[--shared_count_]);
}

void ReaderPool::for_each(const std::function<void(Reader&)>& visit) {
  std::lock_guard lock(all_mutex_);
  for (Reader& reader : all_) visit(reader);
}

}  // namespace geode::storage
