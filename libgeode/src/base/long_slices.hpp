#pragma once

#include <cstdint>

namespace geode::base {

/// For its lifetime the calling thread has long time slices, where Linux (6.12 and later) knows
/// lengths of slices: its share of a processor stays the same, but a thread that wakes up for a
/// short while goes first instead of waiting for the end of a slice. So what runs for long does not
/// hold up what is over at once, with as many such threads as there are processors.
///
/// Elsewhere, and where the program has a scheduling policy of its own, it does nothing.
class LongSlices {
 public:
  LongSlices() noexcept;
  ~LongSlices();
  LongSlices(const LongSlices&) = delete;
  LongSlices& operator=(const LongSlices&) = delete;

 private:
  std::uint64_t slice_before_ns_ = 0;  ///< 0: nothing was changed
};

}  // namespace geode::base
