#include "storage/transaction.hpp"

#include <thread>

#include "storage_test.hpp"

using namespace geode;
using namespace geode::storage;

TEST_CASE("a snapshot does not see what is committed after it", "[storage]") {
  TempDatabase db;
  db.put("k", "1");
  auto before = db.read();
  db.put("k", "2");
  auto after = db.read();
  CHECK(text_of(before->get(Table::kBase, as_bytes("k"))) == "1");
  CHECK(text_of(after->get(Table::kBase, as_bytes("k"))) == "2");
  CHECK(after->id() == before->id() + 1);
  CHECK(db.read()->id() == after->id());
}

TEST_CASE("a dropped write transaction leaves nothing behind", "[storage]") {
  TempDatabase db;
  {
    auto txn = db.write();
    txn->put(Table::kBase, as_bytes("k"), as_bytes("v"));
    CHECK(text_of(txn->get(Table::kBase, as_bytes("k"))) == "v");
  }
  CHECK(db.get("k") == "(none)");
  auto txn = db.write();
  txn->put(Table::kBase, as_bytes("k"), as_bytes("v"));
  txn->abort();
  CHECK(db.get("k") == "(none)");
  CHECK(code_of([&] { txn->put(Table::kBase, as_bytes("k"), as_bytes("v")); }) ==
        status::kInvalidTransactionState);
  CHECK(code_of([&] { txn->get(Table::kBase, as_bytes("k")); }) ==
        status::kInvalidTransactionState);
}

TEST_CASE("put_new keeps what is there", "[storage]") {
  TempDatabase db;
  auto txn = db.write();
  CHECK(txn->put_new(Table::kIndex, as_bytes("k"), as_bytes("1")));
  CHECK_FALSE(txn->put_new(Table::kIndex, as_bytes("k"), as_bytes("2")));
  CHECK(text_of(txn->get(Table::kIndex, as_bytes("k"))) == "1");
  CHECK(txn->erase(Table::kIndex, as_bytes("k")));
  CHECK_FALSE(txn->erase(Table::kIndex, as_bytes("k")));
}

TEST_CASE("appended keys must ascend, and duplicates of the last key too", "[storage]") {
  TempDatabase db;
  auto txn = db.write();
  for (std::uint64_t i = 0; i < 1000; ++i) {
    txn->append(Table::kBase, as_bytes(number(i)), as_bytes("v"));
    txn->append(Table::kIndexDup, as_bytes(number(i / 10)), as_bytes(number(i)));
  }
  CHECK(txn->entry_count(Table::kBase) == 1000);
  CHECK(txn->entry_count(Table::kIndexDup) == 1000);
  CHECK(code_of([&] { txn->append(Table::kBase, as_bytes(number(5)), as_bytes("v")); }) ==
        status::kInternal);
  CHECK(code_of([&] {
          txn->append(Table::kIndexDup, as_bytes(number(99)), as_bytes(number(999)));
        }) == status::kInternal);
  CHECK(code_of([&] {
          txn->append(Table::kIndexDup, as_bytes(number(7)), as_bytes(number(9999)));
        }) == status::kInternal);
  txn->commit();
  CHECK(db.read()->entry_count(Table::kIndexDup) == 1000);
}

TEST_CASE("keys that LMDB cannot take are refused", "[storage]") {
  TempDatabase db;
  auto txn = db.write();
  const std::string longest(511, 'k'), too_long(512, 'k');
  txn->put(Table::kBase, as_bytes(longest), as_bytes("v"));
  CHECK(code_of([&] { txn->put(Table::kBase, as_bytes(too_long), as_bytes("v")); }) ==
        status::kInternal);
  CHECK(code_of([&] { txn->put(Table::kBase, {}, as_bytes("v")); }) == status::kInternal);
  CHECK(text_of(txn->get(Table::kBase, as_bytes(longest))) == "v");
}

TEST_CASE("erase_prefix removes the keys with the prefix and no others", "[storage]") {
  TempDatabase db;
  auto txn = db.write();
  for (const char* key : {"a", "ab", "abc", "abd", "ac", "b"}) {
    txn->put(Table::kBase, as_bytes(key), as_bytes(std::string(3000, 'v')));
  }
  for (std::uint64_t i = 0; i < 900; ++i) {
    txn->put(Table::kIndexDup,
             as_bytes(i % 3 == 0   ? "xa"
                      : i % 3 == 1 ? "xb"
                                   : "y"),
             as_bytes(number(i)));
  }
  CHECK(txn->erase_prefix(Table::kBase, as_bytes("ab")) == 3);
  CHECK(txn->erase_prefix(Table::kBase, as_bytes("zz")) == 0);
  CHECK(txn->erase_prefix(Table::kIndexDup, as_bytes("x")) == 600);
  txn->commit();
  auto snapshot = db.read();
  CHECK(snapshot->entry_count(Table::kBase) == 3);
  CHECK(snapshot->entry_count(Table::kIndexDup) == 300);
  CHECK(snapshot->get(Table::kBase, as_bytes("ac")));
  txn = db.write();
  CHECK(txn->erase_prefix(Table::kIndexDup, {}) == 300);
  CHECK(txn->entry_count(Table::kIndexDup) == 0);
}

