#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "other_process.hpp"
#include "storage_test.hpp"

namespace fs = std::filesystem;
using namespace geode;
using namespace geode::storage;

namespace {

constexpr std::uint64_t kMuch = std::uint64_t{1} << 30;

std::unique_ptr<WriteTransaction> write_much(const TempDatabase& db) {
  return WriteTransaction::begin_large(db.environment, 0, kMuch);
}

std::string many(int i) { return "key " + std::to_string(i); }

/// More than goes to the file at once.
void put_many(WriteTransaction& txn, int count) {
  const std::string value(1'000'000, 'v');
  for (int i = 0; i < count; ++i) {
    txn.put(Table::kBase, as_bytes(many(i)), as_bytes(value));
    txn.write_out();
  }
}

ino_t inode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_ino;
}

std::size_t files_in(const test::TempDirectory& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a large transaction is written to a copy that takes the place of the file",
          "[storage]") {
  TempDatabase db;
  db.put("before", "b");
  const ino_t inode = inode_of(db.path);
  const std::string id = db.environment->database_id();
  const auto snapshot = db.read();
  const std::uint64_t transaction = snapshot->id();

  auto txn = write_much(db);
  CHECK(text_of(txn->get(Table::kBase, as_bytes("before"))) == "b");
  put_many(*txn, 80);
  CHECK(text_of(txn->get(Table::kBase, as_bytes(many(3)))).size() == 1'000'000);
  CHECK(txn->entry_count(Table::kBase) == 81);
  // Nobody sees any of it, and the file is as large as it was.
  CHECK(db.get(many(3)) == "(none)");
  CHECK(fs::file_size(db.path) < 1'000'000);
  txn->commit();
  txn.reset();

  CHECK(inode_of(db.path) != inode);
  CHECK(files_in(db.directory) == 2);
  CHECK(db.environment->database_id() == id);
  CHECK(db.get(many(79)).size() == 1'000'000);
  CHECK(db.get("before") == "b");
  CHECK(db.read()->id() > transaction);
  CHECK(text_of(snapshot->get(Table::kBase, as_bytes(many(3)))) == "(none)");

  // The next writers write to the new file.
  db.put("after", "a");
  db.environment.reset();
  db.environment = Environment::open(db.path, {});
  CHECK(db.get("after") == "a");
  CHECK(db.get(many(0)).size() == 1'000'000);
}

TEST_CASE("a large transaction that is rolled back leaves nothing", "[storage]") {
  TempDatabase db;
  db.put("before", "b");
  const ino_t inode = inode_of(db.path);
  auto txn = write_much(db);
  put_many(*txn, 40);
  SECTION("by its end") { txn.reset(); }
  SECTION("by abort()") { txn->abort(); }
  txn.reset();
  CHECK(inode_of(db.path) == inode);
  CHECK(files_in(db.directory) == 2);
  CHECK(db.get(many(0)) == "(none)");
  db.put("after", "a");
  CHECK(db.get("after") == "a");
}

TEST_CASE("a large transaction has savepoints and cursors", "[storage]") {
  TempDatabase db;
  auto txn = write_much(db);
  put_many(*txn, 2);
  txn->begin_child();
  put_many(*txn, 50);
  CHECK(txn->entry_count(Table::kBase) == 50);
  txn->abort_child();
  CHECK(txn->entry_count(Table::kBase) == 2);
  Cursor cursor = txn->cursor(Table::kBase);
  CHECK(cursor.first());
  put_many(*txn, 50);
  CHECK_THROWS_AS(cursor.first(), Error);
  txn->commit();
  CHECK(db.read()->entry_count(Table::kBase) == 50);
}

TEST_CASE("a file with much in it, or that others have open, is written to as always",
          "[storage]") {
  TempDatabase db;
  db.put("before", std::string(2'000'000, 'b'));
  const ino_t inode = inode_of(db.path);
  SECTION("much in it") {
    auto txn = WriteTransaction::begin_large(db.environment, 0, 1'000'000);
    put_many(*txn, 2);
    txn->commit();
  }
  SECTION("another process has it open") {
    const OtherProcess other(db.path, db.directory.file("ready"));
    auto txn = write_much(db);
    put_many(*txn, 2);
    txn->commit();
  }
  SECTION("another process opens it meanwhile") {
    auto txn = write_much(db);
    put_many(*txn, 2);
    txn->put(Table::kIndexDup, as_bytes("many"), as_bytes(number(1)));
    txn->put(Table::kIndexDup, as_bytes("many"), as_bytes(number(2)));
    CHECK(fs::exists(db.path + "-compact"));
    const OtherProcess other(db.path, db.directory.file("ready"));
    CHECK(fs::exists(db.path + "-compact"));
    txn->commit();
    txn.reset();
    CHECK_FALSE(fs::exists(db.path + "-compact"));
    CHECK(db.read()->entry_count(Table::kIndexDup) == 2);
  }
  SECTION("it has another name") {
    fs::create_hard_link(db.path, db.directory.file("other"));
    auto txn = write_much(db);
    put_many(*txn, 2);
    txn->commit();
  }
  CHECK(inode_of(db.path) == inode);
  CHECK(db.get(many(1)).size() == 1'000'000);
  CHECK(db.get("before").size() == 2'000'000);
  db.put("after", "a");
  CHECK(db.get("after") == "a");
}

TEST_CASE("an in-memory database takes large transactions, too", "[storage]") {
  const auto environment = Environment::open(":memory:", {});
  auto txn = WriteTransaction::begin_large(environment, 0, kMuch);
  put_many(*txn, 40);
  txn->commit();
  CHECK(ReadTransaction::begin(environment)->entry_count(Table::kBase) == 40);
}

TEST_CASE("what a process left that died in a large transaction is removed", "[storage]") {
  TempDatabase db;
  db.put("before", "b");
  db.environment.reset();
  const pid_t pid = fork();
  if (pid == 0) {
    auto environment = Environment::open(db.path, {});
    auto txn = WriteTransaction::begin_large(environment, 0, kMuch);
    put_many(*txn, 40);
    kill(getpid(), SIGKILL);
  }
  int state = 0;
  waitpid(pid, &state, 0);
  CHECK(fs::exists(db.path + "-compact"));
  db.environment = Environment::open(db.path, {});
  CHECK(files_in(db.directory) == 2);
  CHECK(db.get("before") == "b");
  CHECK(db.get(many(0)) == "(none)");
  db.put("after", "a");
}
