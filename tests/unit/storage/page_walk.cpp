#include "storage/page_walk.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "storage/format_version.hpp"
#include "storage_test.hpp"

namespace geode::storage {
namespace {

constexpr std::size_t kPage = 4096;

/// Trees of several levels, large values, duplicates within pages and in trees of their own, and
/// free pages.
void fill(const TempDatabase& db, std::uint64_t entries) {
  auto txn = db.write();
  for (std::uint64_t i = 0; i < entries; ++i) {
    txn->put(Table::kHot, as_bytes("row " + number(i)), as_bytes(std::string(i % 90, 'h')));
    txn->put(Table::kIndex, as_bytes("unique" + number(i * 7919 % entries)), as_bytes(number(i)));
    txn->put(Table::kIndexDup, as_bytes("some" + number(i % 50)), as_bytes(number(i)));
    txn->put(Table::kIndexDup, as_bytes("many"), as_bytes(number(i)));
  }
  for (std::uint64_t i = 0; i < entries / 50; ++i) {
    txn->put(Table::kBase, as_bytes(number(i)), as_bytes(std::string(1000 + i * 37, 'b')));
    txn->put(Table::kLog, as_bytes(number(i)), as_bytes("record"));
  }
  txn->commit();
  txn = db.write();
  for (std::uint64_t i = 0; i < entries; i += 3)
    txn->erase(Table::kHot, as_bytes("row " + number(i)));
  txn->put(Table::kBase, as_bytes(number(1)), as_bytes(std::string(30'000, 'l')));
  txn->put(Table::kBase, as_bytes(number(1)), as_bytes(std::string(20'000, 'm')));
  txn->commit();
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Of a file without an environment.
PageReport walk_file(const std::string& path, const PageWalkOptions& options = {},
                     const PageVisitor& visitor = {}) {
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  const PageReport report = walk_pages(fileno(file), options, visitor);
  std::fclose(file);
  return report;
}

std::string first_damage(const PageReport& report) {
  if (report.damages.empty()) return "";
  const PageDamage& damage = report.damages.front();
  return std::to_string(damage.page) + " " + damage.table + ": " + damage.what;
}

TEST_CASE("the walk through the pages finds what LMDB's cursors find", "[storage]") {
  TempDatabase db;
  fill(db, GENERATE(10u, 20'000u));
  std::map<Table, std::vector<std::pair<std::string, std::string>>> walked;
  const PageReport report = walk_file(db.path, {}, [&](const PageEntry& entry) {
    CHECK(entry.intact);
    walked[*entry.table].emplace_back(as_text(entry.key), as_text(entry.value));
  });
  CHECK(first_damage(report) == "");
  CHECK(report.complete);
  CHECK(report.free_pages * kPage == db.environment->info().free_bytes);
  const auto snapshot = db.read();
  for (int i = 0; i < kTableCount; ++i) {
    const Table table{static_cast<std::uint8_t>(i)};
    const auto& entries = walked[table];
    REQUIRE(entries.size() == snapshot->entry_count(table));
    Cursor cursor = snapshot->cursor(table);
    std::size_t at = 0, different = 0;
    for (bool more = cursor.first(); more; more = cursor.next(), ++at) {
      different += entries[at].first != as_text(cursor.key()) ||
                   entries[at].second != as_text(cursor.value());
    }
    CHECK(different == 0);
  }
}

TEST_CASE("the walk sees one snapshot while others write", "[storage]") {
  TempDatabase db;
  fill(db, 2000);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (std::uint64_t i = 0; !stop; ++i) {
      auto txn = db.write();
      for (std::uint64_t k = 0; k < 20; ++k) {
        const std::string key = number((i * 31 + k * 7) % 400);
        txn->put(Table::kBase, as_bytes(key), as_bytes(std::string(500 + i % 9000, 'x')));
        txn->put(Table::kIndexDup, as_bytes("many"), as_bytes(number(i * 20 + k)));
        txn->erase(Table::kHot, as_bytes("row " + number((i + k) % 2000)));
      }
      txn->commit();
    }
  });
  for (int round = 0; round < 20; ++round) {
    auto snapshot = db.read();
    const PageReport report = walk_pages(*snapshot, {});
    CHECK(first_damage(report) == "");
    CHECK(report.transaction == snapshot->id());
  }
  stop = true;
  writer.join();
}

TEST_CASE("a budget ends the walk between tables", "[storage]") {
  TempDatabase db;
  fill(db, 20'000);
  const PageReport all = walk_file(db.path);
  const PageReport part = walk_file(db.path, {.large_values = false, .most_pages = 10});
  CHECK(part.damages.empty());
  CHECK_FALSE(part.complete);
  CHECK(part.tree_pages < all.tree_pages);
  CHECK(part.free_pages == all.free_pages);
}

/// The environment is closed, a file damaged, and both the walk and open() must find it.
struct Damaged {
  TempDatabase db;
  std::string bytes;

  Damaged() {
    fill(db, 3000);
    db.put("one", "more");
    db.put("and", "another");
    db.environment.reset();
    bytes = read_file(db.path);
  }
  std::uint64_t newest() const {
    const auto first = base::load_le<std::uint64_t>(bytes.data() + 144);
    return base::load_le<std::uint64_t>(bytes.data() + kPage + 144) > first ? 1 : 0;
  }
  char* page(std::uint64_t number) { return bytes.data() + number * kPage; }
  /// The root of a table in the newest state.
  std::uint64_t root(const std::string& table) {
    const auto names = base::load_le<std::uint64_t>(page(newest()) + 128);
    for (std::size_t i = 0; i < pages::node_count(page(names)); ++i) {
      const pages::Node node = pages::node_at(page(names), i);
      if (node.key == table) return pages::tree_record(node.data).root;
    }
    return 0;
  }
  void expect(const std::string& what) {
    std::ofstream(db.path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const PageReport report = walk_file(db.path);
    INFO(what);
    REQUIRE_FALSE(report.damages.empty());
    CHECK_THAT(first_damage(report), Catch::Contains(what));
    try {
      Environment::open(db.path, {});
      FAIL("it was opened");
    } catch (const Error& error) {
      CHECK(error.gqlstatus() == "58X02");
      CHECK_THAT(error.what(), Catch::Contains(what));
      CHECK_THAT(error.what(), Catch::Contains(db.path));
    }
  }
};

TEST_CASE("a page with another page's content is refused", "[storage]") {
  Damaged file;
  std::swap_ranges(file.page(file.root("hot")), file.page(file.root("hot")) + kPage,
                   file.page(file.root("idx")));
  file.expect("its header says page");
}

TEST_CASE("keys out of order are refused", "[storage]") {
  Damaged file;
  char* const root = file.page(file.root("idx"));
  REQUIRE(pages::page_flags(root) == pages::kBranch);
  const pages::Node child = pages::node_at(root, 1);
  char* const leaf = file.page(child.size_or_page);
  const_cast<char*>(pages::node_at(leaf, 3).key.data())[0] = 'z';
  file.expect("out of order");
}

TEST_CASE("an entry beyond its page is refused", "[storage]") {
  Damaged file;
  base::store_le(file.page(file.root("hot")) + 16, static_cast<std::uint16_t>(kPage - 4));
  file.expect("lies outside of the page");
}

TEST_CASE("a page used twice is refused", "[storage]") {
  Damaged file;
  char* const root = file.page(file.root("hot"));
  REQUIRE(pages::page_flags(root) == pages::kBranch);
  const auto one = base::load_le<std::uint16_t>(root + 16);
  const auto other = base::load_le<std::uint16_t>(root + 18);
  std::copy_n(root + one, 6, root + other);
  file.expect("which is used elsewhere");
}

TEST_CASE("a list of free pages that names a page in use is refused", "[storage]") {
  Damaged file;
  const auto free = base::load_le<std::uint64_t>(file.page(file.newest()) + 80);
  REQUIRE(pages::page_flags(file.page(free)) == pages::kLeaf);
  const pages::Node node = pages::node_at(file.page(free), 0);
  REQUIRE(node.flags == 0);
  const auto count = base::load_le<std::uint64_t>(node.data);
  REQUIRE(count > 0);
  // The least one, so that the order stays.
  base::store_le(const_cast<char*>(node.data) + count * 8, file.root("cat"));
  file.expect(GENERATE(std::string("used")));
}

TEST_CASE("a damaged value in a leaf is refused", "[storage]") {
  Damaged file;
  char* const leaf = file.page(file.root("cat"));
  const pages::Node node = pages::node_at(leaf, 0);
  REQUIRE(node.key == "database_id");
  const_cast<char*>(node.data)[5] ^= 1;
  file.expect("checksum");
}

TEST_CASE("a meta page that brings back the state before is refused", "[storage]") {
  // The newest transaction gets a number two less, so that the other meta page is taken.
  Damaged file;
  char* const number = file.page(file.newest()) + 144;
  base::store_le(number, base::load_le<std::uint64_t>(number) - 2);
  file.expect("the mark of the state that it names");
}

TEST_CASE("a meta page whose number grew is refused", "[storage]") {
  Damaged file;
  char* const number = file.page(1 - file.newest()) + 144;
  SECTION("much") {
    base::store_le(number, base::load_le<std::uint64_t>(number) + 64);
    file.expect("do not follow each other");
  }
  SECTION("by so much that it follows the newest") {
    base::store_le(number, base::load_le<std::uint64_t>(number) + 2);
    file.expect("the mark of the state that it names");
  }
}

TEST_CASE("damage in the pages of a large value ends what reads or removes it", "[storage]") {
  Damaged file;
  // Found by its content.
  const std::size_t at = file.bytes.find(std::string(20'000, 'm'));
  REQUIRE(at != std::string::npos);
  REQUIRE(at % kPage == 16);
  const bool header = GENERATE(false, true);
  if (header) {
    base::store_le(file.bytes.data() + at - 4, std::uint32_t{200'000});
  } else {
    file.bytes[at + 9000] = 'x';
  }
  std::ofstream(file.db.path, std::ios::binary | std::ios::trunc)
      .write(file.bytes.data(), static_cast<std::streamsize>(file.bytes.size()));
  CHECK_FALSE(walk_file(file.db.path).damages.empty());
  file.db.environment = Environment::open(file.db.path, {});
  CHECK(code_of([&] { file.db.read()->get(Table::kBase, as_bytes(number(1))); }) == "58X02");
  CHECK(code_of([&] {
          auto snapshot = file.db.read();
          Cursor cursor = snapshot->cursor(Table::kBase);
          CHECK(cursor.seek_exact(as_bytes(number(1))));
          cursor.value();
        }) == "58X02");
  auto txn = file.db.write();
  CHECK(code_of([&] { txn->get(Table::kBase, as_bytes(number(1))); }) == "58X02");
  if (header) {
    CHECK(code_of([&] { txn->erase(Table::kBase, as_bytes(number(1))); }) == "58X02");
  }
  CHECK(file.db.get(number(2)) == std::string(1074, 'b'));
}

TEST_CASE("a range index takes numbers of nodes only", "[storage]") {
  TempDatabase db;
  auto txn = db.write();
  CHECK(code_of([&] {
          txn->put(Table::kIndexDup, as_bytes("k"), as_bytes(number(std::uint64_t{1} << 48)));
        }) == "XX000");
  CHECK(code_of([&] { txn->put(Table::kIndexDup, as_bytes("k"), as_bytes("short")); }) == "XX000");
  txn->put(Table::kIndexDup, as_bytes("k"), as_bytes(number((std::uint64_t{1} << 48) - 1)));
  CHECK(text_of(txn->get(Table::kIndexDup, as_bytes("k"))) == number((std::uint64_t{1} << 48) - 1));
}

}  // namespace
}  // namespace geode::storage
