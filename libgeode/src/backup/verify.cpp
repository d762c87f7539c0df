#include <cerrno>
#include <cstdlib>
#include <optional>
#include <unistd.h>

#include <geode/backup.hpp>
#include <geode/error.hpp>
#include "backup/archive_reader.hpp"
#include "backup/database_front.hpp"
#include "backup/output_file.hpp"
#include "backup/progress.hpp"
#include "backup/snapshot_identity.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/transaction.hpp"

namespace geode {

namespace {

/// A folder of its own for the database of an archive; removed with what is in it.
class ScratchFolder {
 public:
  explicit ScratchFolder(std::string parent) {
    if (parent.empty()) {
      const char* named = std::getenv("TMPDIR");
      parent = named != nullptr && *named != '\0' ? named : "/tmp";
    }
    name_ = parent + "/geode-verify-XXXXXX";
    if (mkdtemp(name_.data()) == nullptr) {
      storage::throw_system(errno, "cannot make a temporary folder in", parent);
    }
  }
  ~ScratchFolder() {
    unlink(database().c_str());
    unlink((database() + "-lock").c_str());
    rmdir(name_.c_str());
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string database() const { return name_ + "/" + std::string(backup::kDatabaseName); }

 private:
  std::string name_;
};

/// Opens the database of an archive and reads every entry of it.
void check_database(const std::string& path, const BackupInfo& info) {
  try {
    storage::EnvironmentOptions options;
    options.read_only = true;
    options.create_if_missing = false;
    const auto snapshot =
        storage::ReadTransaction::begin(storage::Environment::open(path, options));
    backup::expect_identity(info, *snapshot);
    for (int i = 0; i < storage::kTableCount; ++i) {
      const auto table = static_cast<storage::Table>(i);
      storage::Cursor cursor = snapshot->cursor(table);
      std::uint64_t entries = 0;
      for (bool more = cursor.first(); more; more = cursor.next()) ++entries;
      if (entries != snapshot->entry_count(table)) {
        throw Error(status::kCorrupt, "table " + std::to_string(i) + " has " +
                                          std::to_string(entries) + " entries, not " +
                                          std::to_string(snapshot->entry_count(table)));
      }
    }
  } catch (const Error& error) {
    if (error.message().starts_with("backup '")) throw;
    if (error.gqlstatus() != status::kCorrupt && error.gqlstatus() != status::kCannotOpen) throw;
    throw Error(status::kCorrupt,
                "the database in backup '" + info.file + "' is damaged: " + error.message())
        .hint("use another backup");
  }
}

}  // namespace

inline namespace v1 {

BackupInfo read_backup_info(const std::string& file) {
  const backup::ArchiveReader reader(file);
  if (!reader.has_end()) {
    throw Error(status::kCorrupt, "backup '" + file + "' is damaged: its end is missing")
        .hint("use another backup");
  }
  return reader.header().info;
}

BackupInfo verify_backup(const std::string& file, const VerifyBackupOptions& options) {
  backup::ArchiveReader reader(file);
  BackupInfo info = reader.header().info;
  const bool open = !options.quick && info.database_bytes > 0;
  std::optional<ScratchFolder> folder;
  std::optional<backup::OutputFile> database;
  if (open) {
    folder.emplace(options.temp_directory);
    database.emplace(folder->database(), false);
  }
  bool checked = false;
  reader.read_parts([&](const backup::Part& part, std::span<const char> bytes) {
    if (!checked && part.name == backup::kDatabaseName) {
      backup::expect_database_front(bytes, part.size, file);
      checked = true;
    }
    if (database && part.name == backup::kDatabaseName) database->write_sparse(bytes);
    backup::report(options.progress, reader.bytes_read(), reader.file_bytes());
  });
  info.checksum = reader.checksum();
  if (database) {
    database->commit();
    check_database(folder->database(), info);
  }
  return info;
}

}  // namespace v1
}  // namespace geode
