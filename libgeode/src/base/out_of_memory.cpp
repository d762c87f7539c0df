#include "base/out_of_memory.hpp"

#include <exception>
#include <optional>
#include <utility>

#include <geode/error.hpp>

namespace geode::base {

namespace {

/// What is thrown where there is no room for a copy of it.
const std::exception_ptr& no_memory() {
  static const std::exception_ptr error = std::make_exception_ptr(
      Error(status::kMemoryLimit, "the process has no memory left")
          .hint("make the query keep fewer rows, or give the process more memory"));
  return error;
}

[[maybe_unused]] const std::exception_ptr& made_when_loaded = no_memory();

}  // namespace

void throw_out_of_memory() {
  // Whoever catches an Error may write into it, so each should have its own.
  std::optional<Error> own;
  try {
    std::rethrow_exception(no_memory());
  } catch (const Error& error) {
    try {
      own.emplace(error);
    } catch (const std::bad_alloc&) {
      std::rethrow_exception(no_memory());
    }
  }
  throw std::move(*own);
}

}  // namespace geode::base
