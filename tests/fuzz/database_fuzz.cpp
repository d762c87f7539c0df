// A database file of which some bytes, or values under checksums that are right, are not what was
// written: opening, verifying and reading it end in an answer or an error.

#include <filesystem>
#include <string>
#include <unistd.h>

#include <geode/database.hpp>
#include <geode/error.hpp>
#include <geode/verify.hpp>
#include "fuzz_input.hpp"
#include "storage/environment.hpp"
#include "storage/tables.hpp"
#include "storage/transaction.hpp"
#include "temp_directory.hpp"

namespace {

using geode::test::FuzzInput;

constexpr const char* kStatements[] = {
    "CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE",
    "CREATE INDEX person_name FOR (p:Person) ON (p.name)",
    "FOR i IN range(1, 40) INSERT (:Person {id: i, name: 'person ' || CAST(i AS STRING)})",
    "MATCH (a:Person), (b:Person) WHERE b.id = a.id % 7 + 1 INSERT (a)-[:Knows {since: a.id}]->(b)",
    "CALL system.compact_storage()",
    "INSERT (:Document {text: 'later'})",
    "MATCH (p:Person) WHERE p.id < 5 SET p.age = 30",
};

/// The files: one that stays as it is, and one that is made anew from it for each input.
struct Files {
  geode::test::TempDirectory directory;
  const std::string sound = directory.file("sound.db"), changed = directory.file("changed.db");
  std::uintmax_t bytes = 0;

  Files() {
    {
      geode::Database database(sound);
      for (const char* statement : kStatements) database.execute(statement);
    }
    bytes = std::filesystem::file_size(sound);
  }
};

const Files& files() {
  static const Files* made = new Files;
  return *made;
}

void change_bytes(FuzzInput& input, const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "r+b");
  for (int changes = 0; !input.empty() && changes < 8; ++changes) {
    std::fseek(file, input.below(static_cast<std::uint32_t>(files().bytes)), SEEK_SET);
    std::fputc(input.byte(), file);
  }
  std::fclose(file);
}

/// Changes bytes of values and stores them as the library does, under checksums of their own.
void change_values(FuzzInput& input, const std::string& path) {
  using namespace geode::storage;
  constexpr Table kTables[] = {Table::kBase, Table::kHot, Table::kIndex, Table::kCatalog};
  const auto environment = Environment::open(path, {});
  const auto txn = WriteTransaction::begin(environment);
  for (int changes = 0; !input.empty() && changes < 4; ++changes) {
    const Table table = kTables[input.below(std::size(kTables))];
    const std::uint64_t count = txn->entry_count(table);
    if (count == 0) continue;
    std::string key, value;
    {
      Cursor cursor = txn->cursor(table);
      cursor.first();
      for (std::uint64_t skip = input.number<std::uint16_t>() % count; skip > 0; --skip)
        cursor.next();
      key = as_text(cursor.key());
      value = as_text(cursor.value());
    }
    const std::uint32_t place = input.number<std::uint16_t>();
    const char byte = static_cast<char>(input.byte());
    if (value.empty() || place % 16 == 15) {
      value += byte;
    } else if (place % 16 == 14) {
      value.pop_back();
    } else {
      value[place / 16 % value.size()] = byte;
    }
    txn->put(table, as_bytes(key), as_bytes(value));
  }
  txn->commit();
}

void read(const std::string& path) {
  geode::Options options;
  options.read_only = true;
  options.verify_copies = false;
  geode::Database database(path, options);
  for (const char* query :
       {"MATCH (p:Person) RETURN p.id, p.name, p.age", "MATCH (:Person {id: 3})<-[k]-(b) RETURN b",
        "MATCH (p:Person {name: 'person 7'}) RETURN p", "MATCH (n)-[:Knows]->{1,2}(m) RETURN m"}) {
    try {
      for (const geode::Row& row : database.execute(query)) (void)row;
    } catch (const geode::Error&) {
      // The next one may not meet the damage.
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::string& path = files().changed;
  std::filesystem::copy_file(files().sound, path,
                             std::filesystem::copy_options::overwrite_existing);
  try {
    if (input.byte() % 2 == 0) {
      change_bytes(input, path);
    } else {
      change_values(input, path);
    }
    (void)geode::verify(path);
    read(path);
  } catch (const geode::Error&) {
    // Damaged: said so.
  }
  return 0;
}
