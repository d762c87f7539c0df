#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <string>

namespace geode::base {

/// A number of bytes for people: 1.5 GiB.
std::string size_text(std::uint64_t bytes);

/// What one statement (or session, or database) may keep in memory. Thread-safe.
class MemoryBudget {
 public:
  static constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

  explicit MemoryBudget(std::uint64_t limit_bytes = kNoLimit) : limit_bytes_(limit_bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// Throws Error 53X01, and charges nothing, when more than the limit would be in use.
  void charge(std::uint64_t bytes) {
    const std::uint64_t before = used_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    if (bytes > limit_bytes_ || before > limit_bytes_ - bytes) [[unlikely]]
      refuse(bytes);
  }
  void release(std::uint64_t bytes) noexcept {
    used_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }
  std::uint64_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }
  std::uint64_t limit_bytes() const { return limit_bytes_; }
  /// For the next run of what charges this budget; not while one is running.
  void set_limit_bytes(std::uint64_t limit_bytes) { limit_bytes_ = limit_bytes; }

 private:
  [[noreturn]] void refuse(std::uint64_t bytes);

  std::uint64_t limit_bytes_;
  std::atomic<std::uint64_t> used_bytes_{0};
};

/// A growing part of a budget, given back on destruction. One thread at a time.
class MemoryCharge {
 public:
  explicit MemoryCharge(MemoryBudget* budget = nullptr) : budget_(budget) {}
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;
  MemoryCharge(MemoryCharge&& other) noexcept : budget_(other.budget_), bytes_(other.bytes_) {
    other.bytes_ = 0;
  }
  MemoryCharge& operator=(MemoryCharge&& other) noexcept {
    if (this != &other) {
      clear();
      budget_ = other.budget_;
      bytes_ = other.bytes_;
      other.bytes_ = 0;
    }
    return *this;
  }
  ~MemoryCharge() { clear(); }

  void add(std::uint64_t bytes) {
    if (budget_ != nullptr) budget_->charge(bytes);
    bytes_ += bytes;
  }
  /// Makes the charge `bytes` in all.
  void set(std::uint64_t bytes) {
    if (bytes > bytes_) {
      add(bytes - bytes_);
    } else {
      if (budget_ != nullptr) budget_->release(bytes_ - bytes);
      bytes_ = bytes;
    }
  }
  void clear() noexcept {
    if (budget_ != nullptr) budget_->release(bytes_);
    bytes_ = 0;
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  MemoryBudget* budget_;
  std::uint64_t bytes_ = 0;
};

}  // namespace geode::base
