#include <ctime>
#include <fcntl.h>
#include <optional>

#include <geode/backup.hpp>
#include <geode/version.hpp>
#include "backup/archive_writer.hpp"
#include "backup/output_file.hpp"
#include "backup/progress.hpp"
#include "backup/snapshot_identity.hpp"
#include "session/database_impl.hpp"
#include "storage/snapshot_stream.hpp"
#include "storage/tables.hpp"

namespace geode {

namespace {

backup::Header header_of(const storage::SnapshotStream& snapshot) {
  const backup::SnapshotIdentity identity = backup::identity_of(snapshot.transaction());
  backup::Header header;
  header.info.type = "full";
  header.info.database_id = identity.database_id;
  header.info.lsn = identity.lsn;
  header.info.timeline = identity.timeline;
  header.info.commit_time = identity.commit_time;
  header.info.transaction = snapshot.transaction_id();
  header.info.format_version = storage::kFormatVersion;
  header.info.geode_version = GEODE_VERSION;
  header.info.created_at = std::time(nullptr);
  header.info.database_bytes = snapshot.bytes();
  header.parts = {{std::string(backup::kDatabaseName), snapshot.bytes(), {}}};
  return header;
}

}  // namespace

inline namespace v1 {

BackupInfo create_backup(const Database& database, const BackupOptions& options) {
  std::optional<backup::OutputFile> file;
  if (options.descriptor < 0) file.emplace(options.output, options.overwrite);
  storage::SnapshotStream snapshot(database.impl()->environment);
  backup::Header header = header_of(snapshot);
  backup::ArchiveWriter writer(backup::compression_of_name(options.output, options.compress),
                               header, [&](std::span<const char> bytes) {
                                 if (file) {
                                   file->write(bytes);
                                 } else {
                                   backup::write_all(options.descriptor, bytes, "the output");
                                 }
                               });
  std::string buffer(storage::SnapshotStream::kBlockBytes, '\0');
  std::uint64_t done = 0;
  while (const std::size_t size = snapshot.read(buffer)) {
    writer.write({buffer.data(), size});
    done += size;
    backup::report(options.progress, done, snapshot.bytes());
  }
  writer.finish();
  if (file) file->commit();
  header.info.file = options.output;
  header.info.bytes = writer.bytes();
  header.info.checksum = writer.checksum();
  return header.info;
}

}  // namespace v1
}  // namespace geode
