#pragma once

#include <cstdint>
#include <string>

namespace geode::test {

/// Counts the system calls of this process that change, flush or rename the files of a database,
/// and ends the process at one of them, or has it fail.
///
/// The program defines pwrite, fdatasync and their like itself, so that the calls of shared
/// libraries come here first. Not counted: files whose name does not begin with the given path.

/// What is left of the call at which the process ends.
enum class LastCall : std::uint8_t {
  kNotMade,
  kHalfMade,  ///< a write of half the bytes
  kMade,
  /// As kNotMade, and of the pages written since the last flush some are as they were before: a
  /// power cut.
  kPowerCut,
  /// It fails with EIO, and the process goes on.
  kFails,
  /// It fails with ENOSPC, as do all writes from then on until stop_failing().
  kNoRoom,
};

/// From now on calls count; the process ends with _exit(kKilledAtStep) at call `step` (from 1). 0:
/// never.
void count_steps(const std::string& path, std::uint64_t step, LastCall last, std::uint64_t seed);
std::uint64_t steps_counted();
/// Whether a call has failed.
bool has_failed();
/// No call fails any more, or ends the process.
void stop_failing();

inline constexpr int kKilledAtStep = 77;

}  // namespace geode::test
