// Fills a database until there is no room, by the size of its map and by that of its file system,
// and checks that this ends one statement with a defined error and nothing else: reads go on. In a
// full file system elements can be deleted, and writing goes on when room was made, without opening
// the database again; a full map takes deletions when it is opened with a larger one.
//
//   room_test [--sizes=N]
//
// --sizes: how many sizes of the map. The file systems are mounted in a namespace of this process;
// where it may not do that they are left out, and it says so.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <unistd.h>

#include <geode/database.hpp>
#include <geode/error.hpp>
#include "graph_check.hpp"
#include "number_options.hpp"
#include "temp_directory.hpp"

namespace geode::test {
namespace {

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;
constexpr std::size_t kDocumentBytes = 200'000;

/// Inserts documents until a statement fails with `status`; gives how many there are.
std::uint64_t fill(Session& session, std::uint64_t count, std::string_view status) {
  const std::string text(kDocumentBytes, 'd');
  try {
    for (;; ++count) {
      session.execute("INSERT (:Document {id: $id, text: $text})",
                      {{"id", Value(static_cast<std::int64_t>(count))}, {"text", Value(text)}});
    }
  } catch (const Error& error) {
    expect(error.gqlstatus() == status,
           "no room is told of as that, not as " + std::string(error.what()));
  }
  return count;
}

void expect_documents(Database& database, std::uint64_t count) {
  expect(database.begin_read().count_nodes("Document") == count,
         "what was acknowledged is read, and nothing else");
}

/// A full database: deleting makes room in it, again and again.
std::uint64_t use_full(Database& database, Session& session, std::uint64_t count,
                       std::string_view status) {
  expect_documents(database, count);
  session.execute("MATCH (d:Document) WHERE d.id % 4 = 0 DELETE d");
  // Pages of what one commit deleted are used again by the second one after it.
  session.execute("MATCH (d:Document) WHERE d.id % 4 = 1 AND d.id < 9 DELETE d");
  count = database.begin_read().count_nodes("Document");
  session.execute("INSERT (:Later {text: $text})", {{"text", Value(std::string(100'000, 'l'))}});
  const std::uint64_t more = fill(session, 1'000'000, status) - 1'000'000;
  expect(more > 0, "there is room again where something was deleted");
  expect_documents(database, count + more);
  return count + more;
}

/// A full map takes no commit that needs a page more, so room is made in a larger one.
void fill_map(const std::string& path, std::uint64_t bytes) {
  std::uint64_t count = 0;
  Options options;
  options.map_size_bytes = bytes;
  {
    Database database(path, options);
    Session session = database.session();
    count = fill(session, 0, status::kDiskFull);
    expect_documents(database, count);
    expect(fill(session, count, status::kDiskFull) == count, "it stays full");
    expect_sound(database);
  }
  options.map_size_bytes += 4 * kMegabyte;
  Database database(path, options);
  Session session = database.session();
  use_full(database, session, count, status::kDiskFull);
  expect_sound(database);
}

void fill_file_system(const std::string& folder) {
  const std::string reserve = folder + "/reserve";
  std::ofstream(reserve) << std::string(2 * kMegabyte, 'r');
  Database database(folder + "/room.db");
  Session session = database.session();
  std::uint64_t count = fill(session, 0, status::kDiskFull);
  count = use_full(database, session, count, status::kDiskFull);
  std::filesystem::remove(reserve);
  const std::uint64_t more = fill(session, 2'000'000, status::kDiskFull) - 2'000'000;
  expect(more > 0, "writing goes on when space was freed");
  expect_documents(database, count + more);
  expect_sound(database);
}

void run_maps(std::uint64_t sizes) {
  const TempDirectory directory;
  for (std::uint64_t i = 0; i < sizes; ++i) {
    const std::string path = directory.file("map" + std::to_string(i));
    const std::uint64_t bytes = 16 * kMegabyte + i * 332'881;
    try {
      fill_map(path, bytes);
    } catch (const std::exception& error) {
      throw Broken("map of " + std::to_string(bytes) + " bytes: " + error.what());
    }
    std::filesystem::remove(path);
  }
  std::cout << sizes << " maps were filled\n";
}

void run_file_systems() {
  const TempDirectory directory;
  if (unshare(CLONE_NEWNS) != 0 ||
      mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    std::cout << "SKIPPED: full file systems; this process may not mount any\n";
    return;
  }
  for (const char* size : {"size=16m", "size=32m", "size=64m"}) {
    expect(mount("room_test", directory.path().c_str(), "tmpfs", 0, size) == 0, "tmpfs mounts");
    std::string broken;
    try {
      fill_file_system(directory.path());
    } catch (const std::exception& error) {
      broken = std::string(size) + ": " + error.what();
    }
    umount2(directory.path().c_str(), MNT_DETACH);
    expect(broken.empty(), broken);
  }
  std::cout << "3 file systems were filled\n";
}

}  // namespace
}  // namespace geode::test

int main(int count, char** arguments) {
  std::uint64_t sizes = 5;
  if (!geode::test::read_numbers(count, arguments, {{"--sizes=", sizes}},
                                 "usage: room_test [--sizes=N]\n")) {
    return 2;
  }
  // Flushes cost nothing there.
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  try {
    geode::test::run_file_systems();
    geode::test::run_maps(sizes);
  } catch (const std::exception& error) {
    std::cout << "FAILED: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
