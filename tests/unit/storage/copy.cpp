#include <filesystem>
#include <fstream>
#include <string>

#include "storage_test.hpp"

namespace fs = std::filesystem;
using namespace geode;
using namespace geode::storage;

namespace {

std::size_t files_in(const test::TempDirectory& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a copy holds what was committed and is a database of its own", "[storage]") {
  TempDatabase db;
  test::TempDirectory target;
  db.put("k", "v");
  auto open = db.write();
  open->put(Table::kBase, as_bytes("k"), as_bytes("not yet"));
  db.environment->copy_to(target.file("copy.geode"));
  open->commit();
  CHECK(files_in(target) == 1);

  const auto copy = Environment::open(target.file("copy.geode"), {});
  CHECK(text_of(ReadTransaction::begin(copy)->get(Table::kBase, as_bytes("k"))) == "v");
  CHECK(copy->database_id().size() == 32);
  CHECK(copy->database_id() != db.environment->database_id());
  CHECK(db.get("k") == "not yet");
}

TEST_CASE("a copy leaves free pages behind", "[storage]") {
  TempDatabase db;
  db.put("big", std::string(3'000'000, 'x'));
  auto txn = db.write();
  txn->erase(Table::kBase, as_bytes("big"));
  txn->commit();
  db.put("small", "y");
  const EnvironmentInfo before = db.environment->info();
  CHECK(before.free_bytes >= 2'900'000);
  CHECK(before.file_bytes >= before.used_bytes);

  db.environment->copy_to(db.directory.file("copy.geode"));
  const auto copy = Environment::open(db.directory.file("copy.geode"), {});
  CHECK(copy->info().used_bytes < 200'000);
  CHECK(text_of(ReadTransaction::begin(copy)->get(Table::kBase, as_bytes("small"))) == "y");
}

TEST_CASE("an in-memory database can be copied to disk", "[storage]") {
  test::TempDirectory target;
  const auto memory = Environment::open(":memory:", {});
  auto txn = WriteTransaction::begin(memory);
  txn->put(Table::kBase, as_bytes("k"), as_bytes("v"));
  txn->commit();
  memory->copy_to(target.file("copy.geode"));
  const auto copy = Environment::open(target.file("copy.geode"), {});
  CHECK(text_of(ReadTransaction::begin(copy)->get(Table::kBase, as_bytes("k"))) == "v");
}

TEST_CASE("a copy never takes the place of a file", "[storage]") {
  TempDatabase db;
  test::TempDirectory target;
  std::ofstream(target.file("notes")) << "mine";
  CHECK(code_of([&] { db.environment->copy_to(target.file("notes")); }) ==
        status::kDuplicateObject);
  CHECK(code_of([&] { db.environment->copy_to(db.path); }) == status::kDuplicateObject);
  CHECK(code_of([&] { db.environment->copy_to(target.file("no/such/folder")); }) != "");
  std::string text;
  std::ifstream(target.file("notes")) >> text;
  CHECK(text == "mine");
  CHECK(files_in(target) == 1);
}
