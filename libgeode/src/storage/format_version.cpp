#include "storage/format_version.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <sys/random.h>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/mdb_value.hpp"
#include "storage/seal.hpp"
#include "storage/upgrade.hpp"

namespace geode::storage {

namespace {

constexpr std::string_view kIdKey = "database_id";

MDB_val val(std::string_view text) {
  return {text.size(), const_cast<char*>(text.data())};  // NOLINT: LMDB reads it only
}

std::string make_database_id(const std::string& path) {
  std::array<unsigned char, 16> random{};
  std::size_t got = 0;
  while (got < random.size()) {
    const ssize_t n = getrandom(random.data() + got, random.size() - got, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_system(errno, "no random numbers for", path);
    got += static_cast<std::size_t>(n);
  }
  std::string id;
  for (const unsigned char byte : random) {
    id += "0123456789abcdef"[byte >> 4];
    id += "0123456789abcdef"[byte & 15];
  }
  return id;
}

}  // namespace

void stamp_transaction(MDB_txn* txn, unsigned hot, const FileIdentity& file,
                       const std::string& path) {
  std::string mark;
  base::append_le(mark, static_cast<std::uint64_t>(mdb_txn_id(txn)));
  base::append_le(mark, file.inode);
  base::append_le(mark, file.born);
  check_lmdb(put_value(txn, hot, Table::kHot, as_bytes(kTransactionText), as_bytes(mark), 0),
             "mdb_put", path);
}

std::optional<TransactionMark> read_mark(ByteView value) {
  constexpr std::size_t kNumber = sizeof(std::uint64_t);
  if (value.size() != kNumber && value.size() != 3 * kNumber) return std::nullopt;
  TransactionMark mark{base::load_le<std::uint64_t>(value.data()), std::nullopt};
  if (value.size() != kNumber) {
    mark.file = {base::load_le<std::uint64_t>(value.data() + kNumber),
                 base::load_le<std::int64_t>(value.data() + 2 * kNumber)};
  }
  return mark;
}

std::optional<TransactionMark> read_mark(MDB_txn* txn, unsigned hot) {
  MDB_val key = val(kTransactionText), value{};
  if (mdb_get(txn, hot, &key, &value) != 0) return std::nullopt;
  const auto mark = opened(Table::kHot, as_bytes(kTransactionText), from_mdb(value));
  return mark ? read_mark(*mark) : std::nullopt;
}

FileIdentity identity_of(MDB_env* env) noexcept {
  int file = -1;
  mdb_env_get_fd(env, &file);
  return identity_of(file);
}

namespace {

template <class Action>
void write(MDB_env* env, const std::string& path, const Action& action) {
  MDB_txn* txn = nullptr;
  check_lmdb(mdb_txn_begin(env, nullptr, 0, &txn), "mdb_txn_begin", path);
  try {
    action(txn);
    MDB_dbi hot = 0;
    check_lmdb(mdb_dbi_open(txn, table_form(Table::kHot).name, 0, &hot), "mdb_dbi_open", path);
    stamp_transaction(txn, hot, identity_of(env), path);
  } catch (...) {
    mdb_txn_abort(txn);
    throw;
  }
  check_lmdb(mdb_txn_commit(txn), "mdb_txn_commit", path);
}

void put_in_catalog(MDB_txn* txn, std::string_view name, std::string_view content,
                    const std::string& path) {
  MDB_dbi table = 0;
  check_lmdb(mdb_dbi_open(txn, table_form(Table::kCatalog).name, 0, &table), "mdb_dbi_open", path);
  check_lmdb(put_value(txn, table, Table::kCatalog, as_bytes(name), as_bytes(content), 0),
             "mdb_put", path);
}

}  // namespace

TableForm table_form(Table table) {
  switch (table) {
    case Table::kBase:
      return {"base", 0};
    case Table::kHot:
      return {"hot", 0};
    case Table::kLog:
      return {"log", 0};
    case Table::kIndex:
      return {"idx", 0};
    case Table::kIndexDup:
      return {"idxd", MDB_DUPSORT | MDB_DUPFIXED};
    case Table::kCatalog:
      return {"cat", 0};
  }
  return {"", 0};
}

void write_identity(MDB_env* env, const std::string& path) {
  write(env, path, [&](MDB_txn* txn) {
    MDB_dbi table = 0;
    for (int i = 0; i < kTableCount; ++i) {
      const TableForm form = table_form(static_cast<Table>(i));
      check_lmdb(mdb_dbi_open(txn, form.name, MDB_CREATE | form.flags, &table), "mdb_dbi_open",
                 path);
    }
    std::string version;
    base::append_le(version, kFormatVersion);
    put_in_catalog(txn, kVersionKey, version, path);
    put_in_catalog(txn, kIdKey, make_database_id(path), path);
  });
}

void write_database_id(MDB_env* env, const std::string& path) {
  write(env, path,
        [&](MDB_txn* txn) { put_in_catalog(txn, kIdKey, make_database_id(path), path); });
}

void require_format_version(std::uint32_t version, const std::string& path) {
  if (version == kFormatVersion) return;
  throw Error(status::kCannotOpen, "database '" + path + "' has format version " +
                                       std::to_string(version) + "; this library reads version " +
                                       std::to_string(kFormatVersion))
      .hint(version < kOldestUpgradable ? "open it with the version of Geode that wrote it"
            : version < kFormatVersion  ? "bring it to this version: geode upgrade '" + path + "'"
                                        : "a later version of Geode wrote it");
}

std::string read_identity(MDB_txn* txn, unsigned catalog, const std::string& path) {
  MDB_val key = val(kVersionKey), value{};
  const int code = mdb_get(txn, catalog, &key, &value);
  if (code == MDB_NOTFOUND || (code == 0 && value.mv_size != sizeof(std::uint32_t))) {
    throw Error(status::kCorrupt, "database '" + path + "' has no format version");
  }
  check_lmdb(code, "mdb_get", path);
  const auto version = base::load_le<std::uint32_t>(value.mv_data);
  require_format_version(version, path);
  key = val(kIdKey);
  const int found = mdb_get(txn, catalog, &key, &value);
  if (found == MDB_NOTFOUND) {
    throw Error(status::kCorrupt, "database '" + path + "' has no database id");
  }
  check_lmdb(found, "mdb_get", path);
  const auto id = opened(Table::kCatalog, as_bytes(kIdKey), from_mdb(value));
  if (!id || id->size() != 32) {
    throw Error(status::kCorrupt,
                "database '" + path + "' is damaged: the checksum of its id is wrong");
  }
  return std::string(as_text(*id));
}

}  // namespace geode::storage
