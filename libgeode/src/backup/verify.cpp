#include <optional>
#include <utility>

#include <geode/backup.hpp>
#include <geode/error.hpp>
#include <geode/verify.hpp>
#include "backup/archive_reader.hpp"
#include "backup/database_front.hpp"
#include "backup/incremental.hpp"
#include "backup/log_files.hpp"
#include "backup/output_file.hpp"
#include "backup/progress.hpp"
#include "backup/snapshot_identity.hpp"
#include "base/out_of_memory.hpp"
#include "storage/scratch_folder.hpp"
#include "storage/transaction.hpp"

namespace geode {

namespace {

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

/// The extracted database of an archive.
class Extracted {
 public:
  explicit Extracted(const std::string& parent)
      : folder_(parent.empty() ? storage::temporary_folder() : parent), file_(path(), false) {}
  std::string path() const { return folder_.file(backup::kDatabaseName); }
  backup::OutputFile& file() { return file_; }

 private:
  storage::ScratchFolder folder_;
  backup::OutputFile file_;
};

BackupInfo verify_full(backup::ArchiveReader& reader, const VerifyBackupOptions& options) {
  BackupInfo info = reader.header().info;
  std::optional<Extracted> database;
  if (!options.quick) database.emplace(options.temp_directory);
  bool checked = false;
  reader.read_parts([&](const backup::Part& part, std::span<const char> bytes) {
    if (!checked && part.name == backup::kDatabaseName) {
      backup::expect_database_front(bytes, part.size, info.file);
      checked = true;
    }
    if (database && part.name == backup::kDatabaseName) database->file().write_sparse(bytes);
    backup::report(options.progress, reader.bytes_read(), reader.file_bytes());
  });
  info.checksum = reader.checksum();
  if (database) {
    database->file().commit();
    check_database(database->path(), info);
  }
  return info;
}

BackupInfo verify_archive(const std::string& file, const VerifyBackupOptions& options) {
  backup::ArchiveReader reader(file);
  BackupInfo info = reader.header().info;
  if (info.type == "full") return verify_full(reader, options);
  const std::string& folder = options.temp_directory;
  const std::vector<graph::Segment> segments = backup::take_segments(
      reader, folder.empty() ? storage::temporary_folder() : folder, options.progress);
  info.checksum = reader.checksum();
  if (info.parent) backup::expect_increment(info, segments);
  return info;
}

}  // namespace

inline namespace v1 {

BackupInfo read_backup_info(const std::string& file) try {
  const backup::ArchiveReader reader(file);
  if (!reader.has_end()) {
    throw Error(status::kCorrupt, "backup '" + file + "' is damaged: its end is missing")
        .hint("use another backup");
  }
  return reader.header().info;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

BackupInfo verify_backup(const std::string& file, const VerifyBackupOptions& options) try {
  if (options.alone) return verify_archive(file, options);
  BackupInfo last;
  for (const BackupInfo& info : backup::find_chain(file, options.parents)) {
    const BackupInfo parent = std::exchange(last, verify_archive(info.file, options));
    if (last.parent) backup::expect_parent(last, parent);
  }
  return last;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

}  // namespace v1
}  // namespace geode
