#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "storage_test.hpp"

using namespace geode;
using namespace geode::storage;

namespace {

void wait_for(const std::string& file) {
  while (!std::filesystem::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

std::uint64_t counter(const Transaction& txn) {
  const auto bytes = txn.get(Table::kBase, as_bytes("counter"));
  return bytes ? base::load_be<std::uint64_t>(bytes->data()) : 0;
}

void count_up(const std::shared_ptr<Environment>& environment, int times) {
  for (int i = 0; i < times; ++i) {
    auto txn = WriteTransaction::begin(environment, 30'000);
    txn->put(Table::kBase, as_bytes("counter"), as_bytes(number(counter(*txn) + 1)));
    txn->commit();
  }
}

}  // namespace

TEST_CASE("a second thread waits for the writer, or is refused after its time", "[storage]") {
  TempDatabase db;
  auto writer = db.write();
  std::string code;
  auto waited = std::chrono::steady_clock::duration::zero();
  std::thread([&] {
    const auto start = std::chrono::steady_clock::now();
    code = code_of([&] { db.write(50); });
    waited = std::chrono::steady_clock::now() - start;
  }).join();
  CHECK(code == status::kDatabaseBusy);
  CHECK(waited >= std::chrono::milliseconds(50));
  std::thread waiting([&] {
    auto txn = db.write();
    txn->put(Table::kBase, as_bytes("second"), as_bytes("v"));
    txn->commit();
  });
  writer->put(Table::kBase, as_bytes("first"), as_bytes("v"));
  writer->commit();
  waiting.join();
  CHECK(db.read()->entry_count(Table::kBase) == 2);
}

TEST_CASE("a thread that already writes is told so instead of waiting for itself", "[storage]") {
  TempDatabase db;
  auto writer = db.write();
  CHECK(code_of([&] { db.write(); }) == status::kActiveTransaction);
  writer->abort();
  db.write(0)->commit();
}

TEST_CASE("a write transaction belongs to the thread that began it", "[storage]") {
  TempDatabase db;
  auto writer = db.write();
  std::string put, commit;
  std::thread([&] {
    put = code_of([&] { writer->put(Table::kBase, as_bytes("k"), as_bytes("v")); });
    commit = code_of([&] { writer->commit(); });
  }).join();
  CHECK(put == status::kInvalidTransactionState);
  CHECK(commit == status::kInvalidTransactionState);
  writer->put(Table::kBase, as_bytes("k"), as_bytes("v"));
  writer->commit();
  CHECK(db.get("k") == "v");
}

TEST_CASE("a writer dropped on another thread makes later writers fail, not hang", "[storage]") {
  TempDatabase db;
  db.put("k", "v");
  {
    auto writer = db.write();
    std::thread([&] { writer.reset(); }).join();
  }
  CHECK(code_of([&] { db.write(); }) == status::kDatabaseBusy);
  CHECK(db.get("k") == "v");
  db.environment.reset();
  db.environment = Environment::open(db.path, {});
  db.put("k", "w");
  CHECK(db.get("k") == "w");
}

TEST_CASE("another process is refused with the name of the holder", "[storage]") {
  TempDatabase db;
  const std::string ready = db.directory.file("ready"), go = db.directory.file("go");
  const pid_t pid = fork();
  if (pid == 0) {
    auto environment = Environment::open(db.path, {});
    auto txn = WriteTransaction::begin(environment);
    txn->put(Table::kBase, as_bytes("k"), as_bytes("child"));
    std::ofstream(ready) << "x";
    wait_for(go);
    txn->commit();
    _exit(0);
  }
  wait_for(ready);
  std::string message;
  try {
    db.write(30);
  } catch (const Error& error) {
    message = error.what();
  }
  CHECK_THAT(message, Catch::Contains("08X02") && Catch::Contains("pid " + std::to_string(pid)) &&
                          Catch::Contains("since 20"));
  CHECK(code_of([&] { db.write(0); }) == status::kDatabaseBusy);
  CHECK(db.get("k") == "(none)");
  std::ofstream(go) << "x";
  db.put("l", "parent");
  CHECK(db.get("k") == "child");
  int exit_status = 0;
  waitpid(pid, &exit_status, 0);
  CHECK(exit_status == 0);
}

TEST_CASE("a writer that is killed leaves the database free and unchanged", "[storage]") {
  TempDatabase db;
  db.put("k", "before");
  for (int round = 0; round < 5; ++round) {
    const std::string ready = db.directory.file("ready" + std::to_string(round));
    const pid_t pid = fork();
    if (pid == 0) {
      auto environment = Environment::open(db.path, {});
      auto txn = WriteTransaction::begin(environment);
      txn->begin_child();
      txn->put(Table::kBase, as_bytes("k"), as_bytes(std::string(1'000'000, 'x')));
      std::ofstream(ready) << "x";
      std::this_thread::sleep_for(std::chrono::seconds(60));
      _exit(0);
    }
    wait_for(ready);
    CHECK(code_of([&] { db.write(0); }) == status::kDatabaseBusy);
    kill(pid, SIGKILL);
    // Killed while this process waits, or before it asks.
    if (round % 2 == 0) waitpid(pid, nullptr, 0);
    auto txn = db.write(5000);
    CHECK(text_of(txn->get(Table::kBase, as_bytes("k"))) == "before");
    txn->commit();
    if (round % 2 != 0) waitpid(pid, nullptr, 0);
  }
}

TEST_CASE("the writer's children do not keep its lock when it is killed", "[storage]") {
  TempDatabase db;
  const std::string ready = db.directory.file("ready"), child_file = db.directory.file("child");
  const pid_t pid = fork();
  if (pid == 0) {
    auto environment = Environment::open(db.path, {});
    auto txn = WriteTransaction::begin(environment);
    const pid_t grandchild = fork();
    if (grandchild == 0) {
      std::this_thread::sleep_for(std::chrono::seconds(60));
      _exit(0);
    }
    std::ofstream(child_file) << grandchild;
    std::ofstream(ready) << "x";
    std::this_thread::sleep_for(std::chrono::seconds(60));
    _exit(0);
  }
  wait_for(ready);
  pid_t grandchild = 0;
  std::ifstream(child_file) >> grandchild;
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  CHECK(code_of([&] { db.write(2000)->commit(); }) == "");
  kill(grandchild, SIGKILL);
}

TEST_CASE("no increment of several threads and processes is lost", "[storage]") {
  TempDatabase db;
  constexpr int kProcesses = 3, kThreads = 2, kTimes = 40;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t pid = fork();
    if (pid == 0) {
      int code = 1;
      try {
        auto environment = Environment::open(db.path, {});
        std::thread other([&] { count_up(environment, kTimes); });
        count_up(environment, kTimes);
        other.join();
        code = 0;
      } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
      }
      _exit(code);
    }
    children.push_back(pid);
  }
  count_up(db.environment, kTimes);
  for (const pid_t pid : children) {
    int exit_status = 0;
    waitpid(pid, &exit_status, 0);
    CHECK(exit_status == 0);
  }
  CHECK(counter(*db.read()) == kTimes * (kProcesses * kThreads + 1));
}

TEST_CASE("a process that writes all the time lets others have their turn", "[storage]") {
  TempDatabase db;
  const std::string ready = db.directory.file("ready"), stop = db.directory.file("stop");
  const pid_t pid = fork();
  if (pid == 0) {
    auto environment = Environment::open(db.path, {});
    for (bool first = true; !std::filesystem::exists(stop); first = false) {
      count_up(environment, 1);
      if (first) std::ofstream(ready) << "x";
    }
    _exit(0);
  }
  wait_for(ready);
  auto longest = std::chrono::steady_clock::duration::zero();
  for (int i = 0; i < 10; ++i) {
    const auto start = std::chrono::steady_clock::now();
    db.write(20'000)->commit();
    longest = std::max(longest, std::chrono::steady_clock::now() - start);
  }
  std::ofstream(stop) << "x";
  waitpid(pid, nullptr, 0);
  CHECK(longest < std::chrono::seconds(5));
}
