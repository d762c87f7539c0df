#include "base/ordered_jobs.hpp"

#include <atomic>
#include <stdexcept>

#include <catch2/catch.hpp>

namespace geode::base {
namespace {

TEST_CASE("results of jobs come in order, whoever does them", "[base]") {
  for (const std::uint32_t threads : {0u, 1u, 3u}) {
    OrderedJobs<std::uint64_t> jobs(500, threads, 4, [](std::uint64_t index) {
      return std::make_unique<std::uint64_t>(index * index);
    });
    std::uint64_t expected = 0;
    while (const auto result = jobs.next()) {
      REQUIRE(*result == expected * expected);
      ++expected;
    }
    CHECK(expected == 500);
    CHECK(jobs.next() == nullptr);
  }
}

TEST_CASE("a job that fails fails where its result is asked for", "[base]") {
  for (const std::uint32_t threads : {0u, 2u}) {
    OrderedJobs<int> jobs(10, threads, 10, [](std::uint64_t index) {
      if (index == 3) throw std::runtime_error("three");
      return std::make_unique<int>(0);
    });
    for (int i = 0; i < 3; ++i) CHECK(jobs.next() != nullptr);
    CHECK_THROWS_WITH(jobs.next(), "three");
  }
}

TEST_CASE("no more jobs are begun than results may wait, nor when nobody waits any more",
          "[base]") {
  std::atomic<int> begun{0};
  {
    OrderedJobs<int> jobs(1000, 2, 3, [&](std::uint64_t) {
      ++begun;
      return std::make_unique<int>(0);
    });
    jobs.next();
  }
  CHECK(begun <= 4);
}

}  // namespace
}  // namespace geode::base
