#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/file_identity.hpp"
#include "storage/tables.hpp"
#include "storage/transaction.hpp"

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

/// Has the transaction of LMDB that is about to be committed leave a mark in kHot, under
/// kTransactionKey: its number, and the inode and time of birth (nanoseconds since 1970; 0: not
/// known) of the file, each u64 LE. So a meta page can be checked against the state that it names,
/// and a copy of the file is known as one until it is written to. Marks of files made before
/// have the number alone.
void stamp_transaction(MDB_txn* txn, unsigned hot, const FileIdentity& file,
                       const std::string& path);
struct TransactionMark {
  std::uint64_t transaction = 0;
  std::optional<FileIdentity> file;
};
/// Of the value under kTransactionKey without its checksum; none when it has another form.
std::optional<TransactionMark> read_mark(ByteView value);
/// Of the newest state of a read transaction; none when it cannot be read.
std::optional<TransactionMark> read_mark(MDB_txn* txn, unsigned hot);
/// Behind the header of the database, so that both are in one page.
inline constexpr char kTransactionKey[3] = {3, 0, 0};
inline constexpr std::string_view kTransactionText{kTransactionKey, sizeof kTransactionKey};

FileIdentity identity_of(MDB_env* env) noexcept;

/// Gives a copy of a database an id of its own.
void write_database_id(MDB_env* env, const std::string& path);

/// Throws Error 08X01 for any version but kFormatVersion.
void require_format_version(std::uint32_t version, const std::string& path);

/// The database id. Throws Error 08X01 when the file is of another format version, 58X02 when it
/// has none.
std::string read_identity(MDB_txn* txn, unsigned catalog, const std::string& path);

}  // namespace geode::storage
