#include "base/memory_budget.hpp"

#include <utility>

#include <catch2/catch.hpp>

#include <geode/error.hpp>

using geode::base::MemoryBudget;
using geode::base::MemoryCharge;

TEST_CASE("a budget refuses what goes over its limit and names the limit", "[base]") {
  MemoryBudget budget(64 << 20);
  budget.charge(60 << 20);
  CHECK_THROWS_WITH(budget.charge(5 << 20), Catch::Contains("64 MiB"));
  CHECK_THROWS_AS(budget.charge(~std::uint64_t{0}), geode::Error);
  CHECK(budget.used_bytes() == 60 << 20);
  budget.charge(4 << 20);
  budget.release(64 << 20);
  CHECK(budget.used_bytes() == 0);
}

TEST_CASE("a charge goes back to its budget", "[base]") {
  MemoryBudget budget(100);
  {
    MemoryCharge charge(&budget);
    charge.add(30);
    charge.set(90);
    MemoryCharge moved(std::move(charge));
    moved.set(50);
    CHECK(budget.used_bytes() == 50);
    CHECK_THROWS_AS(moved.add(51), geode::Error);
    CHECK(moved.bytes() == 50);
  }
  CHECK(budget.used_bytes() == 0);
}
