#include <atomic>
#include <cerrno>
#include <sys/syscall.h>
#include <unistd.h>

#include "storage_test.hpp"

using namespace geode;
using namespace geode::storage;

namespace {
std::atomic<int> fdatasync_error{0};
}

/// Stands before the C library's function for the whole program, LMDB's calls included.
extern "C" int fdatasync(int file) {
  if (const int error = fdatasync_error.load()) {
    errno = error;
    return -1;
  }
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

TEST_CASE("after a failed sync nothing is written any more, and what was committed can be read",
          "[storage]") {
  TempDatabase db;
  db.put("k", "before");
  auto txn = db.write();
  txn->put(Table::kBase, as_bytes("k"), as_bytes("lost"));
  fdatasync_error = EIO;
  CHECK(code_of([&] { txn->commit(); }) == status::kIo);
  fdatasync_error = 0;
  CHECK(code_of([&] { txn->commit(); }) == status::kInvalidTransactionState);
  CHECK(db.get("k") == "before");
  CHECK_THROWS_WITH(db.write(), Catch::Contains("58X01") && Catch::Contains("read-only"));
  txn.reset();
  db.environment.reset();
  db.environment = Environment::open(db.path, {});
  CHECK(db.get("k") == "before");
  db.put("k", "after");
  CHECK(db.get("k") == "after");
}

TEST_CASE("a full disk fails one transaction, and the next one may succeed", "[storage]") {
  TempDatabase db;
  db.put("k", "before");
  auto txn = db.write();
  txn->put(Table::kBase, as_bytes("k"), as_bytes("lost"));
  fdatasync_error = ENOSPC;
  CHECK(code_of([&] { txn->commit(); }) == status::kDiskFull);
  fdatasync_error = 0;
  CHECK(db.get("k") == "before");
  db.put("k", "after");
  CHECK(db.get("k") == "after");
}

TEST_CASE("an explicit sync that fails also ends writing", "[storage]") {
  TempDatabase db;
  fdatasync_error = EIO;
  CHECK(code_of([&] { db.environment->sync(); }) == status::kIo);
  fdatasync_error = 0;
  CHECK(code_of([&] { db.write(); }) == status::kIo);
}
