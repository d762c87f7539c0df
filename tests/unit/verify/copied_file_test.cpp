// A file that was copied is known as a copy, and looked at as a whole before it is used.
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include <geode/backup.hpp>
#include <geode/error.hpp>
#include <geode/verify.hpp>
#include "storage/environment.hpp"
#include "storage/transaction.hpp"
#include "temp_directory.hpp"

namespace fs = std::filesystem;
using namespace geode;

namespace {

void make(const std::string& path) {
  Database database(path);
  database.execute("UNWIND range(1, 100) AS i INSERT (:N {id: i})").consume();
}

bool is_copy(const std::string& path) {
  storage::EnvironmentOptions reading;
  reading.read_only = true;
  return storage::Environment::open(path, reading)->copied();
}

std::string answer(Database& database) {
  return std::to_string(database.execute("MATCH (n:N) RETURN count(n)").single().as_int64());
}

/// Something is missing, and every checksum is right.
void take_something_away(const std::string& path) {
  const auto txn = storage::WriteTransaction::begin(
      storage::Environment::open(path, storage::EnvironmentOptions{}));
  std::string key;
  {
    storage::Cursor cursor = txn->cursor(storage::Table::kHot);
    REQUIRE(cursor.seek(storage::as_bytes(std::string_view("\x20"))));
    key = storage::as_text(cursor.key());
  }
  txn->erase(storage::Table::kHot, storage::as_bytes(key));
  txn->commit();
}

}  // namespace

TEST_CASE("a copy of a file is known until it is written to", "[verify]") {
  const test::TempDirectory folder;
  const std::string original = folder.file("g.geode"), copy = folder.file("copy.geode");
  make(original);
  CHECK_FALSE(is_copy(original));
  fs::copy_file(original, copy);
  CHECK(is_copy(copy));

  Options reading;
  reading.read_only = true;
  CHECK(answer(*std::make_unique<Database>(copy, reading)) == "100");
  CHECK(is_copy(copy));
  CHECK(answer(*std::make_unique<Database>(copy)) == "100");
  CHECK_FALSE(is_copy(copy));

  fs::rename(copy, folder.file("other.geode"));
  CHECK_FALSE(is_copy(folder.file("other.geode")));
}

TEST_CASE("files that the library makes are originals", "[verify]") {
  const test::TempDirectory folder;
  const std::string path = folder.file("g.geode");
  make(path);
  {
    Database database(path);
    database.save(folder.file("saved.geode"));
    BackupOptions backup;
    backup.output = folder.file("a.tar");
    create_backup(database, backup);
    database.compact();
  }
  RestoreOptions restoring;
  restoring.input = folder.file("a.tar");
  restoring.database = folder.file("restored.geode");
  restore_backup(restoring);
  CHECK_FALSE(is_copy(path));
  CHECK_FALSE(is_copy(folder.file("saved.geode")));
  CHECK_FALSE(is_copy(folder.file("restored.geode")));
}

TEST_CASE("a damaged copy is refused when it is opened", "[verify]") {
  const test::TempDirectory folder;
  const std::string original = folder.file("g.geode"), copy = folder.file("copy.geode");
  make(original);
  take_something_away(original);
  fs::copy_file(original, copy);
  // Nobody copied the original; what is wrong with it is for verify to find.
  CHECK_FALSE(verify(original).ok());
  CHECK_NOTHROW(Database(original));
  for (const bool read_only : {true, false}) {
    Options options;
    options.read_only = read_only;
    try {
      const Database opened(copy, options);
      FAIL("a damaged copy opens");
    } catch (const Error& error) {
      CHECK(error.gqlstatus() == status::kCorrupt);
      CHECK(error.message().find("is a copy of another file, and damaged: ") != std::string::npos);
    }
  }
  CHECK_FALSE(verify(copy).ok());
  Options any;
  any.verify_copies = false;
  CHECK_NOTHROW(Database(copy, any));
  CHECK(is_copy(copy));
}

TEST_CASE("a backup of a copy is no parent of what its original did", "[verify]") {
  const test::TempDirectory folder;
  const std::string original = folder.file("g.geode"), path = folder.file("copy.geode");
  make(original);
  fs::copy_file(original, path);
  BackupOptions backup;
  backup.output = folder.file("copy.tar");
  {
    Database copy(path);
    copy.execute("INSERT (:N {id: 1000})").consume();
    create_backup(copy, backup);
  }
  Database database(original);
  database.execute("INSERT (:N {id: 2000})").consume();
  database.set_change_log(true);
  database.execute("INSERT (:N {id: 2001})").consume();
  backup.parent = backup.output;
  backup.output = folder.file("more.tar");
  try {
    create_backup(database, backup);
    FAIL("commits of the original go on from those of the copy");
  } catch (const Error& error) {
    CHECK(error.gqlstatus() == status::kInvalidArgument);
    CHECK(error.message().find("that commit of the database is of no timeline") !=
          std::string::npos);
  }
}
