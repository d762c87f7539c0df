#include "storage/upgrade.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/database_file.hpp"
#include "storage/format_version.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/open_file.hpp"
#include "storage/open_lock.hpp"
#include "storage/page_walk.hpp"
#include "storage/seal.hpp"

namespace geode::storage {

namespace {

/// What a transaction keeps in memory.
constexpr std::uint64_t kBytesOfCommit = std::uint64_t{64} << 20;

std::string name_of_copy(const std::string& path) { return path + "-upgrade"; }

File open_old(const std::string& path, int flags) {
  File file(::open(path.c_str(), flags | O_CLOEXEC));
  if (file.descriptor < 0) throw_system(errno, "cannot open database", path);
  return file;
}

std::uint64_t length_of(int file, const std::string& path) {
  struct stat info {};
  if (fstat(file, &info) != 0) throw_system(errno, "cannot read the size of", path);
  return static_cast<std::uint64_t>(info.st_size);
}

/// The file in the new form, until it has taken the place of the old one.
class NewForm {
 public:
  NewForm(const std::string& path, std::uint64_t bytes) : path_(name_of_copy(path)) {
    // What is left of an upgrade that was ended: nobody has the file that it was for open.
    unlink(path_.c_str());
    check_lmdb(mdb_env_create(&env_), "mdb_env_create", path_);
    mdb_env_set_maxdbs(env_, kTableCount);
    // Checksums, and pages that are less full, in the worst case; only address space.
    mdb_env_set_mapsize(env_, 4 * bytes + (std::size_t{64} << 20));
    const int code =
        mdb_env_open(env_, path_.c_str(), MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0600);
    if (code != 0) {
      mdb_env_close(env_);
      throw_lmdb(code, "mdb_env_open", path_);
    }
    begin();
  }
  NewForm(const NewForm&) = delete;
  NewForm& operator=(const NewForm&) = delete;
  ~NewForm() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
    if (env_ != nullptr) mdb_env_close(env_);
    if (!named_) unlink(path_.c_str());
  }

  /// Entries of a table come in the order of their keys; `hot` has a mark of the commit, too.
  void put(Table table, ByteView key, ByteView value) {
    const MDB_dbi dbi = tables_[static_cast<std::size_t>(table)];
    const unsigned order = table == Table::kHot        ? 0
                           : table == Table::kIndexDup ? MDB_APPENDDUP
                                                       : MDB_APPEND;
    check_lmdb(put_value(txn_, dbi, table, key, value, order), "mdb_put", path_);
    bytes_ += key.size() + value.size();
    if (bytes_ < kBytesOfCommit) return;
    commit();
    begin();
  }
  /// On disk, and with the owner and permissions of the original.
  void finish(int original) {
    commit();
    int file = -1;
    mdb_env_get_fd(env_, &file);
    check_lmdb(mdb_env_sync(env_, 1), "mdb_env_sync", path_);
    struct stat info {};
    struct stat own {};
    if (fstat(original, &info) != 0 || fstat(file, &own) != 0) {
      throw_system(errno, "cannot look at", path_);
    }
    if ((own.st_uid != info.st_uid || own.st_gid != info.st_gid) &&
        fchown(file, info.st_uid, info.st_gid) != 0) {
      throw_system(errno, "cannot give its owner to", path_);
    }
    if (fchmod(file, info.st_mode & 07777) != 0 || fsync(file) != 0) {
      throw_system(errno, "cannot sync", path_);
    }
    bytes_after_ = length_of(file, path_);
    mdb_env_close(env_);
    env_ = nullptr;
  }
  void take_place(const std::string& path) {
    if (std::rename(path_.c_str(), path.c_str()) != 0) {
      throw_system(errno, "cannot replace", path);
    }
    named_ = true;
  }
  std::uint64_t length() const { return bytes_after_; }

 private:
  void begin() {
    check_lmdb(mdb_txn_begin(env_, nullptr, 0, &txn_), "mdb_txn_begin", path_);
    for (int i = 0; i < kTableCount; ++i) {
      const TableForm form = table_form(static_cast<Table>(i));
      check_lmdb(mdb_dbi_open(txn_, form.name, MDB_CREATE | form.flags, &tables_[i]),
                 "mdb_dbi_open", path_);
    }
    bytes_ = 0;
  }
  void commit() {
    stamp_transaction(txn_, tables_[static_cast<std::size_t>(Table::kHot)], identity_of(env_),
                      path_);
    const int code = mdb_txn_commit(txn_);
    txn_ = nullptr;
    check_lmdb(code, "mdb_txn_commit", path_);
  }

