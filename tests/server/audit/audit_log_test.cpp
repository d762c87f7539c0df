#include "audit/audit_log.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "audit/audit_verify.hpp"

using namespace geode;
using namespace geode::server;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/geode-audit-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file() const { return path + "/audit.log"; }
  std::string path;
};

AuditOptions options_of(const Folder& folder) {
  AuditOptions options;
  options.file = folder.file();
  options.level = AuditLevel::kAll;
  return options;
}

std::string read(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void append(AuditLog& log, std::string_view statement) {
  AuditEvent event;
  event.operation = "MATCH";
  event.statement = statement;
  log.sync(log.write(event));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("every change, removal, swap and cut of an audit log is found", "[audit]") {
  const Folder folder;
  {
    AuditLog log(options_of(folder));
    for (int i = 0; i < 40; ++i) append(log, "MATCH (a:Person) RETURN a.name");
  }
  const std::string whole = read(folder.file());
  REQUIRE_FALSE(verify_audit({folder.file()}).problem);
  CHECK(verify_audit({folder.file()}).events == 41);
  struct stat info {};
  REQUIRE(::stat(folder.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  std::mt19937_64 random(1);
  const std::vector<std::string> lines = lines_of(whole);
  for (int i = 0; i < 400; ++i) {
    std::string damaged = whole;
    std::vector<std::string> moved = lines;
    const std::size_t at = random() % lines.size();
    switch (i % 4) {
      case 0:
        damaged[random() % whole.size()] ^= 1;
        break;
      case 1:
        moved.erase(moved.begin() + static_cast<std::ptrdiff_t>(at));
        damaged = joined(moved);
        break;
      case 2:
        std::swap(moved[at], moved[(at + 1 + random() % (lines.size() - 1)) % lines.size()]);
        damaged = joined(moved);
        break;
      default:
        damaged.resize(random() % whole.size());
    }
    write(folder.file(), damaged);
    INFO(i);
    CHECK(verify_audit({folder.file()}).problem);
  }
}

TEST_CASE("the chain goes on over files put aside and over restarts", "[audit]") {
  const Folder folder;
  AuditOptions options = options_of(folder);
  options.max_size_bytes = 4096;
  options.max_files = 3;
  for (int restart = 0; restart < 5; ++restart) {
    AuditLog log(options);
    for (int i = 0; i < 20; ++i) append(log, "RETURN 1");
  }
  const AuditCheck check = verify_audit({folder.file()});
  CHECK_FALSE(check.problem);
  CHECK(check.files.size() == 4);
  std::filesystem::remove(folder.file() + ".2");
  CHECK(verify_audit({folder.file(), folder.file() + ".3"}).problem);
}

TEST_CASE("a torn last line is set right and noted", "[audit]") {
  const Folder folder;
  {
    AuditLog log(options_of(folder));
    append(log, "RETURN 1");
  }
  write(folder.file(), read(folder.file()) + "{\"event_id\":3,\"timest");
  CHECK(verify_audit({folder.file()}).problem);
  {
    AuditLog log(options_of(folder));
    append(log, "RETURN 2");
  }
  CHECK_FALSE(verify_audit({folder.file()}).problem);
  CHECK(read(folder.file()).find("torn_line") != std::string::npos);
}

TEST_CASE("threads that append together have each event once", "[audit]") {
  const Folder folder;
  {
    AuditLog log(options_of(folder));
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) append(log, "RETURN 1");
      });
    for (std::thread& thread : threads) thread.join();
  }
  const AuditCheck check = verify_audit({folder.file()});
  CHECK_FALSE(check.problem);
  CHECK(check.events == 401);
}

TEST_CASE("an event is one line of UTF-8 whatever it quotes, and has no literal", "[audit]") {
  const Folder folder;
  AuditLog log(options_of(folder));
  const std::string names[] = {"a\nb",         "\x1b[31m", std::string("n\0m", 3),
                               "\xe2\x80\xae", "\xff",     "\",\"hash\":\""};
  for (const std::string& name : names) {
    AuditActor actor;
    actor.user = name;
    AuditEvent event;
    event.actor = &actor;
    event.statement = "RETURN 'secret-7'";
    log.sync(log.write(event));
  }
  const std::string text = read(folder.file());
  CHECK(lines_of(text).size() == 7);
  CHECK(text.find("secret-7") == std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
  CHECK_FALSE(verify_audit({folder.file()}).problem);
}

TEST_CASE("a full disk refuses the event and leaves the log whole", "[audit]") {
  const Folder folder;
  AuditLog log(options_of(folder));
  append(log, "RETURN 1");
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = std::filesystem::file_size(folder.file()) + 20;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string code;
  try {
    append(log, "RETURN 2");
  } catch (const Error& error) {
    code = error.gqlstatus();
  }
  const std::optional<Error> trouble = log.trouble();
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(code == status::kDiskFull);
  CHECK(trouble.value().gqlstatus() == status::kDiskFull);
  CHECK(log.lost_events() == 1);
  CHECK_FALSE(log.trouble());  // there is room again, which it finds out by itself
  append(log, "RETURN 3");
  CHECK_FALSE(verify_audit({folder.file()}).problem);
  CHECK(lines_of(read(folder.file())).at(2).find(R"("type":"events_lost","events":1})") !=
        std::string::npos);
  CHECK(verify_audit({folder.file()}).events == 4);
}
