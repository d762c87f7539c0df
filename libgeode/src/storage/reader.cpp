#include "storage/reader.hpp"

#include <ctime>
#include <thread>

#include <lmdb.h>

namespace geode::storage {

namespace {

/// Some milliseconds exact, and read without asking the processor.
std::int64_t coarse_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

void Reader::begin(bool kept) noexcept {
  transaction_.store(mdb_txn_id(txn_), std::memory_order_relaxed);
  begun_.store(coarse_now(), std::memory_order_relaxed);
  kept_.store(kept, std::memory_order_relaxed);
  const std::uint64_t number = state_.load(std::memory_order_relaxed) | 7;
  state_.store((number + 1) | kWorks, std::memory_order_release);
}

bool Reader::wake() noexcept {
  std::uint64_t word = state_.load();
  for (;;) {
    switch (phase(word)) {
      case kRests:
        if (change(word, kWorks)) return true;
        break;
      case kEnding:
        std::this_thread::yield();
        word = state_.load();
        break;
      case kWorks:
        return true;
      case kFree:
      case kAsked:
      case kEnded:
        return false;
    }
  }
}

void Reader::rest() noexcept {
  std::uint64_t word = state_.load();
  while (phase(word) == kWorks) {
    if (change(word, kRests)) return;
  }
  if (phase(word) != kAsked) return;
  mdb_txn_reset(txn_);
  state_.store((word & ~std::uint64_t{7}) | kEnded);
}

void Reader::end() noexcept {
  // From rest it goes back to work first, so that no writer ends it at the same time.
  (void)wake();
  mdb_txn_reset(txn_);
  state_.store(state_.load(std::memory_order_relaxed) & ~std::uint64_t{7},
               std::memory_order_release);
}

void Reader::ask(std::uint64_t word) noexcept {
  const std::uint64_t number = word & ~std::uint64_t{7};
  word = state_.load();
  while ((word & ~std::uint64_t{7}) == number) {
    if (phase(word) == kWorks) {
      if (change(word, kAsked)) return;
    } else if (phase(word) == kRests) {
      if (!change(word, kEnding)) continue;
      mdb_txn_reset(txn_);
      state_.store(number | kEnded);
      return;
    } else {
      return;
    }
  }
}

std::chrono::nanoseconds Reader::age() const {
  return std::chrono::nanoseconds(coarse_now() - begun_.load(std::memory_order_relaxed));
}

}  // namespace geode::storage