  const std::string path_;
  MDB_env* env_ = nullptr;
  MDB_txn* txn_ = nullptr;
  MDB_dbi tables_[kTableCount] = {};
  std::uint64_t bytes_ = 0, bytes_after_ = 0;
  bool named_ = false;
};

}  // namespace

ByteView present_form(const PageEntry& entry, std::uint32_t version, std::string& room) {
  static constexpr char kHeader[2] = {3, 0};
  constexpr std::size_t kHeaderOfVersion6 = 40, kHeaderOfVersion7 = 80;
  const std::string_view key = as_text(entry.key);
  if (entry.table == Table::kCatalog && key == kVersionKey) {
    room.clear();
    base::append_le(room, kFormatVersion);
    return as_bytes(room);
  }
  if (version <= 6 && entry.table == Table::kHot &&
      key == std::string_view(kHeader, sizeof kHeader) && entry.value.size() == kHeaderOfVersion6) {
    room = as_text(entry.value);
    room.resize(kHeaderOfVersion7);
    return as_bytes(room);
  }
  return entry.value;
}

std::uint32_t format_version_of(const std::string& path) {
  const File file = open_old(path, O_RDONLY);
  check_database_file(file.descriptor, path);
  const auto version =
      stored_format_version(file.descriptor, pages::read_metas(file.descriptor).newest());
  if (version) return *version;
  throw Error(status::kCorrupt, "database '" + path + "' has no format version that can be read")
      .hint("geode salvage saves what can be read of it");
}

UpgradedBytes upgrade_file(const std::string& path, std::uint32_t version,
                           const std::string& keep) {
  if (version < kOldestUpgradable || version >= kFormatVersion) {
    throw Error(status::kCannotOpen, "database '" + path + "' has format version " +
                                         std::to_string(version) + "; versions from " +
                                         std::to_string(kOldestUpgradable) + " on can be upgraded")
        .hint(version < kOldestUpgradable ? "export it with the version of Geode that wrote it"
                                          : "a later version of Geode wrote it");
  }
  const File old = open_old(path, O_RDWR);
  check_database_file(old.descriptor, path);
  if (!OpenLock::try_exclusive(old.descriptor) || !is_file_at(path, old.descriptor)) {
    throw Error(status::kDatabaseBusy,
                "database '" + path + "' is open" + OpenLock::holder(old.descriptor))
        .hint("end what has it open first");
  }
  struct stat info {};
  // An upgrade that was ended may have made the name already.
  if (!keep.empty() && !is_file_at(keep, old.descriptor) && lstat(keep.c_str(), &info) == 0) {
    throw Error(status::kDuplicateObject, "there is a file '" + keep + "' already")
        .hint("remove it first");
  }
  UpgradedBytes out;
  out.before = length_of(old.descriptor, path);
  NewForm form(path, out.before);
  std::string room;
  const PageReport report = walk_pages(old.descriptor, {}, [&](const PageEntry& entry) {
    if (entry.table) form.put(*entry.table, entry.key, present_form(entry, version, room));
  });
  if (!report.damages.empty()) {
    const PageDamage& first = report.damages.front();
    throw Error(status::kCorrupt, "database '" + path + "' is damaged: page " +
                                      std::to_string(first.page) + ": " + first.what)
        .hint("geode salvage makes a new database of what can be read of it");
  }
  form.finish(old.descriptor);
  out.after = form.length();
  if (!keep.empty()) {
    if (link(path.c_str(), keep.c_str()) != 0 && errno != EEXIST) {
      throw_system(errno, "cannot keep the file before as", keep);
    }
    // On disk before the rename, which a loss of power may leave without it.
    sync_folder(folder_of(path));
  }
  // The lock file belongs to the file before; who opens the new one makes another.
  unlink((path + "-lock").c_str());
  form.take_place(path);
  sync_folder(folder_of(path));
  return out;
}

}  // namespace geode::storage
