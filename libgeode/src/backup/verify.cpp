#include <cerrno>
#include <cstdlib>
#include <optional>
#include <unistd.h>

#include <geode/backup.hpp>
#include <geode/error.hpp>
#include <geode/verify.hpp>
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

/// Verifies the database of an archive.
void check_database(const std::string& path, const BackupInfo& info) {
  const auto damaged = [&](const std::string& what) {
    throw Error(status::kCorrupt, "the database in backup '" + info.file + "' is damaged: " + what)
        .hint("use another backup");
  };
  try {
    const VerifyReport report = verify(path);
    if (!report.ok()) {
      const VerifyFinding& first = report.findings.front();
      damaged(first.where + ": " + first.found + ", not " + first.expected +
              (report.damages > 1 ? " (and " + std::to_string(report.damages - 1) + " more)" : ""));
    }
    storage::EnvironmentOptions options;
    options.read_only = true;
    options.create_if_missing = false;
    backup::expect_identity(
        info, *storage::ReadTransaction::begin(storage::Environment::open(path, options)));
  } catch (const Error& error) {
    if (error.gqlstatus() == status::kCannotOpen) damaged(error.message());
    throw;
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
