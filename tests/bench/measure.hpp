#pragma once

// What the benchmark programs share: clocks, medians and how often to run.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace geode::bench {

inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Of all threads of this process.
inline double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// A line of /proc/self/status such as "VmRSS", in megabytes; 0 when there is none.
inline double memory_megabytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::atof(line.c_str() + name.size() + 1) / 1024;
  }
  return 0;
}

struct Times {
  double first = 0;   ///< wall seconds of the first run
  double median = 0;  ///< wall seconds of the runs after it
  double minimum = 0;
  double cpu = 0;  ///< median of their processor seconds
  int runs = 0;
  int repeats = 1;  ///< executions in a run, so that a run is long beside the reading of the clocks
};

/// Runs `work` once, then 5 to 25 times within about `seconds`. A run repeats the work until it
/// takes a millisecond; all figures are of one execution. What takes more than twice as long as
/// `seconds` is run only once.
inline Times measure(double seconds, const std::function<void()>& work) {
  Times times;
  double begin = wall_seconds();
  const double first_cpu = cpu_seconds();
  work();
  times.first = wall_seconds() - begin;
  if (times.first > 2 * seconds) {
    times.median = times.minimum = times.first;
    times.cpu = cpu_seconds() - first_cpu;
    times.runs = 1;
    return times;
  }
  begin = wall_seconds();
  work();
  const double warm = wall_seconds() - begin;
  times.repeats = std::clamp(static_cast<int>(1e-3 / std::max(warm, 1e-9)), 1, 1000);
  std::vector<double> walls, cpus;
  const double start = wall_seconds();
  while (walls.size() < 5 || (walls.size() < 25 && wall_seconds() - start < seconds)) {
    const double wall = wall_seconds(), cpu = cpu_seconds();
    for (int i = 0; i < times.repeats; ++i) work();
    cpus.push_back((cpu_seconds() - cpu) / times.repeats);
    walls.push_back((wall_seconds() - wall) / times.repeats);
  }
  times.runs = static_cast<int>(walls.size());
  times.minimum = *std::min_element(walls.begin(), walls.end());
  times.median = median(std::move(walls));
  times.cpu = median(std::move(cpus));
  return times;
}

}  // namespace geode::bench
