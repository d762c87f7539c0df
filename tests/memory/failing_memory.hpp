#pragma once

#include <cstdint>

namespace geode::test {

/// Which allocations of the process fail, of all threads: operator new, and, without a sanitizer,
/// malloc and its like, which LMDB and the C library use.
class FailingMemory {
 public:
  enum class Mode : std::uint8_t { kOnce, kFromThereOn };

  /// The `nth` allocation from now on fails, counted from 1.
  FailingMemory(std::uint64_t nth, Mode mode);
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  /// For its lifetime none fails: for what the program makes itself.
  struct Pause {
    Pause();
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    bool armed_;
  };

  /// Whether any did.
  static bool failed();
  /// Blocks that are allocated and not freed; 0 under a sanitizer, which looks for leaks itself.
  static std::int64_t live_blocks();
};

}  // namespace geode::test
