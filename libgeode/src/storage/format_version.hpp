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

/// Has the transaction of LMDB that is about to be committed leave its number in kHot: under
/// kTransactionKey, u64 LE. So a meta page can be checked against the state that it names.
void stamp_transaction(MDB_txn* txn, unsigned hot, const std::string& path);
/// Behind the header of the database, so that both are in one page.
inline constexpr char kTransactionKey[3] = {3, 0, 0};
inline constexpr std::string_view kTransactionText{kTransactionKey, sizeof kTransactionKey};

/// Gives a copy of a database an id of its own.
void write_database_id(MDB_env* env, const std::string& path);

/// Throws Error 08X01 for any version but kFormatVersion.
void require_format_version(std::uint32_t version, const std::string& path);

/// The database id. Throws Error 08X01 when the file is of another format version, 58X02 when it
/// has none.
std::string read_identity(MDB_txn* txn, unsigned catalog, const std::string& path);

}  // namespace geode::storage
