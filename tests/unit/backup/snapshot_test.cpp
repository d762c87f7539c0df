#include <atomic>
#include <chrono>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "base/bytes.hpp"
#include "storage/snapshot_stream.hpp"
#include "temp_directory.hpp"

using namespace geode;
using namespace geode::storage;

namespace {

std::string key_of(std::uint64_t number) {
  std::string key = std::to_string(number);
  while (key.size() < 12) key.insert(key.begin(), '0');
  return key;
}

void put(const std::shared_ptr<Environment>& environment, std::uint64_t from, std::uint64_t to,
         char letter) {
  const auto txn = WriteTransaction::begin(environment);
  for (std::uint64_t i = from; i < to; ++i) {
    txn->put(Table::kBase, as_bytes(key_of(i)), as_bytes(std::string(100 + i % 3000, letter)));
  }
  txn->commit();
}

std::string read_all(SnapshotStream& stream, const std::function<void()>& between = {}) {
  std::string out, buffer(SnapshotStream::kBlockBytes, '?');
  while (const std::size_t n = stream.read(buffer)) {
    out.append(buffer, 0, n);
    if (between) between();
  }
  return out;
}

}  // namespace

TEST_CASE("a stream gives the snapshot it began with, whatever is written meanwhile", "[storage]") {
  const test::TempDirectory folder;
  const auto environment = Environment::open(folder.file("a"), {});
  put(environment, 0, 600, 'a');
  {
    const auto txn = WriteTransaction::begin(environment);
    for (std::uint64_t i = 100; i < 500; ++i) txn->erase(Table::kBase, as_bytes(key_of(i)));
    txn->commit();
  }
  put(environment, 600, 601, 'a');
  SnapshotStream stream(environment);
  std::uint64_t next = 0;
  const std::string bytes = read_all(stream, [&] {
    // They take the free pages, and make the file longer.
    put(environment, next, next + 200, 'b');
    next += 100;
  });
  CHECK(bytes.size() == stream.bytes());
  CHECK(stream.free_bytes() > 0);
  CHECK(next > 0);
  std::ofstream(folder.file("b"), std::ios::binary) << bytes;

  const auto copy = Environment::open(folder.file("b"), {});
  const auto txn = ReadTransaction::begin(copy);
  CHECK(txn->id() == stream.transaction_id());
  CHECK(txn->entry_count(Table::kBase) == 201);
  Cursor cursor = txn->cursor(Table::kBase);
  std::uint64_t wrong = 0;
  for (bool more = cursor.first(); more; more = cursor.next()) {
    wrong += as_text(cursor.value()).find_first_not_of('a') != std::string_view::npos;
  }
  CHECK(wrong == 0);
}

TEST_CASE("both meta pages of a stream name its snapshot", "[storage]") {
  const test::TempDirectory folder;
  const auto environment = Environment::open(folder.file("a"), {});
  for (std::uint64_t round = 0; round < 4; ++round) {
    put(environment, 0, 10 + round, 'a');
    SnapshotStream stream(environment);
    const std::string bytes = read_all(stream);
    const std::size_t page = environment->info().page_bytes;
    std::uint64_t transactions[2];
    for (std::size_t i = 0; i < 2; ++i) {
      transactions[i] = base::load_le<std::uint64_t>(bytes.data() + i * page + 144);
      CHECK((transactions[i] & 1) == i);
      CHECK(base::load_le<std::uint64_t>(bytes.data() + i * page) == i);
    }
    CHECK(std::max(transactions[0], transactions[1]) == stream.transaction_id());
    CHECK(std::min(transactions[0], transactions[1]) == stream.transaction_id() - 1);
    // The trees, and the last page.
    CHECK(bytes.substr(40, 104) == bytes.substr(page + 40, 104));
    const std::string name = folder.file("b" + std::to_string(round));
    std::ofstream(name, std::ios::binary) << bytes;
    const auto txn = ReadTransaction::begin(Environment::open(name, {}));
    CHECK(txn->entry_count(Table::kBase) == 10 + round);
  }
}

TEST_CASE("snapshots are taken while others commit without a pause", "[storage]") {
  const test::TempDirectory folder;
  EnvironmentOptions options;
  options.sync = SyncMode::kOff;
  const auto environment = Environment::open(folder.file("a"), options);
  put(environment, 0, 300, 'a');
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (std::uint64_t i = 0; !stop; ++i) {
      const auto txn = WriteTransaction::begin(environment);
      // Two entries that always agree.
      txn->put(Table::kHot, as_bytes("first"), as_bytes(std::to_string(i)));
      txn->put(Table::kBase, as_bytes(key_of(299)), as_bytes(std::to_string(i)));
      txn->put(Table::kBase, as_bytes(key_of(i % 290)), as_bytes(std::string(i % 3000, 'c')));
      txn->commit();
      // While a snapshot is held no page is used again, and each one that is taken is longer.
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
  });
  for (int i = 0; i < 20; ++i) {
    SnapshotStream stream(environment);
    const std::string name = folder.file("b" + std::to_string(i));
    std::ofstream(name, std::ios::binary) << read_all(stream);
    const auto txn = ReadTransaction::begin(Environment::open(name, {}));
    const auto first = txn->get(Table::kHot, as_bytes("first"));
    if (!first) continue;  // The writer has not begun.
    CHECK(std::string(as_text(*first)) ==
          std::string(as_text(*txn->get(Table::kBase, as_bytes(key_of(299))))));
    CHECK(txn->id() == stream.transaction_id());
  }
  stop = true;
  writer.join();
}
