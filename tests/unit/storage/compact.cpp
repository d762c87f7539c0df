#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "other_process.hpp"
#include "storage_test.hpp"

namespace fs = std::filesystem;
using namespace geode;
using namespace geode::storage;

namespace {

std::size_t files_in(const test::TempDirectory& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()));
}

void erase(const TempDatabase& db, std::string_view key) {
  auto txn = db.write();
  txn->erase(Table::kBase, as_bytes(key));
  txn->commit();
}

}  // namespace

TEST_CASE("compacting gives free pages back and keeps the rest", "[storage]") {
  TempDatabase db;
  db.put("big", std::string(3'000'000, 'x'));
  db.put("small", "y");
  erase(db, "big");
  const std::string id = db.environment->database_id();
  const std::uint64_t transaction = db.read()->id();
  const auto permissions = fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read;
  fs::permissions(db.path, permissions);

  const CompactedBytes bytes = db.environment->compact(0);
  CHECK(bytes.before >= 3'000'000);
  CHECK(bytes.after < 200'000);
  CHECK(fs::file_size(db.path) == bytes.after);
  CHECK(fs::status(db.path).permissions() == permissions);
  CHECK(files_in(db.directory) == 2);
  CHECK(db.get("small") == "y");
  CHECK(db.get("big") == "(none)");
  CHECK(db.environment->database_id() == id);
  CHECK(db.read()->id() > transaction);

  // The file is still the one of its name, for this process and for those who open it later.
  db.put("after", "z");
  CHECK(Environment::open(db.path, {}) == db.environment);
  db.environment.reset();
  db.environment = Environment::open(db.path, {});
  CHECK(db.get("after") == "z");
  CHECK(db.get("small") == "y");
}

TEST_CASE("a database is compacted again and again", "[storage]") {
  TempDatabase db;
  for (int round = 0; round < 20; ++round) {
    db.put("k" + std::to_string(round), std::string(100'000, 'x'));
    if (round > 0) erase(db, "k" + std::to_string(round - 1));
    CHECK(db.environment->compact(0).after < 300'000);
  }
  CHECK(db.get("k19").size() == 100'000);
}

TEST_CASE("a snapshot that is open while the file is replaced keeps what it sees", "[storage]") {
  TempDatabase db;
  db.put("k", std::string(1'000'000, 'a'));
  auto before = db.read();
  const auto view = *before->get(Table::kBase, as_bytes("k"));
  db.environment->compact(0);
  db.put("k", std::string(1'000'000, 'b'));
  auto after = db.read();
  CHECK(before->map_generation() < after->map_generation());
  db.environment->compact(0);
  for (int i = 0; i < 5; ++i) db.put("k" + std::to_string(i), std::string(1'000'000, 'c'));

  CHECK(as_text(view) == std::string(1'000'000, 'a'));
  CHECK(text_of(before->get(Table::kBase, as_bytes("k"))) == std::string(1'000'000, 'a'));
  CHECK_FALSE(before->get(Table::kBase, as_bytes("k4")));
  CHECK(text_of(after->get(Table::kBase, as_bytes("k"))) == std::string(1'000'000, 'b'));
  before->suspend();
  before->resume();
  CHECK(text_of(before->get(Table::kBase, as_bytes("k"))) == std::string(1'000'000, 'b'));
  CHECK(before->get(Table::kBase, as_bytes("k4")));
}

TEST_CASE("threads read and write while the file is replaced", "[storage]") {
  TempDatabase db;
  db.put("a", "0");
  db.put("b", "0");
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        const auto txn = db.read();
        if (text_of(txn->get(Table::kBase, as_bytes("a"))) !=
            text_of(txn->get(Table::kBase, as_bytes("b")))) {
          ++torn;
        }
      }
    });
  }
  int last = 0;
  threads.emplace_back([&] {
    while (!stop) {
      auto txn = db.write();
      txn->put(Table::kBase, as_bytes("a"), as_bytes(std::to_string(last + 1)));
      txn->put(Table::kBase, as_bytes("b"), as_bytes(std::to_string(last + 1)));
      txn->commit();
      ++last;
    }
  });
  for (int i = 0; i < 50; ++i) db.environment->compact(-1);
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(torn == 0);
  CHECK(db.get("a") == std::to_string(last));
}

TEST_CASE("a file that another process has open is not replaced", "[storage]") {
  TempDatabase db;
  db.put("k", "v");
  {
    const OtherProcess other(db.path, db.directory.file("ready"));
    try {
      db.environment->compact(0);
      FAIL("the file was replaced");
    } catch (const Error& error) {
      CHECK(error.gqlstatus() == status::kDatabaseBusy);
      CHECK(error.message().find("is open in another process (unit_tests, pid ") !=
            std::string::npos);
    }
    CHECK(files_in(db.directory) == 2);
    CHECK(db.get("k") == "v");
    db.put("l", "w");
  }
  db.environment->compact(0);
  CHECK(db.get("l") == "w");
}

TEST_CASE("processes that open the file while it is replaced get the new one", "[storage]") {
  TempDatabase db;
  db.put("count", "0");
  constexpr int kRounds = 150;
  std::vector<pid_t> children;
  for (int i = 0; i < 2; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      int code = 0;
      try {
        for (int round = 0; round < kRounds; ++round) {
          const auto environment = Environment::open(db.path, {});
          auto txn = WriteTransaction::begin(environment, 60'000);
          const int count = std::stoi(text_of(txn->get(Table::kBase, as_bytes("count"))));
          txn->put(Table::kBase, as_bytes("count"), as_bytes(std::to_string(count + 1)));
          txn->commit();
        }
      } catch (...) {
        code = 1;
      }
      _exit(code);
    }
    children.push_back(pid);
  }
  int replaced = 0, running = 2;
  while (running > 0) {
    if (code_of([&] { db.environment->compact(0); }).empty()) ++replaced;
    for (pid_t& pid : children) {
      int state = 0;
      if (pid > 0 && waitpid(pid, &state, WNOHANG) == pid) {
        CHECK((WIFEXITED(state) && WEXITSTATUS(state) == 0));
        pid = -1;
        --running;
      }
    }
  }
  db.environment->compact(0);
  CHECK(db.get("count") == std::to_string(2 * kRounds));
  CHECK(files_in(db.directory) == 2);
}

TEST_CASE("what is left of a copy is removed when the database is opened", "[storage]") {
  TempDatabase db;
  db.put("k", "v");
  db.environment.reset();
  std::ofstream(db.path + "-compact") << "half of a copy";
  std::ofstream(db.path + "-compact-lock") << "x";
  EnvironmentOptions read_only;
  read_only.read_only = true;
  db.environment = Environment::open(db.path, read_only);
  CHECK(fs::exists(db.path + "-compact"));
  db.environment.reset();
  db.environment = Environment::open(db.path, {});
  CHECK(files_in(db.directory) == 2);
  CHECK(db.get("k") == "v");
}

TEST_CASE("a file that has another name is not replaced", "[storage]") {
  TempDatabase db;
  db.put("k", "v");
  fs::create_hard_link(db.path, db.directory.file("other"));
  CHECK(code_of([&] { db.environment->compact(0); }) == status::kCannotOpen);
  fs::remove(db.directory.file("other"));
  fs::rename(db.path, db.directory.file("moved"));
  CHECK(code_of([&] { db.environment->compact(0); }) != "");
  CHECK(db.get("k") == "v");
  CHECK_FALSE(fs::exists(db.path));
  fs::rename(db.directory.file("moved"), db.path);
  db.environment->compact(0);
  CHECK(files_in(db.directory) == 2);
}

TEST_CASE("a database that is read-only or being written is not compacted", "[storage]") {
  TempDatabase db;
  db.put("k", "v");
  auto writer = db.write();
  std::thread([&] {
    CHECK(code_of([&] { db.environment->compact(0); }) == status::kDatabaseBusy);
  }).join();
  CHECK(code_of([&] { db.environment->compact(0); }) == status::kActiveTransaction);
  writer.reset();
  db.environment.reset();
  EnvironmentOptions read_only;
  read_only.read_only = true;
  db.environment = Environment::open(db.path, read_only);
  CHECK(code_of([&] { db.environment->compact(0); }) == status::kReadOnlyTransaction);
}

TEST_CASE("an in-memory database gives its free pages back", "[storage]") {
  const auto memory = Environment::open(":memory:", {});
  const auto put = [&](std::string_view key, const std::string& value) {
    auto txn = WriteTransaction::begin(memory);
    txn->put(Table::kBase, as_bytes(key), as_bytes(value));
    txn->commit();
  };
  put("k", std::string(3'000'000, 'x'));
  put("k", "v");
  const auto before = ReadTransaction::begin(memory);
  const CompactedBytes bytes = memory->compact(0);
  CHECK(bytes.before >= 3'000'000);
  CHECK(bytes.after < 200'000);
  CHECK(memory->info().file_bytes == bytes.after);
  CHECK(text_of(before->get(Table::kBase, as_bytes("k"))) == "v");
  put("l", "w");
  CHECK(text_of(ReadTransaction::begin(memory)->get(Table::kBase, as_bytes("l"))) == "w");
  CHECK_FALSE(before->get(Table::kBase, as_bytes("l")));
}
