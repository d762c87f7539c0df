#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "other_process.hpp"
#include "storage_test.hpp"

namespace geode::storage {

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

EnvironmentOptions with_lag(std::uint64_t bytes) {
  EnvironmentOptions options;
  options.sync = SyncMode::kOff;
  options.max_snapshot_lag_bytes = bytes;
  return options;
}

struct LimitedDatabase : TempDatabase {
  explicit LimitedDatabase(const EnvironmentOptions& options) {
    environment.reset();
    environment = Environment::open(directory.file("limited.geode"), options);
    path = environment->path();
  }
  /// Frees about 100 KB each time.
  void write_often(int times) const {
    for (int i = 0; i < times; ++i)
      put("big", std::string(100'000, static_cast<char>('a' + i % 26)));
  }
};

}  // namespace

TEST_CASE("a snapshot at rest that keeps too much is ended, and the file stops growing",
          "[storage]") {
  const LimitedDatabase db(with_lag(kMiB));
  db.write_often(3);
  auto snapshot = db.read();
  CHECK(snapshot->get(Table::kBase, as_bytes("big"))->size() == 100'000);
  snapshot->rest();
  db.write_often(5);
  {
    const std::vector<OpenSnapshot> open = db.environment->snapshots();
    REQUIRE(open.size() == 1);
    CHECK(open[0].own);
    CHECK(open[0].process == getpid());
    CHECK(open[0].commits_behind == 5);
    CHECK(open[0].held_bytes > 400'000);
    CHECK(open[0].held_bytes < 600'000);
    CHECK(open[0].age.has_value());
  }
  // Within the limits it goes on.
  snapshot->wake();
  CHECK(text_of(snapshot->get(Table::kBase, as_bytes("big"))) == std::string(100'000, 'c'));
  snapshot->rest();
  db.write_often(100);
  CHECK(db.environment->snapshots().empty());
  CHECK(db.environment->used_bytes() < 3 * kMiB);
  CHECK(code_of([&] { snapshot->wake(); }) == status::kSnapshotTooOld);
  CHECK(code_of([&] { snapshot->wake(); }) == status::kSnapshotTooOld);
  snapshot->suspend();
  snapshot->resume();
  CHECK(snapshot->get(Table::kBase, as_bytes("big"))->size() == 100'000);
}

TEST_CASE("without a limit the file grows as long as a snapshot is open", "[storage]") {
  const LimitedDatabase db(with_lag(0));
  auto snapshot = db.read();
  snapshot->rest();
  db.write_often(100);
  CHECK(db.environment->used_bytes() > 9 * kMiB);
  CHECK(db.environment->snapshots().at(0).held_bytes > 9 * kMiB);
  snapshot->wake();
}

TEST_CASE("a snapshot at work is asked for, and its bytes stay until it rests", "[storage]") {
  const LimitedDatabase db(with_lag(kMiB));
  db.write_often(3);
  auto snapshot = db.read();
  auto cursor = snapshot->cursor(Table::kBase);
  const ByteView bytes = *snapshot->get(Table::kBase, as_bytes("big"));
  db.write_often(100);
  CHECK(as_text(bytes) == std::string(100'000, 'c'));
  CHECK(db.environment->snapshots().size() == 1);
  CHECK(code_of([&] { snapshot->get(Table::kBase, as_bytes("big")); }) == status::kSnapshotTooOld);
  CHECK(code_of([&] { cursor.first(); }) == status::kSnapshotTooOld);
  CHECK((snapshot->state()->load() & 1) == 1);
  snapshot->wake();
  snapshot->rest();
  CHECK(db.environment->snapshots().size() == 1);
  snapshot->rest();
  CHECK(db.environment->snapshots().empty());
  const std::uint64_t before = db.environment->used_bytes();
  db.write_often(100);
  CHECK(db.environment->used_bytes() <= before + kMiB);
}

TEST_CASE("a snapshot that is kept, and one of the newest state, are not ended", "[storage]") {
  EnvironmentOptions options = with_lag(kMiB);
  options.max_snapshot_age = std::chrono::milliseconds(1);
  const LimitedDatabase db(options);
  const auto kept = ReadTransaction::begin(db.environment, true);
  db.write_often(30);
  auto newest = db.read();
  newest->rest();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  {
    // Its commits change nothing.
    db.write()->commit();
  }
  newest->wake();
  CHECK(newest->get(Table::kBase, as_bytes("big"))->size() == 100'000);
  newest->rest();
  CHECK(!kept->get(Table::kBase, as_bytes("big")));
  CHECK(db.environment->snapshots().size() == 2);
}

TEST_CASE("a snapshot that is too old is ended once it keeps a page", "[storage]") {
  EnvironmentOptions options = with_lag(0);
  options.max_snapshot_age = std::chrono::milliseconds(1);
  const LimitedDatabase db(options);
  db.write_often(2);
  auto snapshot = db.read();
  snapshot->rest();
  db.write_often(2);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  db.write_often(1);
  CHECK(code_of([&] { snapshot->wake(); }) == status::kSnapshotTooOld);
}

TEST_CASE("a snapshot of another process is told of and left alone, until that has died",
          "[storage]") {
  const LimitedDatabase db(with_lag(kMiB));
  db.write_often(2);
  const std::string ready = db.directory.file("ready");
  const pid_t pid = fork();
  if (pid == 0) {
    auto environment = Environment::open(db.path, {});
    auto snapshot = ReadTransaction::begin(environment);
    std::ofstream(ready) << "x";
    std::this_thread::sleep_for(std::chrono::seconds(60));
    _exit(0);
  }
  while (!std::filesystem::exists(ready)) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  CHECK(db.environment->snapshots().size() == 1);
  db.write_often(40);
  const std::vector<OpenSnapshot> open = db.environment->snapshots();
  REQUIRE(open.size() == 1);
  CHECK(open[0].process == pid);
  CHECK_FALSE(open[0].own);
  CHECK(open[0].commits_behind == 40);
  CHECK(open[0].held_bytes > 3 * kMiB);
  REQUIRE(open[0].age);
  CHECK(open[0].age->count() > 0);
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  CHECK(db.environment->snapshots().empty());
  const std::uint64_t before = db.environment->used_bytes();
  db.write_often(100);
  CHECK(db.environment->used_bytes() <= before + kMiB);
}

TEST_CASE("threads that read never see a page change while snapshots are ended under them",
          "[storage]") {
  const LimitedDatabase db(with_lag(256 * 1024));
  db.write_often(1);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0}, ended{0};
  std::vector<std::thread> readers;
  for (unsigned number = 0; number < 4; ++number) {
    readers.emplace_back([&, number] {
      unsigned turn = number;
      while (!stop) {
        auto snapshot = db.read();
        try {
          const ByteView bytes = *snapshot->get(Table::kBase, as_bytes("big"));
          const std::string copy(as_text(bytes));
          for (int i = 0; i < 20 && !stop; ++i) {
            if (as_text(bytes) != copy || copy.find_first_not_of(copy[0]) != std::string::npos)
              ++wrong;
            if (++turn % 3 != 0) continue;
            snapshot->rest();
            std::this_thread::yield();
            snapshot->wake();
          }
          snapshot->get(Table::kBase, as_bytes("big"));
        } catch (const Error& error) {
          if (error.gqlstatus() != status::kSnapshotTooOld) ++wrong;
          ++ended;
        }
      }
    });
  }
  for (int i = 0; i < 40 || (ended == 0 && i < 400); ++i) db.write_often(10);
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(ended > 0);
  CHECK(db.environment->snapshots().empty());
}

TEST_CASE("a file with a limit refuses what goes beyond it, and deleting and compacting go on",
          "[storage]") {
  EnvironmentOptions options = with_lag(0);
  options.max_file_size_bytes = 20 * kMiB;
  const LimitedDatabase db(options);
  const std::string value(50'000, 'v');
  const auto key = [](int i) { return number(static_cast<std::uint64_t>(i)); };
  int stored = 0;
  std::string code;
  while (code.empty()) {
    code = code_of([&] { db.put(key(stored), value); });
    if (code.empty()) ++stored;
  }
  CHECK(code == status::kDiskFull);
  CHECK(stored > 300);
  CHECK(db.environment->info().file_bytes <= options.max_file_size_bytes);
  CHECK(db.get(key(stored)) == "(none)");
  CHECK(db.get(key(stored - 1)) == value);
  // A transaction that is larger than all that is left.
  CHECK(code_of([&] {
          auto txn = db.write();
          for (int i = 0; i < 100; ++i)
            txn->put(Table::kBase, as_bytes(key(10'000 + i)), as_bytes(value));
          txn->commit();
        }) == status::kDiskFull);
  CHECK(db.read()->entry_count(Table::kBase) == static_cast<std::uint64_t>(stored));
  CHECK(code_of([&] { db.put("small", value); }) == status::kDiskFull);
  // Each of these is a transaction that writes pages before it frees any.
  for (int i = 0; i < stored; i += 2) {
    auto txn = db.write();
    REQUIRE(txn->erase(Table::kBase, as_bytes(key(i))));
    txn->use_reserve();
    txn->commit();
  }
  db.put("small", value);
  CHECK(db.environment->compact(-1).after < 12 * kMiB);
  CHECK(db.get(key(1)) == value);
  for (int i = 0; i < 100; ++i) db.put(key(20'000 + i), value);
  CHECK(db.environment->info().file_bytes <= options.max_file_size_bytes);
}

TEST_CASE(
    "a process follows another one that makes the file larger than its map, under its readers",
    "[storage]") {
  const test::TempDirectory directory;
  const std::string path = directory.file("a.geode");
  EnvironmentOptions small;
  small.sync = SyncMode::kOff;
  small.map_size_bytes = 16 * kMiB;
  auto environment = Environment::open(path, small);
  const auto put = [](const std::shared_ptr<Environment>& to, std::uint64_t i) {
    auto txn = WriteTransaction::begin(to);
    const char mark = static_cast<char>('a' + i % 26);
    txn->put(Table::kBase, as_bytes(mark + number(i)), as_bytes(std::string(500'000, mark)));
    txn->commit();
  };
  for (std::uint64_t i = 0; i < 10; ++i) put(environment, i);
  auto old = ReadTransaction::begin(environment);
  const std::string first = 'a' + number(0);
  const ByteView held = *old->get(Table::kBase, as_bytes(first));
  const auto in_child = [&](std::uint64_t from, std::uint64_t to) {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    EnvironmentOptions large;
    large.sync = SyncMode::kOff;
    auto own = Environment::open(path, large);
    for (std::uint64_t i = from; i < to; ++i) put(own, i);
    _exit(0);
  };
  const auto joined = [](pid_t pid) {
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  };
  CHECK(joined(in_child(10, 60)));
  CHECK(environment->used_bytes() > small.map_size_bytes);
  // What is open stays where it is; the next snapshot maps more.
  CHECK(as_text(held) == std::string(500'000, 'a'));
  CHECK(text_of(old->get(Table::kBase, as_bytes('j' + number(9)))) == std::string(500'000, 'j'));
  old.reset();
  CHECK(ReadTransaction::begin(environment)->entry_count(Table::kBase) == 60);

  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int number = 0; number < 3; ++number) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto snapshot = ReadTransaction::begin(environment);
        auto cursor = snapshot->cursor(Table::kBase);
        while (cursor.next()) {
          if (as_text(cursor.value()).find_first_not_of(as_text(cursor.key())[0]) !=
              std::string_view::npos)
            ++wrong;
        }
      }
    });
  }
  const pid_t pid = in_child(60, 260);
  CHECK(joined(pid));
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(ReadTransaction::begin(environment)->entry_count(Table::kBase) == 260);
  put(environment, 260);
}

}  // namespace geode::storage
