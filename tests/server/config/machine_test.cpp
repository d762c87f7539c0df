#include "config/machine.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "temp_directory.hpp"

using geode::server::machine_limits;

namespace {

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30;

/// A folder that stands for the root of a machine with 64 GiB.
struct FakeMachine {
  FakeMachine() { write("proc/meminfo", "MemTotal:       67108864 kB\nMemFree: 1 kB\n"); }

  void write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::string root() const { return folder.path().string(); }

  geode::test::TempDirectory folder;
};

}  // namespace

TEST_CASE("without groups the machine is the limit", "[config]") {
  const FakeMachine machine;
  CHECK(machine_limits(machine.root()).memory_bytes == 64 * kGibibyte);
  CHECK(machine_limits(machine.root()).processors >= 1);
}

TEST_CASE("groups of version 2 limit, and those around them", "[config]") {
  FakeMachine machine;
  machine.write("proc/self/cgroup", "0::/pods/geode\n");
  machine.write("sys/fs/cgroup/pods/geode/cpu.max", "max 100000\n");
  machine.write("sys/fs/cgroup/pods/geode/memory.max", "max\n");
  CHECK(machine_limits(machine.root()).memory_bytes == 64 * kGibibyte);
  machine.write("sys/fs/cgroup/pods/memory.max", std::to_string(8 * kGibibyte));
  machine.write("sys/fs/cgroup/pods/cpu.max", "50000 100000\n");
  CHECK(machine_limits(machine.root()).memory_bytes == 8 * kGibibyte);
  CHECK(machine_limits(machine.root()).processors == 1);
  machine.write("sys/fs/cgroup/pods/geode/memory.max", std::to_string(4 * kGibibyte));
  CHECK(machine_limits(machine.root()).memory_bytes == 4 * kGibibyte);
}

TEST_CASE("groups of version 1 limit, by the path of the host too", "[config]") {
  FakeMachine machine;
  machine.write("proc/self/cgroup", "9:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:pids:/x\n");
  machine.write("sys/fs/cgroup/memory/memory.limit_in_bytes", std::to_string(2 * kGibibyte));
  machine.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  machine.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  const std::size_t all = machine_limits(machine.root()).processors;
  CHECK(machine_limits(machine.root()).memory_bytes == 2 * kGibibyte);
  machine.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n");
  CHECK(machine_limits(machine.root()).processors == 1);
  CHECK(all >= 1);
}
