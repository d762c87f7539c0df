// Backups of whole databases, and what is made of them.
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include <geode/backup.hpp>
#include <geode/error.hpp>
#include <geode/verify.hpp>
#include "temp_directory.hpp"

using namespace geode;
namespace fs = std::filesystem;

namespace {

template <class Action>
std::string status_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(error.gqlstatus());
  }
  return "";
}

std::string count_of(Database& database) {
  return database.query("MATCH (n) RETURN count(*)").single().to_string();
}

void fill(Database& database, const char* count = "500") {
  database
      .execute(std::string("UNWIND range(1, ") + count +
               ") AS i INSERT (:N {id: i, text: 'a text that takes some room'})")
      .consume();
}

BackupInfo back_up(const Database& database, const std::string& output) {
  BackupOptions options;
  options.output = output;
  return create_backup(database, options);
}

BackupInfo restore(const std::string& input, const std::string& database, bool overwrite = false) {
  RestoreOptions options;
  options.input = input;
  options.database = database;
  options.overwrite = overwrite;
  return restore_backup(options).info;
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("what is restored is the database that was backed up", "[backup]") {
  const test::TempDirectory folder;
  Database database(folder.file("g.geode"));
  fill(database);
  for (const char* name : {"a.tar.gz", "a.tgz", "a.tar.zst", "a.tar"}) {
    INFO(name);
    const std::string archive = folder.file(name), copy = folder.file(std::string(name) + ".db");
    const BackupInfo made = back_up(database, archive);
    CHECK(made.bytes == fs::file_size(archive));
    CHECK(made.database_id == database.id());
    CHECK(made.lsn == 1);
    struct stat info {};
    REQUIRE(stat(archive.c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0600);
    const BackupInfo verified = verify_backup(archive);
    CHECK(verified.checksum == made.checksum);
    CHECK(verified.lsn == 1);
    CHECK(restore(archive, copy).checksum == made.checksum);
    // It has been told that it is an original.
    CHECK(fs::file_size(copy) >= made.database_bytes);
    CHECK(fs::file_size(copy) < made.database_bytes + 64 * 1024);
    Database restored(copy);
    CHECK(restored.id() == database.id());
    CHECK(count_of(restored) == count_of(database));
    fill(restored, "50");
    CHECK(count_of(restored) == "550");
  }
}

TEST_CASE("a backup of a restored database is the same database", "[backup]") {
  const test::TempDirectory folder;
  Database database(folder.file("g.geode"));
  fill(database);
  database.execute("MATCH (n:N) WHERE n.id > 20 DETACH DELETE n").consume();
  back_up(database, folder.file("a.tar"));
  restore(folder.file("a.tar"), folder.file("b.geode"));
  Database restored(folder.file("b.geode"));
  back_up(restored, folder.file("b.tar"));
  restore(folder.file("b.tar"), folder.file("c.geode"));
  Database again(folder.file("c.geode"));
  CHECK(again.id() == restored.id());
  CHECK(verify(again).ok());
  const auto ids = [](Database& of) {
    std::string out;
    Result rows = of.execute("MATCH (n:N) RETURN n.id ORDER BY n.id");
    while (auto row = rows.next()) out += std::to_string((*row)[0].as_int64()) + " ";
    return out;
  };
  CHECK(ids(again) == ids(restored));
}

TEST_CASE("a backup does not take the place of a file unless it is told to", "[backup]") {
  const test::TempDirectory folder;
  Database database(folder.file("g.geode"));
  fill(database);
  const std::string archive = folder.file("a.tar.gz");
  back_up(database, archive);
  const auto before = fs::file_size(archive);
  fill(database);
  CHECK(status_of([&] { back_up(database, archive); }) == status::kDuplicateObject);
  CHECK(fs::file_size(archive) == before);
  BackupOptions options;
  options.output = archive;
  options.overwrite = true;
  CHECK(create_backup(database, options).lsn == 2);
  CHECK(verify_backup(archive).lsn == 2);
  CHECK(status_of([&] { back_up(database, folder.file("none/a.tar")); }) != "");
}

TEST_CASE("work that is stopped leaves nothing behind", "[backup]") {
  const test::TempDirectory folder;
  Database database(folder.file("g.geode"));
  fill(database);
  back_up(database, folder.file("a.tar.gz"));
  const std::size_t files = files_in(folder.path());
  const auto stop = [](const BackupProgress&) { return false; };
  CHECK(status_of([&] {
          BackupOptions options;
          options.output = folder.file("b.tar.gz");
          options.progress = stop;
          create_backup(database, options);
        }) == status::kCancelled);
  CHECK(status_of([&] {
          RestoreOptions options;
          options.input = folder.file("a.tar.gz");
          options.database = folder.file("b.geode");
          options.progress = stop;
          restore_backup(options);
        }) == status::kCancelled);
  CHECK(status_of([&] {
          VerifyBackupOptions options;
          options.temp_directory = folder.path().string();
          options.progress = stop;
          verify_backup(folder.file("a.tar.gz"), options);
        }) == status::kCancelled);
  CHECK(files_in(folder.path()) == files);
}

TEST_CASE("a restore replaces a database only when it is told to and nobody has it open",
          "[backup]") {
  const test::TempDirectory folder;
  const std::string path = folder.file("g.geode"), archive = folder.file("a.tar.gz");
  {
    Database database(path);
    fill(database);
    back_up(database, archive);
    fill(database);
    CHECK(status_of([&] { restore(archive, path); }) == status::kDuplicateObject);
    CHECK(status_of([&] { restore(archive, path, true); }) == status::kDatabaseBusy);
    CHECK(count_of(database) == "1000");
  }
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  restore(archive, path, true);
  CHECK((fs::status(path).permissions() & fs::perms::group_read) != fs::perms::none);
  Database database(path);
  CHECK(count_of(database) == "500");
  fill(database);
  CHECK(count_of(database) == "1000");
}

TEST_CASE("a damaged archive leaves the database that was there", "[backup]") {
  const test::TempDirectory folder;
  const std::string path = folder.file("g.geode"), archive = folder.file("a.tar");
  {
    Database database(path);
    fill(database);
    back_up(database, archive);
    fill(database);
  }
  {
    std::fstream file(archive, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(fs::file_size(archive) / 2));
    file.put('!');
  }
  const std::size_t files = files_in(folder.path());
  CHECK(status_of([&] { restore(archive, path, true); }) == status::kCorrupt);
  CHECK(status_of([&] { restore(archive, folder.file("new.geode")); }) == status::kCorrupt);
  CHECK(files_in(folder.path()) == files);
  Database database(path);
  CHECK(count_of(database) == "1000");
}
