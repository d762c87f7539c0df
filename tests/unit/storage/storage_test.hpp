#pragma once

#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/environment.hpp"
#include "storage/transaction.hpp"
#include "temp_directory.hpp"

namespace geode::storage {

inline std::string text_of(std::optional<ByteView> bytes) {
  return bytes ? std::string(as_text(*bytes)) : "(none)";
}

/// GQLSTATUS of the error that `action` throws, "" when it throws none.
template <class Action>
std::string code_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.gqlstatus();
  }
  return "";
}

/// A key of kIndexDup values and kLog keys.
inline std::string number(std::uint64_t n) {
  std::string out;
  base::append_be(out, n);
  return out;
}

struct TempDatabase {
  test::TempDirectory directory;
  std::string path = directory.file("test.geode");
  std::shared_ptr<Environment> environment = Environment::open(path, {});

  std::unique_ptr<ReadTransaction> read() const { return ReadTransaction::begin(environment); }
  std::unique_ptr<WriteTransaction> write(std::int64_t timeout_ms = -1) const {
    return WriteTransaction::begin(environment, timeout_ms);
  }
  void put(std::string_view key, std::string_view value) const {
    auto txn = write();
    txn->put(Table::kBase, as_bytes(key), as_bytes(value));
    txn->commit();
  }
  std::string get(std::string_view key) const {
    return text_of(read()->get(Table::kBase, as_bytes(key)));
  }
};

}  // namespace geode::storage
