#include "config/units.hpp"

#include <functional>

#include <catch2/catch.hpp>

#include <geode/error.hpp>

using namespace geode::server;
using namespace std::chrono_literals;

namespace {

/// The message and the hint of what `run` throws.
std::string refusal(const std::function<void()>& run) {
  try {
    run();
  } catch (const geode::Error& error) {
    CHECK(error.gqlstatus() == geode::status::kInvalidArgument);
    return error.message() + " | " + error.hint_text();
  }
  return "taken";
}

}  // namespace

TEST_CASE("durations have a unit", "[config]") {
  CHECK(parse_duration("7ns") == 7ns);
  CHECK(parse_duration("7us") == 7us);
  CHECK(parse_duration("300ms") == 300ms);
  CHECK(parse_duration("60s") == 60s);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("2h") == 2h);
  CHECK(parse_duration("3d") == 72h);
  CHECK(parse_duration("0") == 0s);
  CHECK(parse_duration("300000", true) == 300s);
  CHECK(refusal([] { parse_duration("60"); }) ==
        "`60` is no duration: its unit is missing | `60s` are seconds, `60ms` milliseconds");
  for (const char* text : {"", "s", "-1s", "1.5s", "1 s", "1sec", "1s2", "99999999999999999999s"}) {
    CAPTURE(text);
    CHECK(
        refusal([&] { parse_duration(text); }) ==
        "`" + std::string(text) +
            "` is no duration such as 300s | a whole number and one of ns, us, ms, s, m, h and d");
  }
  CHECK(refusal([] { parse_duration("106752d"); }).find("too long") != std::string::npos);
}

TEST_CASE("sizes know powers of 1000 and of 1024", "[config]") {
  CHECK(parse_size("12") == 12);
  CHECK(parse_size("12B") == 12);
  CHECK(parse_size("2GB") == 2'000'000'000);
  CHECK(parse_size("2GiB") == std::uint64_t{2} << 30);
  CHECK(parse_size("2g") == std::uint64_t{2} << 30);
  CHECK(parse_size("3tb") == 3'000'000'000'000);
  CHECK(parse_size("4KiB") == 4096);
  for (const char* text : {"", "GB", "1.5GB", "-1", "1 GB", "1XB", "18446744073709551615KB"}) {
    CAPTURE(text);
    CHECK(refusal([&] { parse_size(text); }) ==
          "`" + std::string(text) + "` is no size such as 512MB or 1GiB | ");
  }
}

TEST_CASE("endpoints are a host and a port", "[config]") {
  CHECK(parse_endpoint("0.0.0.0:3141") == Endpoint{"0.0.0.0", 3141});
  CHECK(parse_endpoint("[::1]:0") == Endpoint{"::1", 0});
  CHECK(parse_endpoint("geode-0.geode:65535") == Endpoint{"geode-0.geode", 65535});
  const std::pair<const char*, const char*> cases[] = {
      {"localhost", "the port is missing: `localhost:3141`"},
      {":3141", "`0.0.0.0:3141` are all addresses"},
      {"::1", "an address of IPv6 stands in brackets: `[::1]:3141`"},
      {"a:65536", "a port is a number from 0 to 65535, not `65536`"},
      {"a:", "a port is a number from 0 to 65535, not ``"},
      {"a:1x", "a port is a number from 0 to 65535, not `1x`"},
      {"[zz]:1", " | "},
      {"a b:1", " | "}};
  for (const auto& [text, hint] : cases) {
    CAPTURE(text);
    CHECK(refusal([&, found = text] { parse_endpoint(found); }).find(hint) != std::string::npos);
  }
}

TEST_CASE("booleans are words", "[config]") {
  for (const char* text : {"true", "Yes", "on", "1"}) CHECK(parse_boolean(text));
  for (const char* text : {"false", "no", "OFF", "0"}) CHECK_FALSE(parse_boolean(text));
  CHECK(refusal([] { parse_boolean("maybe"); }) == "`maybe` is neither true nor false | ");
}

TEST_CASE("what is written is read back", "[config]") {
  for (const char* text : {"300s", "90m", "1ns", "7d", "0s", "1500ms"}) {
    const std::chrono::nanoseconds value = parse_duration(text);
    CHECK(parse_duration(duration_text(value)) == value);
  }
  CHECK(duration_text(300s) == "5m");
  CHECK(duration_text(1500ms) == "1500ms");
  for (const std::uint64_t bytes :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, std::uint64_t{1024},
        std::uint64_t{2'000'000'000}, std::uint64_t{1} << 31, UINT64_MAX}) {
    CHECK(parse_size(size_text(bytes)) == bytes);
  }
  CHECK(size_text(2'000'000'000) == "2GB");
  CHECK(size_text(std::uint64_t{2} << 30) == "2GiB");
  for (const char* text : {"[::1]:3141", "db:1"}) {
    CHECK(endpoint_text(parse_endpoint(text)) == text);
  }
}
