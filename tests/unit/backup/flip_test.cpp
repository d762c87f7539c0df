// Every byte of an archive matters.
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

#include <geode/backup.hpp>
#include <geode/error.hpp>
#include "temp_directory.hpp"

using namespace geode;

namespace {

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string small_backup(const test::TempDirectory& folder, const std::string& name) {
  Database database(folder.file("g.geode"));
  database.execute("INSERT (:Person {name: 'Ada'})-[:KNOWS {since: 1840}]->(:Person {name: 'Bob'})")
      .consume();
  BackupOptions options;
  options.output = folder.file(name);
  create_backup(database, options);
  return read(options.output);
}

std::string small_increment(const test::TempDirectory& folder, const std::string& name) {
  Database database(folder.file("g.geode"));
  database.set_change_log(true);
  BackupOptions options;
  options.output = folder.file("parent.tar");
  create_backup(database, options);
  database.execute("INSERT (:Person {name: 'Cy'})").consume();
  options.parent = options.output;
  options.output = folder.file(name);
  create_backup(database, options);
  return read(options.output);
}

bool found(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  VerifyBackupOptions options;
  options.quick = options.alone = true;
  try {
    verify_backup(path, options);
  } catch (const Error& error) {
    return error.gqlstatus() == status::kCorrupt;
  }
  return false;
}

template <class Make>
void expect_flips_found(const Make& make, const std::string& name, std::size_t every) {
  const test::TempDirectory folder;
  const std::string bytes = make(folder, name);
  const std::string path = folder.file("damaged");
  REQUIRE_FALSE(found(path, bytes));
  for (std::size_t i = 0; i < bytes.size(); i += i < 2048 || i + 4096 > bytes.size() ? 1 : every) {
    for (const int change : {1 << (i % 8), 0xff}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ change);
      INFO(name << " byte " << i << " of " << bytes.size() << " changed by " << change);
      REQUIRE(found(path, damaged));
    }
  }
}

}  // namespace

TEST_CASE("a byte that was changed in a gzip archive is found", "[backup]") {
  expect_flips_found(small_backup, "a.tar.gz", 1);
}

TEST_CASE("a byte that was changed in a zstd archive is found", "[backup]") {
  expect_flips_found(small_backup, "a.tar.zst", 1);
}

TEST_CASE("a byte that was changed in a plain archive is found", "[backup]") {
  expect_flips_found(small_backup, "a.tar", 499);
}

TEST_CASE("a byte that was changed in an incremental archive is found", "[backup]") {
  expect_flips_found(small_increment, "a.tar.gz", 1);
  expect_flips_found(small_increment, "a.tar.zst", 1);
  expect_flips_found(small_increment, "a.tar", 1);
}

TEST_CASE("an archive that is longer or shorter is refused", "[backup]") {
  for (const char* name : {"a.tar.gz", "a.tar.zst", "a.tar"}) {
    const test::TempDirectory folder;
    const std::string bytes = small_backup(folder, name);
    const std::string path = folder.file("damaged");
    for (const std::string& more : {std::string("x"), std::string(512, '\0'), bytes}) {
      INFO(name);
      CHECK(found(path, bytes + more));
    }
    for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 200) {
      INFO(name << " cut to " << size);
      CHECK(found(path, bytes.substr(0, size)));
      CHECK_THROWS_AS(read_backup_info(path), Error);
    }
  }
}
