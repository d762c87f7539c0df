#include "config/machine.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sched.h>
#include <sstream>
#include <thread>

namespace geode::server {

namespace {

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

/// Calls `look` with the folder of the group and of each group around it. In a container the path
/// may be that of the host, of which only the top is there.
template <typename Look>
void for_group_and_above(const std::string& mount, std::string path, const Look& look) {
  while (true) {
    look(mount + (path == "/" ? "" : path));
    const std::size_t slash = path.rfind('/');
    if (path.size() <= 1 || slash == std::string::npos) return;
    path = slash == 0 ? "/" : path.substr(0, slash);
  }
}

void limit_processors(MachineLimits& limits, double quota, double period) {
  if (quota <= 0 || period <= 0) return;
  const double share = std::max(1.0, (quota + period - 1) / period);
  if (share < static_cast<double>(limits.processors)) {
    limits.processors = static_cast<std::size_t>(share);
  }
}

/// A number, or a word such as `max` when there is no limit.
void limit_memory(MachineLimits& limits, const std::string& path) {
  std::uint64_t bytes = 0;
  if (std::istringstream(first_line(path).value_or("max")) >> bytes && bytes > 0) {
    limits.memory_bytes = std::min(limits.memory_bytes, bytes);
  }
}

void limit_by_group_2(MachineLimits& limits, const std::string& folder) {
  double quota = 0, period = 0;
  if (std::istringstream(first_line(folder + "/cpu.max").value_or("max")) >> quota >> period) {
    limit_processors(limits, quota, period);
  }
  limit_memory(limits, folder + "/memory.max");
}

void limit_by_group_1(MachineLimits& limits, const std::string& folder) {
  double quota = 0, period = 0;
  // A quota of -1 is none.
  if (std::istringstream(first_line(folder + "/cpu.cfs_quota_us").value_or("-1")) >> quota &&
      std::istringstream(first_line(folder + "/cpu.cfs_period_us").value_or("0")) >> period) {
    limit_processors(limits, quota, period);
  }
  limit_memory(limits, folder + "/memory.limit_in_bytes");
}

std::size_t usable_processors() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof(set), &set) == 0) {
    return static_cast<std::size_t>(CPU_COUNT(&set));
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

std::uint64_t machine_memory(const std::string& root) {
  std::ifstream file(root + "/proc/meminfo");
  std::string word;
  std::uint64_t kibibytes = 0;
  while (file >> word) {
    if (word == "MemTotal:" && file >> kibibytes) return kibibytes << 10;
  }
  return UINT64_MAX;
}

}  // namespace

MachineLimits machine_limits(const std::string& root) {
  MachineLimits limits{usable_processors(), machine_memory(root)};
  const std::string mount = root + "/sys/fs/cgroup";
  std::ifstream groups(root + "/proc/self/cgroup");
  std::string line;
  // HIERARCHY:CONTROLLER,CONTROLLER:PATH; the one hierarchy of version 2 names no controllers.
  while (std::getline(groups, line)) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string path = line.substr(second + 1);
    std::istringstream controllers(line.substr(first + 1, second - first - 1));
    std::string controller;
    if (second == first + 1) {
      for_group_and_above(mount, path,
                          [&](const std::string& folder) { limit_by_group_2(limits, folder); });
    }
    while (std::getline(controllers, controller, ',')) {
      if (controller != "cpu" && controller != "memory") continue;
      for_group_and_above(mount + "/" + controller, path,
                          [&](const std::string& folder) { limit_by_group_1(limits, folder); });
    }
  }
  return limits;
}

}  // namespace geode::server
