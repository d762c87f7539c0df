#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace geode::server {

/// What the process may use of the machine.
struct MachineLimits {
  std::size_t processors = 1;
  std::uint64_t memory_bytes = 0;
};

/// Processors by the scheduler's mask and memory of the machine, each cut to the limits of the
/// process's control groups (version 1 and 2, and those of the groups around them), which is what a
/// container may use. Of parts of a processor the rest is rounded up. `root` stands before /proc
/// and /sys; for tests.
MachineLimits machine_limits(const std::string& root = "");

}  // namespace geode::server
