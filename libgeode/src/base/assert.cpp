#include "base/assert.hpp"

#include <string>

#include <geode/error.hpp>

namespace geode::base {

namespace {
std::string place(const char* file, int line) {
  std::string_view name(file);
  if (auto slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return " (" + std::string(name) + ":" + std::to_string(line) + ")";
}
}  // namespace

void check_failed(std::string_view message, const char* file, int line) {
  throw Error(status::kCorrupt, std::string(message) + place(file, line));
}

void assertion_failed(const char* condition, const char* file, int line) {
  throw Error(status::kInternal, std::string("assertion failed: ") + condition + place(file, line));
}

}  // namespace geode::base
