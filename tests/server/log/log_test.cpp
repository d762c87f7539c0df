#include "log/log.hpp"

#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <geode/error.hpp>
#include "temp_directory.hpp"

using namespace geode::server;

namespace {

constexpr std::chrono::system_clock::time_point kTime{std::chrono::milliseconds(1'769'268'600'123)};

std::string text_line(const LogMessage& message) {
  return log_line(LogFormat::kText, kTime, message);
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

}  // namespace

TEST_CASE("lines of text begin with the date", "[log]") {
  CHECK(text_line({LogLevel::kInfo, "http", "listening"}) ==
        "2026-01-24T15:30:00.123Z INFO http: listening");
  const LogField fields[] = {{"port", std::int64_t{9090}},
                             {"host", "a b"},
                             {"user", "ada"},
                             {"ms", 1523.5},
                             {"said", "\"x\""},
                             {"empty", ""},
                             {"tls", true}};
  CHECK(text_line({LogLevel::kError, "http", "no", fields}) ==
        "2026-01-24T15:30:00.123Z ERROR http: no port=9090 host=\"a b\" user=ada ms=1523.5 "
        "said=\"\\\"x\\\"\" empty=\"\" tls=true");
}

TEST_CASE("a message is one line and does nothing to a terminal", "[log]") {
  CHECK(text_line({LogLevel::kWarn, "net", "a\nb\tc\r\x1b[31m\x7f"}) ==
        "2026-01-24T15:30:00.123Z WARN net: a\\nb\\tc\\x0d\\x1b[31m\\x7f");
  CHECK(text_line({LogLevel::kDebug, "net", "Grüße \xC2\x9B \xFF \xC3"}) ==
        "2026-01-24T15:30:00.123Z DEBUG net: Grüße \\xc2\\x9b \\xff \\xc3");
  const LogField field[] = {{"q", "x\n2026-01-24 ERROR forged"}};
  CHECK(text_line({LogLevel::kInfo, "net", "m", field}).find('\n') == std::string::npos);
}

TEST_CASE("lines of JSON hold the same", "[log]") {
  const LogField fields[] = {{"duration_ms", 1523.5},
                             {"rows_returned", std::int64_t{7}},
                             {"user", "a\"\n\xFF"},
                             {"bad", std::numeric_limits<double>::infinity()}};
  const std::string line =
      log_line(LogFormat::kJson, kTime, {LogLevel::kWarn, "query", "slow\x01", fields});
  CHECK(line.find('\n') == std::string::npos);
  const nlohmann::json object = nlohmann::json::parse(line);
  CHECK(object["timestamp"] == "2026-01-24T15:30:00.123Z");
  CHECK(object["level"] == "WARN");
  CHECK(object["logger"] == "query");
  CHECK(object["message"] == "slow\x01");
  CHECK(object["duration_ms"] == 1523.5);
  CHECK(object["rows_returned"] == 7);
  CHECK(object["user"] == "a\"\n\xEF\xBF\xBD");
  CHECK(object["bad"].is_null());
}

TEST_CASE("the level decides what is written, and can be changed", "[log]") {
  const geode::test::TempDirectory folder;
  LogOptions options;
  options.output = folder.file("server.log");
  options.level = LogLevel::kWarn;
  Log log(options);
  log.write({LogLevel::kInfo, "a", "not this"});
  log.write({LogLevel::kWarn, "a", "this"});
  CHECK_FALSE(log.writes(LogLevel::kInfo));
  options.level = LogLevel::kDebug;
  log.reopen(options);
  log.write({LogLevel::kDebug, "a", "and this"});
  const std::vector<std::string> lines = lines_of(options.output);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].ends_with("WARN a: this"));
  CHECK(lines[1].ends_with("DEBUG a: and this"));
}

TEST_CASE("a file that was moved away is made again when the log is reopened", "[log]") {
  const geode::test::TempDirectory folder;
  LogOptions options;
  options.output = folder.file("server.log");
  Log log(options);
  log.write({LogLevel::kInfo, "a", "one"});
  std::filesystem::rename(options.output, folder.file("moved"));
  log.write({LogLevel::kInfo, "a", "two"});
  log.reopen(options);
  log.write({LogLevel::kInfo, "a", "three"});
  CHECK(lines_of(folder.file("moved")).size() == 2);
  CHECK(lines_of(options.output).size() == 1);
}

TEST_CASE("a log that cannot be opened is told of, the one before goes on", "[log]") {
  const geode::test::TempDirectory folder;
  LogOptions options;
  options.output = folder.file("server.log");
  Log log(options);
  LogOptions broken = options;
  broken.output = folder.path().string();  // a folder
  try {
    log.reopen(broken);
    FAIL("a folder is no log");
  } catch (const geode::Error& error) {
    CHECK(error.gqlstatus() == geode::status::kIo);
    CHECK(error.message().find(broken.output) != std::string::npos);
  }
  log.write({LogLevel::kInfo, "a", "one"});
  CHECK(lines_of(options.output).size() == 1);
}

TEST_CASE("large files are put aside, and so many are kept", "[log]") {
  const geode::test::TempDirectory folder;
  LogOptions options;
  options.output = folder.file("server.log");
  options.rotate_size_bytes = 4096;
  options.rotate_count = 2;
  Log log(options);
  const std::string text(1000, 'x');
  for (int i = 0; i < 30; ++i) log.write({LogLevel::kInfo, "a", text});
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    ++files;
    CHECK(entry.file_size() <= 4096);
  }
  CHECK(files == 3);
}

TEST_CASE("a full disk loses lines and ends nothing", "[log]") {
  if (!std::filesystem::exists("/dev/full")) return;
  LogOptions options;
  options.output = "/dev/full";
  Log log(options);
  for (int i = 0; i < 3; ++i) log.write({LogLevel::kInfo, "a", "text"});
  CHECK(log.lost_lines() == 3);
}

TEST_CASE("lines of several threads stay whole", "[log]") {
  const geode::test::TempDirectory folder;
  LogOptions options;
  options.output = folder.file("server.log");
  Log log(options);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) log.write({LogLevel::kInfo, "a", "the whole line"});
    });
  }
  for (int i = 0; i < 20; ++i) log.reopen(options);
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> lines = lines_of(options.output);
  CHECK(lines.size() == 800);
  for (const std::string& line : lines) CHECK(line.ends_with("INFO a: the whole line"));
}
