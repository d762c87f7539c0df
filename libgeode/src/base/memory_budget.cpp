#include "base/memory_budget.hpp"

#include <cstdio>

#include <geode/error.hpp>

namespace geode::base {

std::string size_text(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto size = static_cast<double>(bytes);
  int unit = 0;
  while (size >= 1024 && unit < 6) {
    size /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.4g %s", size, kUnits[unit]);
  return text;
}

void MemoryBudget::refuse(std::uint64_t bytes) {
  release(bytes);
  throw Error(status::kMemoryLimit, "the memory limit of " + size_text(limit_bytes_) +
                                        " is reached (" + size_text(used_bytes()) + " in use, " +
                                        size_text(bytes) + " more asked for)")
      .hint("raise the limit, or make the query keep fewer rows");
}

}  // namespace geode::base
