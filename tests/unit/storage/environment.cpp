#include "storage/environment.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "storage/database_file.hpp"
#include "storage_test.hpp"

namespace fs = std::filesystem;
using namespace geode;
using namespace geode::storage;

namespace {

/// The exit code of `body` run in a child process; 100 when it threw or died.
template <class Body>
int in_child(Body&& body) {
  const pid_t pid = fork();
  if (pid == 0) {
    int code = 100;
    try {
      code = body();
    } catch (...) {
    }
    _exit(code);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

}  // namespace

TEST_CASE("a database is created once, keeps its id and its content", "[storage]") {
  test::TempDirectory directory;
  const std::string path = directory.file("a.geode");
  std::string id;
  {
    auto environment = Environment::open(path, {});
    id = environment->database_id();
    CHECK(id.size() == 32);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(environment->path() == fs::canonical(path).string());
    CHECK_FALSE(environment->in_memory());
    auto txn = WriteTransaction::begin(environment);
    txn->put(Table::kHot, as_bytes("k"), as_bytes("v"));
    txn->commit();
    CHECK(environment->used_bytes() == fs::file_size(path));
  }
  auto environment = Environment::open(path, {});
  CHECK(environment->database_id() == id);
  CHECK(text_of(ReadTransaction::begin(environment)->get(Table::kHot, as_bytes("k"))) == "v");
  // Nothing but the database and its lock file is left in the folder.
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory.path()))
    names.insert(entry.path().filename());
  CHECK(names == std::set<std::string>{"a.geode", "a.geode-lock"});
}

TEST_CASE("two databases have different ids", "[storage]") {
  TempDatabase a, b;
  CHECK(a.environment->database_id() != b.environment->database_id());
}

TEST_CASE("one file is one environment in a process, whatever name it is opened by", "[storage]") {
  TempDatabase db;
  const std::string link = db.directory.file("link.geode");
  fs::create_symlink(db.path, link);
  CHECK(Environment::open(db.path, {}) == db.environment);
  CHECK(Environment::open(link, {}) == db.environment);
  CHECK(Environment::open(db.directory.file("./test.geode"), {}) == db.environment);
}

