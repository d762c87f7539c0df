#include <optional>
#include <utility>

#include "storage_test.hpp"

using namespace geode;
using namespace geode::storage;

namespace {

void fill(const TempDatabase& db, std::initializer_list<const char*> keys) {
  auto txn = db.write();
  for (const char* key : keys)
    txn->put(Table::kBase, as_bytes(key), as_bytes(std::string("value of ") + key));
  txn->commit();
}

std::string key_of(const Cursor& cursor) { return std::string(as_text(cursor.key())); }

}  // namespace

TEST_CASE("a cursor seeks from both sides and walks both ways", "[storage]") {
  TempDatabase db;
  fill(db, {"b", "d", "da", "f"});
  auto txn = db.read();
  auto cursor = txn->cursor(Table::kBase);
  CHECK(cursor.seek(as_bytes("c")));
  CHECK(key_of(cursor) == "d");
  CHECK(as_text(cursor.value()) == "value of d");
  CHECK(cursor.has_prefix(as_bytes("d")));
  CHECK(cursor.next());
  CHECK(key_of(cursor) == "da");
  CHECK_FALSE(cursor.has_prefix(as_bytes("dab")));
  CHECK(cursor.previous());
  CHECK(key_of(cursor) == "d");
  CHECK_FALSE(cursor.seek(as_bytes("g")));
  CHECK_FALSE(cursor.next());
  CHECK_FALSE(cursor.has_prefix({}));
  CHECK(cursor.seek_exact(as_bytes("f")));
  CHECK_FALSE(cursor.seek_exact(as_bytes("e")));
  CHECK(cursor.seek_before(as_bytes("d")));
  CHECK(key_of(cursor) == "b");
  CHECK(cursor.seek_before(as_bytes("zzz")));
  CHECK(key_of(cursor) == "f");
  CHECK_FALSE(cursor.seek_before(as_bytes("b")));
  CHECK_FALSE(cursor.seek_before({}));
  CHECK(cursor.seek({}));
  CHECK(key_of(cursor) == "b");
  CHECK(cursor.last());
  CHECK_FALSE(cursor.next());
}

TEST_CASE("a new cursor begins at either end", "[storage]") {
  TempDatabase db;
  auto empty = db.read();
  auto nothing = empty->cursor(Table::kBase);
  CHECK_FALSE(nothing.next());
  CHECK_FALSE(nothing.first());
  CHECK_FALSE(nothing.last());
  fill(db, {"a", "b"});
  auto txn = db.read();
  auto up = txn->cursor(Table::kBase), down = txn->cursor(Table::kBase);
  CHECK(up.next());
  CHECK(key_of(up) == "a");
  CHECK(down.previous());
  CHECK(key_of(down) == "b");
}

TEST_CASE("duplicates are visited one by one or left out", "[storage]") {
  TempDatabase db;
  auto txn = db.write();
  for (std::uint64_t i = 0; i < 500; ++i)
    txn->put(Table::kIndexDup, as_bytes("many"), as_bytes(number(i)));
  txn->put(Table::kIndexDup, as_bytes("one"), as_bytes(number(1)));
  auto cursor = txn->cursor(Table::kIndexDup);
  CHECK(cursor.seek_exact(as_bytes("many")));
  CHECK(cursor.duplicate_count() == 500);
  std::uint64_t count = 1;
  while (cursor.next_duplicate()) CHECK(as_text(cursor.value()) == number(count++));
  CHECK(count == 500);
  // It stays on the last duplicate, from where the next key is reached.
  CHECK(as_text(cursor.value()) == number(499));
  CHECK(cursor.next_key());
  CHECK(key_of(cursor) == "one");
  CHECK(cursor.duplicate_count() == 1);
  CHECK_FALSE(cursor.next_duplicate());
  CHECK_FALSE(cursor.next_key());
  CHECK(cursor.seek_before(as_bytes("one")));
  CHECK(as_text(cursor.value()) == number(499));
  count = 0;
  auto all = txn->cursor(Table::kIndexDup);
  while (all.next()) ++count;
  CHECK(count == 501);
}

TEST_CASE("a cursor outlives neither its transaction nor its child transaction", "[storage]") {
  TempDatabase db;
  fill(db, {"a", "b", "c"});
  auto txn = db.write();
  auto outer = txn->cursor(Table::kBase);
  CHECK(outer.seek(as_bytes("b")));
  txn->begin_child();
  auto inner = txn->cursor(Table::kBase);
  CHECK(inner.first());
  txn->put(Table::kBase, as_bytes("bb"), as_bytes("v"));
  CHECK(outer.next());
  CHECK(key_of(outer) == "bb");
  txn->abort_child();
  CHECK(code_of([&] { inner.next(); }) == "");
  CHECK(code_of([&] { inner.first(); }) == status::kInvalidTransactionState);
  // Back where it was before the child.
  CHECK(key_of(outer) == "b");
  CHECK(outer.next());
  CHECK(key_of(outer) == "c");
  txn->begin_child();
  txn->put(Table::kBase, as_bytes("d"), as_bytes("v"));
  CHECK(outer.next());
  txn->commit_child();
  CHECK(key_of(outer) == "d");
  txn->commit();
  CHECK(code_of([&] { outer.first(); }) == status::kInvalidTransactionState);

  auto snapshot = db.read();
  std::optional<Cursor> left(snapshot->cursor(Table::kBase));
  CHECK(left->first());
  snapshot.reset();
  CHECK(code_of([&] { left->first(); }) == status::kInvalidTransactionState);
}

TEST_CASE("cursors can be moved and closed in any order", "[storage]") {
  TempDatabase db;
  fill(db, {"a", "b", "c"});
  auto txn = db.write();
  std::vector<Cursor> cursors;
  for (int i = 0; i < 20; ++i) {
    cursors.push_back(txn->cursor(Table::kBase));
    CHECK(cursors.back().first());
  }
  cursors.erase(cursors.begin() + 3);
  std::swap(cursors[1], cursors[7]);
  cursors[2] = std::move(cursors[9]);
  cursors.pop_back();
  CHECK(cursors[2].next());
  CHECK(key_of(cursors[2]) == "b");
  txn->begin_child();
  cursors.push_back(txn->cursor(Table::kBase));
  cursors.erase(cursors.begin());
  txn->commit_child();
  txn->abort();
  CHECK(code_of([&] { cursors[0].first(); }) == status::kInvalidTransactionState);
}

TEST_CASE("a cursor goes on behind an entry that was erased under it", "[storage]") {
  TempDatabase db;
  fill(db, {"a", "b", "c"});
  auto txn = db.write();
  auto cursor = txn->cursor(Table::kBase);
  CHECK(cursor.seek(as_bytes("b")));
  txn->erase(Table::kBase, as_bytes("b"));
  CHECK(cursor.next());
  CHECK(key_of(cursor) == "c");
}
