#pragma once

#include <string>

#include "storage/tables.hpp"

struct MDB_env;
struct MDB_txn;

namespace geode::storage {

/// Name and LMDB flags of a table, as stored in the file.
struct TableForm {
  const char* name;
  unsigned flags;
};
TableForm table_form(Table table);

/// Creates the tables in an empty environment and writes into kCatalog
///     "format_version" -> u32 LE      "database_id" -> 32 hexadecimal digits
void write_identity(MDB_env* env, const std::string& path);

/// Gives a copy of a database an id of its own.
void write_database_id(MDB_env* env, const std::string& path);

/// The database id. Throws Error 08X01 when the file is of another format version, 58X02 when it
/// has none.
std::string read_identity(MDB_txn* txn, unsigned catalog, const std::string& path);

}  // namespace geode::storage