TEST_CASE("closing and opening from several threads never gives two environments", "[storage]") {
  test::TempDirectory directory;
  const std::string path = directory.file("a.geode");
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        auto a = Environment::open(path, {});
        auto b = Environment::open(path, {});
        if (a != b) ++wrong;
        auto txn = WriteTransaction::begin(a);
        txn->put(Table::kBase, as_bytes("k"), as_bytes("v"));
        txn->commit();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("what is no database is refused with its reason", "[storage]") {
  test::TempDirectory directory;
  const auto write_file = [&](const char* name, const std::string& content) {
    std::ofstream(directory.file(name), std::ios::binary) << content;
    return directory.file(name);
  };
  const auto open = [](const std::string& path, EnvironmentOptions options = {}) {
    return code_of([&] { Environment::open(path, options); });
  };
  CHECK(open(write_file("empty", "")) == status::kCannotOpen);
  CHECK(open(write_file("short", "hello")) == status::kCannotOpen);
  CHECK(open(write_file("garbage", std::string(100'000, 'x'))) == status::kCannotOpen);
  CHECK(open(write_file("zeros", std::string(100'000, '\0'))) == status::kCannotOpen);
  CHECK(open(directory.path().string()) == status::kCannotOpen);
  CHECK(open(directory.file("missing/a.geode")) == status::kCannotOpen);
  CHECK(open("") == status::kCannotOpen);
  EnvironmentOptions only_present;
  only_present.create_if_missing = false;
  CHECK(open(directory.file("new.geode"), only_present) == status::kCannotOpen);
  EnvironmentOptions read_only;
  read_only.read_only = true;
  CHECK(open(directory.file("new.geode"), read_only) == status::kCannotOpen);
  CHECK_FALSE(fs::exists(directory.file("new.geode")));
  CHECK_THROWS_WITH(Environment::open(directory.file("garbage"), {}),
                    Catch::Contains("is not a Geode database"));
}

TEST_CASE("a truncated file is refused or whole, at every length", "[storage]") {
  TempDatabase db;
  {
    auto txn = db.write();
    for (int i = 0; i < 40; ++i) {
      const std::string key = number(static_cast<std::uint64_t>(i));
      txn->put(Table::kBase, as_bytes(key),
               as_bytes(std::string(9000, static_cast<char>('a' + i % 26))));
    }
    for (int i = 0; i < 300; ++i) {
      txn->put(Table::kIndexDup, as_bytes(number(static_cast<std::uint64_t>(i % 3))),
               as_bytes(number(static_cast<std::uint64_t>(i))));
    }
    txn->commit();
  }
  db.environment.reset();
  const auto size = fs::file_size(db.path);
  const std::string copy = db.directory.file("copy.geode");
  int refused = 0;
  for (std::uintmax_t length = 0; length < size; length += length < 8192 ? 1000 : 4096) {
    CAPTURE(length, size);
    fs::copy_file(db.path, copy, fs::copy_options::overwrite_existing);
    fs::resize_file(copy, length);
    const std::string code = code_of([&] {
      auto environment = Environment::open(copy, {});
      auto txn = ReadTransaction::begin(environment);
      std::size_t sum = 0;
      for (const Table table : {Table::kBase, Table::kIndexDup}) {
        auto cursor = txn->cursor(table);
        while (cursor.next()) {
          for (const std::byte byte : cursor.value()) sum += static_cast<std::size_t>(byte);
        }
      }
      REQUIRE(sum > 0);
    });
    if (!code.empty()) {
      ++refused;
      REQUIRE(code == (length < 200 ? status::kCannotOpen : status::kCorrupt));
    }
  }
  CHECK(refused > 50);
}

TEST_CASE("a file that lacks only pages nobody uses is opened", "[storage]") {
  TempDatabase db;
  db.put("kept", std::string(20'000, 'k'));
  // Free pages to take from; without them LMDB would write the pages below.
  for (int i = 0; i < 4; ++i) db.put("old", std::string(40'000, 'o'));
  const auto before = fs::file_size(db.path);
  {
    auto txn = db.write();
    txn->put(Table::kBase, as_bytes("small"), as_bytes("s"));
    txn->put(Table::kBase, as_bytes("gone"), as_bytes(std::string(400'000, 'g')));
    txn->erase(Table::kBase, as_bytes("gone"));
    txn->commit();
  }
  const auto after = fs::file_size(db.path);
  REQUIRE(after > before + 300'000);
  CHECK(after == db.environment->used_bytes());
  db.environment.reset();
  // As after a crash between LMDB's commit and the filling up of the file.
  fs::resize_file(db.path, after - 200'000);
  db.environment = Environment::open(db.path, {});
  CHECK(db.get("kept") == std::string(20'000, 'k'));
  CHECK(db.get("small") == "s");
  db.put("more", std::string(300'000, 'm'));
  CHECK(db.get("more") == std::string(300'000, 'm'));
  CHECK(fs::file_size(db.path) == db.environment->used_bytes());
}

TEST_CASE("a file of another format version is refused", "[storage]") {
  TempDatabase db;
  {
    auto txn = db.write();
    std::string version;
    base::append_le(version, kFormatVersion + 1);
    txn->put(Table::kCatalog, as_bytes("format_version"), as_bytes(version));
    txn->commit();
  }
  db.environment.reset();
  CHECK_THROWS_WITH(Environment::open(db.path, {}),
                    Catch::Contains("format version " + std::to_string(kFormatVersion + 1)));
}

TEST_CASE("a read-only environment reads and refuses writers", "[storage]") {
  TempDatabase db;
  db.put("k", "v");
  EnvironmentOptions options;
  options.read_only = true;
  CHECK(in_child([&] {
          auto environment = Environment::open(db.path, options);
          if (!environment->read_only()) return 1;
          if (text_of(ReadTransaction::begin(environment)->get(Table::kBase, as_bytes("k"))) != "v")
            return 2;
          if (code_of([&] { WriteTransaction::begin(environment); }) !=
              status::kReadOnlyTransaction)
            return 3;
          if (code_of([&] { Environment::open(db.path, {}); }) != status::kCannotOpen) return 4;
          return 0;
        }) == 0);
}

TEST_CASE("an in-memory database is private, quick to make and leaves no file", "[storage]") {
  const auto files = [] {
    std::set<std::string> names;
    for (const char* folder : {"/dev/shm", "/tmp"}) {
      std::error_code ignored;
      for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename();
        if (name.rfind("geode-", 0) == 0 && name.rfind("geode-test", 0) != 0) names.insert(name);
      }
    }
    return names;
  };
  const auto before = files();
  auto best = std::chrono::steady_clock::duration::max();
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    auto one = Environment::open(":memory:", {});
    best = std::min(best, std::chrono::steady_clock::now() - start);
  }
  CHECK(best < std::chrono::milliseconds(5));
  auto a = Environment::open(":memory:", {});
  auto b = Environment::open(":memory:", {});
  REQUIRE(a != b);
  CHECK(a->in_memory());
  CHECK(a->path() == ":memory:");
  auto txn = WriteTransaction::begin(a);
  txn->put(Table::kBase, as_bytes("k"), as_bytes(std::string(5'000'000, 'v')));
  txn->begin_child();
  txn->commit_child();
  txn->commit();
  CHECK(ReadTransaction::begin(a)->get(Table::kBase, as_bytes("k"))->size() == 5'000'000);
  CHECK_FALSE(ReadTransaction::begin(b)->get(Table::kBase, as_bytes("k")));
  CHECK(files() == before);
}

TEST_CASE("several processes that create one database at once end up with the same one",
          "[storage]") {
  for (int round = 0; round < 5; ++round) {
    test::TempDirectory directory;
    const std::string path = directory.file("a.geode");
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i) {
      const pid_t pid = fork();
      if (pid == 0) {
        int code = 1;
        try {
          auto environment = Environment::open(path, {});
          auto txn = WriteTransaction::begin(environment);
          const std::string key = number(static_cast<std::uint64_t>(i));
          txn->put(Table::kBase, as_bytes(key), as_bytes(environment->database_id()));
          txn->commit();
          code = 0;
        } catch (const Error& error) {
          std::fprintf(stderr, "%s\n", error.what());
        }
        _exit(code);
      }
      children.push_back(pid);
    }
    for (const pid_t pid : children) {
      int status = 0;
      waitpid(pid, &status, 0);
      CHECK(status == 0);
    }
    auto environment = Environment::open(path, {});
    auto txn = ReadTransaction::begin(environment);
    CHECK(txn->entry_count(Table::kBase) == 6);
    auto cursor = txn->cursor(Table::kBase);
    while (cursor.next()) CHECK(as_text(cursor.value()) == environment->database_id());
    int names = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(directory.path())) ++names;
    CHECK(names == 2);
  }
}

TEST_CASE(
    "a child of fork() must open the database again and leaves the parent's transactions alone",
    "[storage]") {
  TempDatabase db;
  db.put("k", "old");
  auto snapshot = db.read();
  auto writer = db.write();
  writer->put(Table::kBase, as_bytes("k"), as_bytes("new"));
  CHECK(in_child([&] {
          if (code_of([&] { db.read(); }) != status::kCannotOpen) return 1;
          if (code_of([&] { db.write(0); }) != status::kCannotOpen) return 2;
          if (code_of([&] { writer->commit(); }) != status::kCannotOpen) return 3;
          writer.reset();
          snapshot.reset();
          db.environment.reset();
          db.environment = Environment::open(db.path, {});
          if (db.get("k") != "old") return 4;
          // The parent still writes.
          if (code_of([&] { db.write(20); }) != status::kDatabaseBusy) return 5;
          return 0;
        }) == 0);
  CHECK(code_of([&] { writer->commit(); }) == "");
  CHECK(text_of(snapshot->get(Table::kBase, as_bytes("k"))) == "old");
  CHECK(db.get("k") == "new");
  CHECK(in_child([&] {
          db.environment.reset();
          db.environment = Environment::open(db.path, {});
          db.put("k", "from the child");
          return 0;
        }) == 0);
  CHECK(db.get("k") == "from the child");
}

TEST_CASE("slots of readers that were killed are cleared", "[storage]") {
  TempDatabase db;
  db.put("k", "v");
  const std::string ready = db.directory.file("ready");
  const pid_t pid = fork();
  if (pid == 0) {
    auto environment = Environment::open(db.path, {});
    auto snapshot = ReadTransaction::begin(environment);
    std::ofstream(ready) << "x";
    std::this_thread::sleep_for(std::chrono::seconds(60));
    _exit(0);
  }
  while (!fs::exists(ready)) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  CHECK(db.environment->clear_stale_readers() == 0);
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  CHECK(db.environment->clear_stale_readers() == 1);
}

TEST_CASE("a file that another process made larger than the map is mapped again", "[storage]") {
  test::TempDirectory directory;
  const std::string path = directory.file("a.geode");
  EnvironmentOptions small;
  small.map_size_bytes = std::uint64_t{16} << 20;
  auto environment = Environment::open(path, small);
  const auto generation = ReadTransaction::begin(environment)->map_generation();
  CHECK(in_child([&] {
          auto large = Environment::open(path, {});
          auto txn = WriteTransaction::begin(large);
          txn->put(Table::kBase, as_bytes("k"), as_bytes(std::string(40'000'000, 'v')));
          txn->commit();
          return 0;
        }) == 0);
  CHECK(ReadTransaction::begin(environment)->get(Table::kBase, as_bytes("k"))->size() ==
        40'000'000);
  CHECK(ReadTransaction::begin(environment)->map_generation() > generation);
  auto txn = WriteTransaction::begin(environment);
  txn->put(Table::kBase, as_bytes("l"), as_bytes(std::string(10'000'000, 'v')));
  txn->commit();
}

TEST_CASE("a full map ends the transaction, not the database", "[storage]") {
  test::TempDirectory directory;
  EnvironmentOptions small;
  small.map_size_bytes = std::uint64_t{16} << 20;
  auto environment = Environment::open(directory.file("a.geode"), small);
  auto txn = WriteTransaction::begin(environment);
  const std::string big(3'000'000, 'v');
  const std::string code = code_of([&] {
    for (int i = 0; i < 100; ++i) {
      txn->put(Table::kBase, as_bytes(number(static_cast<std::uint64_t>(i))), as_bytes(big));
    }
  });
  CHECK(code == status::kDiskFull);
  CHECK(code_of([&] { txn->commit(); }) == status::kTransactionRollback);
  txn.reset();
  CHECK(ReadTransaction::begin(environment)->entry_count(Table::kBase) == 0);
  txn = WriteTransaction::begin(environment);
  txn->put(Table::kBase, as_bytes("k"), as_bytes("v"));
  txn->commit();
}

// The sanitizers themselves need more address space than this.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a limited address space gives a smaller map", "[storage]") {
  test::TempDirectory directory;
  CHECK(in_child([&] {
          struct rlimit limit {};
          limit.rlim_cur = limit.rlim_max = rlim_t{3} << 30;
          if (setrlimit(RLIMIT_AS, &limit) != 0) return 1;
          auto environment = Environment::open(directory.file("a.geode"), {});
          auto txn = WriteTransaction::begin(environment);
          txn->put(Table::kBase, as_bytes("k"), as_bytes("v"));
          txn->commit();
          return 0;
        }) == 0);
}
#endif

TEST_CASE("a file that may not grow gives an error and keeps what was committed", "[storage]") {
  TempDatabase db;
  db.put("k", "v");
  db.environment.reset();
  CHECK(in_child([&] {
          signal(SIGXFSZ, SIG_IGN);
          struct rlimit limit {};
          limit.rlim_cur = limit.rlim_max = 1 << 20;
          if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
          auto environment = Environment::open(db.path, {});
          auto txn = WriteTransaction::begin(environment);
          txn->put(Table::kBase, as_bytes("big"), as_bytes(std::string(5'000'000, 'v')));
          const std::string code = code_of([&] { txn->commit(); });
          if (code != status::kDiskFull) return 2;
          if (text_of(ReadTransaction::begin(environment)->get(Table::kBase, as_bytes("k"))) != "v")
            return 3;
          txn = WriteTransaction::begin(environment);
          txn->put(Table::kBase, as_bytes("l"), as_bytes("w"));
          txn->commit();
          return 0;
        }) == 0);
  db.environment = Environment::open(db.path, {});
  CHECK(db.get("k") == "v");
  CHECK(db.get("big") == "(none)");
}

TEST_CASE("network file systems are known by their magic numbers", "[storage]") {
  CHECK(is_remote_file_system(0x6969));
  CHECK(is_remote_file_system(0xFF534D42));
  CHECK(is_remote_file_system(static_cast<int>(0xFF534D42)));
  CHECK_FALSE(is_remote_file_system(0xEF53));
  CHECK_FALSE(is_remote_file_system(0x01021994));
}
