#include "backup/archive_output.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <functional>

#include <geode/error.hpp>
#include <geode/version.hpp>
#include "backup/archive_writer.hpp"
#include "backup/progress.hpp"
#include "storage/database_file.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/scratch_folder.hpp"
#include "storage/tables.hpp"

namespace geode::backup {

namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

void copy_file(const std::string& path, std::uint64_t size,
               const std::function<void(std::span<const char>)>& sink) {
  const storage::File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.descriptor < 0) storage::throw_io(errno, "cannot open", path);
  std::string buffer(kBlockBytes, '\0');
  while (size > 0) {
    const ssize_t n =
        read(file.descriptor, buffer.data(), std::min<std::uint64_t>(size, kBlockBytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) storage::throw_io(errno, "cannot read", path);
    if (n == 0) throw Error(status::kIo, "'" + path + "' became shorter while it was read");
    sink({buffer.data(), static_cast<std::size_t>(n)});
    size -= static_cast<std::uint64_t>(n);
  }
}

}  // namespace

std::string ArchiveOutput::folder() const {
  return file_ ? storage::folder_of(path_) : storage::temporary_folder();
}

void ArchiveOutput::write(std::span<const char> bytes) {
  if (file_) {
    file_->write(bytes);
  } else {
    write_all(descriptor_, bytes, "the output");
  }
}

BackupInfo write_segments(ArchiveOutput& output, Compression compression, BackupInfo info,
                          const std::vector<graph::WrittenSegment>& segments,
                          const BackupProgressFunction& progress) {
  Header header;
  std::uint64_t done = 0, all = 0;
  for (const auto& [segment, path, bytes] : segments) {
    const std::string timeline = graph::timeline_name(segment.timeline());
    header.parts.push_back(
        {log_part_name(segment.first_lsn, segment.last_lsn, timeline), bytes, {}});
    all += bytes;
  }
  if (!segments.empty()) {
    const graph::SegmentHeader& last = segments.back().header;
    info.database_id = last.database_id;
    info.lsn = last.last_lsn;
    info.timeline = last.timeline();
    info.commit_time = last.last_time;
    info.first_lsn = segments.front().header.first_lsn;
  }
  info.format_version = storage::kFormatVersion;
  info.geode_version = GEODE_VERSION;
  info.created_at = std::time(nullptr);
  info.file = output.path();
  header.info = info;
  ArchiveWriter writer(compression, header,
                       [&](std::span<const char> bytes) { output.write(bytes); });
  for (const graph::WrittenSegment& segment : segments) {
    copy_file(segment.path, segment.bytes, [&](std::span<const char> bytes) {
      writer.write(bytes);
      done += bytes.size();
      report(progress, done, all);
    });
  }
  writer.finish();
  output.commit();
  info.bytes = writer.bytes();
  info.checksum = writer.checksum();
  return info;
}

}  // namespace geode::backup
