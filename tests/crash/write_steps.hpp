#pragma once

#include <cstdint>
#include <string>

namespace geode::test {

/// Counts the system calls of this process that change, flush, make, rename or remove files of one
/// folder, and ends the process at one of them, or has it fail.
///
/// The program defines pwrite, fdatasync and their like itself, so that the calls of shared
/// libraries come here first.

/// What is left of the call at which the process ends.
enum class LastCall : std::uint8_t {
  kNotMade,
  kHalfMade,  ///< a write of half the bytes
  kMade,
  /// As kNotMade, and some of what was not flushed is as it was before: a power cut
  /// (power_loss.hpp).
  kPowerCut,
  /// It fails with EIO, and the process goes on.
  kFails,
  /// It fails with ENOSPC, as do all from then on that need room, until stop_failing().
  kNoRoom,
  kNoQuota,  ///< the same with EDQUOT
};

/// From now on calls count that touch files below `folder`, which ends in '/'; the process ends
/// with _exit(kKilledAtStep) at call `step` (from 1). 0: never. Beside the folder another one,
/// whose name ends in "-kept" instead of '/', must exist for kPowerCut.
void count_steps(const std::string& folder, std::uint64_t step, LastCall last, std::uint64_t seed);
/// Whether a call has failed.
bool has_failed();
/// No call fails any more, or ends the process.
void stop_failing();

inline constexpr int kKilledAtStep = 77;

}  // namespace geode::test