TEST_CASE("one duplicate is removed by its value", "[storage]") {
  TempDatabase db;
  auto txn = db.write();
  for (std::uint64_t i = 0; i < 50; ++i)
    txn->put(Table::kIndexDup, as_bytes("k"), as_bytes(number(i)));
  CHECK(txn->erase(Table::kIndexDup, as_bytes("k"), as_bytes(number(7))));
  CHECK_FALSE(txn->erase(Table::kIndexDup, as_bytes("k"), as_bytes(number(7))));
  for (std::uint64_t i = 0; i < 50; ++i)
    txn->erase(Table::kIndexDup, as_bytes("k"), as_bytes(number(i)));
  CHECK_FALSE(txn->get(Table::kIndexDup, as_bytes("k")));
  CHECK(txn->erase(Table::kIndexDup, as_bytes("k")) == false);
}

TEST_CASE("children roll back alone and commit into their parent", "[storage]") {
  TempDatabase db;
  auto txn = db.write();
  txn->put(Table::kBase, as_bytes("a"), as_bytes("1"));
  txn->begin_child();
  txn->put(Table::kBase, as_bytes("b"), as_bytes("2"));
  txn->begin_child();
  txn->put(Table::kBase, as_bytes("a"), as_bytes("changed"));
  txn->put(Table::kBase, as_bytes("c"), as_bytes(std::string(100'000, 'c')));
  CHECK(txn->depth() == 2);
  txn->abort_child();
  CHECK(text_of(txn->get(Table::kBase, as_bytes("a"))) == "1");
  CHECK_FALSE(txn->get(Table::kBase, as_bytes("c")));
  CHECK(text_of(txn->get(Table::kBase, as_bytes("b"))) == "2");
  txn->commit_child();
  txn->begin_child();
  txn->put(Table::kBase, as_bytes("d"), as_bytes("open at commit"));
  txn->commit();
  CHECK(db.get("a") == "1");
  CHECK(db.get("b") == "2");
  CHECK(db.get("c") == "(none)");
  CHECK(db.get("d") == "open at commit");
}

TEST_CASE("a transaction dropped within its children leaves nothing and frees the writer",
          "[storage]") {
  TempDatabase db;
  {
    auto txn = db.write();
    for (int i = 0; i < 5; ++i) {
      txn->begin_child();
      txn->put(Table::kBase, as_bytes("k"), as_bytes("v"));
    }
  }
  CHECK(db.get("k") == "(none)");
  db.write(100)->commit();
}

TEST_CASE("savepoints have a depth limit", "[storage]") {
  TempDatabase db;
  auto txn = db.write();
  for (int i = 0; i < WriteTransaction::kMaxDepth; ++i) {
    txn->begin_child();
    txn->put(Table::kBase, as_bytes(number(static_cast<std::uint64_t>(i))), as_bytes("v"));
  }
  CHECK(code_of([&] { txn->begin_child(); }) == status::kLimitExceeded);
  CHECK(code_of([&] { db.read(); }) == "");
  txn->commit();
  CHECK(db.read()->entry_count(Table::kBase) == 32);
  txn = db.write();
  CHECK(code_of([&] { txn->commit_child(); }) == status::kInvalidTransactionState);
  CHECK(code_of([&] { txn->abort_child(); }) == status::kInvalidTransactionState);
}

TEST_CASE("a thousand snapshots at once find a slot, and later ones take turns", "[storage]") {
  TempDatabase db;
  std::vector<std::unique_ptr<ReadTransaction>> snapshots;
  std::string code;
  while (code.empty() && snapshots.size() < 2000) {
    code = code_of([&] { snapshots.push_back(db.read()); });
  }
  CHECK(code == status::kDatabaseBusy);
  CHECK(snapshots.size() >= 1000);
  snapshots.resize(10);
  CHECK(code_of([&] { db.read(); }) == "");
  db.put("k", "v");
}

TEST_CASE("snapshots of many threads see whole commits", "[storage]") {
  TempDatabase db;
  std::atomic<bool> done{false};
  std::atomic<int> torn{0}, reads{0};
  db.put("a", number(0));
  db.put("b", number(0));
  std::vector<std::thread> readers;
  for (int t = 0; t < 4; ++t) {
    readers.emplace_back([&] {
      while (!done) {
        auto snapshot = db.read();
        const auto a = text_of(snapshot->get(Table::kBase, as_bytes("a")));
        if (a != text_of(snapshot->get(Table::kBase, as_bytes("b")))) ++torn;
        ++reads;
      }
    });
  }
  for (std::uint64_t i = 1; i < 200; ++i) {
    auto txn = db.write();
    txn->put(Table::kBase, as_bytes("a"), as_bytes(number(i)));
    txn->put(Table::kBase, as_bytes("b"), as_bytes(number(i)));
    txn->commit();
  }
  done = true;
  for (auto& reader : readers) reader.join();
  CHECK(torn == 0);
  CHECK(reads > 0);
}
