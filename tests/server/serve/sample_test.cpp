#include "serve/sample.hpp"

#include <catch2/catch.hpp>

using namespace geode::server;
using namespace std::chrono_literals;

TEST_CASE("a sample tells rates, the mean and the longest") {
  Sample sample;
  CHECK(sample.rate(5) == 0);
  CHECK(sample.average_ms() == 0);
  CHECK(sample.percentile_ms(0.5) == 0);
  sample.covered_ms = 30'000;
  for (int i = 0; i < 60; ++i) sample.note(i % 2 == 0 ? 1ms : 3ms, i % 3 != 0);
  CHECK(sample.rate(sample.statements) == Approx(2));
  CHECK(sample.rate(sample.errors) == Approx(20.0 / 30));
  CHECK(sample.average_ms() == Approx(2));
  CHECK(sample.longest_ms() == Approx(3));
}

TEST_CASE("percentiles of a sample are near those of its statements") {
  Sample sample;
  for (int i = 1; i <= 10'000; ++i) sample.note(i * 10us, true);
  CHECK(sample.percentile_ms(0.5) == Approx(50).epsilon(0.05));
  CHECK(sample.percentile_ms(0.95) == Approx(95).epsilon(0.05));
  CHECK(sample.percentile_ms(0.99) == Approx(99).epsilon(0.05));
  CHECK(sample.percentile_ms(1) <= sample.longest_ms());
}

TEST_CASE("statements of no time and of a day are counted, too") {
  Sample sample;
  sample.note(0ns, true);
  CHECK(sample.percentile_ms(0.99) == 0);
  sample.note(24h, true);
  CHECK(sample.longest_ms() == Approx(86'400'000));
  CHECK(sample.percentile_ms(1) <= sample.longest_ms());
  CHECK(sample.percentile_ms(1) > 3'600'000);
}

TEST_CASE("samples that follow one another add up, and keep the last size") {
  Sample first, second;
  first.time = 60;
  first.covered_ms = second.covered_ms = 60'000;
  first.connections = 7;
  second.connections = 3;
  first.data_bytes = 100;
  second.data_bytes = 90;
  first.note(1ms, true);
  second.note(5ms, false);
  first.add(second);
  CHECK(first.time == 60);
  CHECK(first.covered_ms == 120'000);
  CHECK(first.statements == 2);
  CHECK(first.errors == 1);
  CHECK(first.connections == 7);
  CHECK(first.data_bytes == 90);
  CHECK(first.average_ms() == Approx(3));
}
