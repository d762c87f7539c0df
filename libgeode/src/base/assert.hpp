#pragma once

#include <string_view>

namespace geode::base {

/// Throws Error 58X02 (`corrupt`): what was read from a disk or a peer breaks a rule.
[[noreturn]] void check_failed(std::string_view message, const char* file, int line);

/// Throws Error XX000: a mistake of the library itself.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace geode::base

/// What a disk or a peer handed over must hold; tested in every build.
#define GEODE_CHECK(condition, message)                           \
  do {                                                            \
    if (!(condition)) [[unlikely]] {                              \
      ::geode::base::check_failed((message), __FILE__, __LINE__); \
    }                                                             \
  } while (false)

/// What the library's own code must hold; tested in debug builds. It throws rather than aborts, as
/// the process belongs to the program that embeds the library.
#ifdef NDEBUG
#define GEODE_ASSERT(condition) \
  do {                          \
  } while (false && (condition))
#else
#define GEODE_ASSERT(condition)                                        \
  do {                                                                 \
    if (!(condition)) [[unlikely]] {                                   \
      ::geode::base::assertion_failed(#condition, __FILE__, __LINE__); \
    }                                                                  \
  } while (false)
#endif
