// Memory that runs out anywhere: each path of the API is taken again and again, with its first, its
// second, its n-th allocation failing, alone or with all that follow. Whatever the path gives must
// be its result or Error 53X01, nothing else; the database must go on reading and writing, verify
// without damage, and at the end no block may be left that was not there before.
//
//   memory_test [--part=N] [--path=N] [--nth=N]
//
// Up to the part-th every allocation fails once, then about as many of each doubling of the number.

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <geode/verify.hpp>
#include "failing_memory.hpp"
#include "memory_paths.hpp"
#include "number_options.hpp"

namespace geode::test {
namespace {

using Mode = FailingMemory::Mode;

struct Settings {
  std::uint64_t part = 12;
  std::uint64_t path = 0, nth = 0;  ///< 0: all
};

/// Of a child process, seen by its parent after a crash.
struct Progress {
  std::uint64_t nth = 0, tried = 0;
  Mode mode = Mode::kOnce;
};

[[noreturn]] void fail(const MemoryPath& path, const Progress& at, const std::string& what) {
  std::printf("FAILED: %s, allocation %llu%s: %s\n", path.name.c_str(),
              static_cast<unsigned long long>(at.nth),
              at.mode == Mode::kOnce ? "" : " and all after it", what.c_str());
  std::fflush(stdout);
  _exit(1);
}

/// False when the path took fewer allocations.
bool take(const MemoryPath& path, MemoryFixture& fixture, const Progress& at) {
  std::string wrong;
  {
    const FailingMemory memory(at.nth, at.mode);
    try {
      path.run(fixture);
    } catch (const Error& error) {
      if (error.gqlstatus() != status::kMemoryLimit) wrong = "Error " + error.gqlstatus();
    } catch (const std::exception& error) {
      wrong = std::string("no Error, but ") + error.what();
    }
  }
  if (!wrong.empty()) fail(path, at, wrong);
  return FailingMemory::failed();
}

void expect_usable(const MemoryPath& path, MemoryFixture& fixture, const Progress& at) {
  try {
    if (fixture.session.in_transaction()) fixture.session.execute("ROLLBACK");
    fixture.session.execute("MATCH (p:Person {id: 5}) SET p.used = 1");
    if (fixture.session.execute("MATCH (p:Person) WHERE p.id < 120 RETURN count(*)")
            .single()
            .as_int64() != 120) {
      fail(path, at, "nodes are missing");
    }
  } catch (const std::exception& error) {
    fail(path, at, std::string("afterwards: ") + error.what());
  }
}

void try_all(const MemoryPath& path, const Settings& settings, Progress& at) {
  MemoryFixture fixture;
  path.run(fixture);
  for (const Mode mode : {Mode::kOnce, Mode::kFromThereOn}) {
    at.mode = mode;
    for (at.nth = 1;; at.nth += at.nth < settings.part ? 1 : at.nth / settings.part) {
      if (settings.nth != 0) at.nth = settings.nth;
      const bool failed = take(path, fixture, at);
      expect_usable(path, fixture, at);
      if (failed) ++at.tried;
      if (!failed || settings.nth != 0) break;
    }
  }
  const VerifyReport report = verify(fixture.database);
  if (!report.ok()) {
    fail(path, at, "damage: " + report.findings.at(0).where + ": " + report.findings.at(0).found);
  }
}

/// In a process of its own, as a crash is one of the ways to fail.
bool try_path(const MemoryPath& path, const Settings& settings, Progress& at) {
  at = Progress();
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    // What the library keeps for good is made by the first round.
    Progress first;
    try_all(path, settings, first);
    const std::int64_t before = FailingMemory::live_blocks();
    try_all(path, settings, at);
    const std::int64_t leaked = FailingMemory::live_blocks() - before;
    if (leaked > 0) fail(path, at, std::to_string(leaked) + " blocks are not freed");
    // So that a sanitizer looks for leaks.
    std::exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    std::printf("FAILED: %s, allocation %llu%s: signal %d\n", path.name.c_str(),
                static_cast<unsigned long long>(at.nth),
                at.mode == Mode::kOnce ? "" : " and all after it", WTERMSIG(status));
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace
}  // namespace geode::test

int main(int count, char** arguments) {
  using namespace geode::test;
  Settings settings;
  if (!read_numbers(
          count, arguments,
          {{"--part=", settings.part}, {"--path=", settings.path}, {"--nth=", settings.nth}},
          "memory_test [--part=N] [--path=N] [--nth=N]")) {
    return 2;
  }
  auto* progress = static_cast<Progress*>(
      mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (progress == MAP_FAILED) return 2;
  std::uint64_t tried = 0, failed = 0, number = 0;
  for (const MemoryPath& path : memory_paths()) {
    if (++number != settings.path && settings.path != 0) continue;
    if (!try_path(path, settings, *progress)) {
      ++failed;
      std::printf("  (--path=%llu)\n", static_cast<unsigned long long>(number));
    }
    tried += progress->tried;
  }
  std::printf("%zu paths, %llu failed allocations, %llu paths that did not stand them\n",
              memory_paths().size(), static_cast<unsigned long long>(tried),
              static_cast<unsigned long long>(failed));
  return failed == 0 ? 0 : 1;
}
