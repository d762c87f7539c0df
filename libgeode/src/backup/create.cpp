#include <ctime>

#include <geode/backup.hpp>
#include <geode/version.hpp>
#include "backup/archive_output.hpp"
#include "backup/archive_writer.hpp"
#include "backup/incremental.hpp"
#include "backup/progress.hpp"
#include "backup/snapshot_identity.hpp"
#include "base/out_of_memory.hpp"
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

BackupInfo create_backup(const Database& database, const BackupOptions& options) try {
  if (!options.parent.empty()) return backup::create_incremental(database, options);
  backup::ArchiveOutput output(options.output, options.overwrite, options.descriptor);
  storage::SnapshotStream snapshot(database.impl()->environment);
  backup::Header header = header_of(snapshot);
  backup::ArchiveWriter writer(backup::compression_of_name(options.output, options.compress),
                               header, [&](std::span<const char> bytes) { output.write(bytes); });
  std::string buffer(storage::SnapshotStream::kBlockBytes, '\0');
  std::uint64_t done = 0;
  while (const std::size_t size = snapshot.read(buffer)) {
    writer.write({buffer.data(), size});
    done += size;
    backup::report(options.progress, done, snapshot.bytes());
  }
  writer.finish();
  output.commit();
  header.info.file = options.output;
  header.info.bytes = writer.bytes();
  header.info.checksum = writer.checksum();
  return header.info;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

}  // namespace v1
}  // namespace geode
