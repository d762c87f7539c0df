#include "base/interrupt.hpp"

#include <string>

#include <catch2/catch.hpp>

#include <geode/error.hpp>

using geode::base::Interrupt;

namespace {
std::string code_of(const Interrupt& interrupt) {
  try {
    interrupt.check();
  } catch (const geode::Error& error) {
    return error.gqlstatus();
  }
  return "";
}
}  // namespace

TEST_CASE("a statement is stopped by cancelling it or by its deadline", "[base]") {
  Interrupt interrupt;
  CHECK(code_of(interrupt) == "");
  interrupt.set_timeout(std::chrono::hours(1));
  CHECK(code_of(interrupt) == "");
  CHECK_FALSE(interrupt.raised());
  interrupt.set_timeout(std::chrono::nanoseconds(0));
  CHECK(code_of(interrupt) == geode::status::kTimeout);
  interrupt.cancel();
  CHECK(code_of(interrupt) == geode::status::kCancelled);
  CHECK(interrupt.raised());
  interrupt.reset();
  CHECK(code_of(interrupt) == "");
}
