#include "serve/history.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "temp_directory.hpp"

using namespace geode::server;
using geode::test::TempDirectory;

namespace {

constexpr std::int64_t kMinute = 60, kHour = 3600, kDay = 24 * kHour;
constexpr std::int64_t kStart = 1'790'000'000 - 1'790'000'000 % kDay;

Sample sample_at(std::int64_t time, std::uint64_t statements) {
  Sample sample;
  sample.time = time;
  sample.covered_ms = 60'000;
  sample.data_bytes = static_cast<std::uint64_t>(time);
  for (std::uint64_t i = 0; i < statements; ++i) sample.note(std::chrono::milliseconds(1), true);
  return sample;
}

}  // namespace

TEST_CASE("what was added is read again, also beside who wrote it") {
  const TempDirectory folder;
  const std::string path = folder.file("metrics.history");
  History history(path);
  CHECK(history.read(kStart).empty());
  for (int i = 0; i < 90; ++i) history.add(sample_at(kStart + i * kMinute, 2));
  // As after kill -9: nothing was closed.
  const History other(path);
  const std::vector<Sample> samples = other.read(kStart + 90 * kMinute);
  REQUIRE(samples.size() == 90);
  for (std::size_t i = 0; i < 90; ++i) {
    CHECK(samples[i].time == kStart + static_cast<std::int64_t>(i) * kMinute);
    CHECK(samples[i].statements == 2);
    CHECK(samples[i].durations == sample_at(0, 2).durations);
  }
}

TEST_CASE("a minute that has two parts is one") {
  const TempDirectory folder;
  History history(folder.file("metrics.history"));
  history.add(sample_at(kStart + 7, 2));
  history.add(sample_at(kStart + 41, 3));
  const std::vector<Sample> samples = history.read(kStart + kMinute);
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].time == kStart);
  CHECK(samples[0].statements == 5);
  CHECK(samples[0].covered_ms == 120'000);
}

TEST_CASE("after a day minutes are hours, and after 400 days they are gone") {
  const TempDirectory folder;
  const std::string path = folder.file("metrics.history");
  std::uintmax_t bytes = 0;
  {
    History history(path);
    for (std::int64_t day = 0; day < 410; ++day)
      for (std::int64_t hour = 0; hour < 24; ++hour)
        for (std::int64_t minute = 0; minute < 60; minute += 20)
          history.add(sample_at(kStart + day * kDay + hour * kHour + minute * kMinute, 1));
    bytes = std::filesystem::file_size(path);
  }
  CHECK(bytes <= 16 + (1440 + 9600) * 592);
  const std::int64_t now = kStart + 410 * kDay - kMinute;
  const std::vector<Sample> samples = History(path).read(now);
  // 23 whole hours and that which is not over, by minutes.
  REQUIRE(samples.size() == 24 * 3 + 400 * 24 - 24);
  CHECK(samples.front().time == now + kMinute - 400 * kDay);
  std::int64_t before = 0;
  for (const Sample& sample : samples) {
    CHECK(sample.time > before);
    before = sample.time;
    const bool is_hour = sample.time < now + kMinute - kDay;
    CHECK(sample.statements == (is_hour ? 3 : 1));
    if (is_hour) CHECK(sample.data_bytes == static_cast<std::uint64_t>(sample.time + 40 * kMinute));
  }
}

TEST_CASE("a slot that was damaged is an empty one") {
  const TempDirectory folder;
  const std::string path = folder.file("metrics.history");
  History history(path);
  for (int i = 0; i < 3; ++i) history.add(sample_at(kStart + i * kMinute, 1));
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(16 + 592 + 100)
      .put('x');
  const std::vector<Sample> samples = history.read(kStart + 3 * kMinute);
  REQUIRE(samples.size() == 2);
  CHECK(samples[1].time == kStart + 2 * kMinute);
}

TEST_CASE("a file that is something else is put aside") {
  const TempDirectory folder;
  const std::string path = folder.file("metrics.history");
  std::ofstream(path) << "a letter to somebody";
  History history(path);
  history.add(sample_at(kStart, 1));
  CHECK(history.read(kStart).size() == 1);
  std::string text;
  std::getline(std::ifstream(path + ".old"), text);
  CHECK(text == "a letter to somebody");
}

TEST_CASE("a history whose folder is not there tells so") {
  CHECK_THROWS_AS(History("/dev/null/metrics.history"), geode::Error);
}
