#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <geode/error.hpp>
#include <geode/log_archive.hpp>
#include <geode/version.hpp>
#include "backup/archive_reader.hpp"
#include "backup/archive_writer.hpp"
#include "backup/output_file.hpp"
#include "backup/progress.hpp"
#include "graph/log/change_log.hpp"
#include "session/archiver.hpp"
#include "session/database_impl.hpp"
#include "session/replay.hpp"
#include "storage/database_file.hpp"
#include "storage/tables.hpp"

namespace geode {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

[[noreturn]] void cannot(const std::string& what, const std::string& path, int code) {
  throw Error(status::kIo, "cannot " + what + " '" + path + "': " + std::strerror(code));
}

/// A folder beside the output, for segments on their way into the archive; removed with what is in
/// it.
class StagingFolder {
 public:
  explicit StagingFolder(const std::string& output)
      : path_(storage::folder_of(output) + "/.geode-log-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) cannot("make folder", path_, errno);
  }
  ~StagingFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  StagingFolder(const StagingFolder&) = delete;
  StagingFolder& operator=(const StagingFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code code;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    if (!at->path().filename().string().starts_with('.')) out.push_back(at->path().string());
  }
  if (code) throw Error(status::kIo, "cannot read folder '" + folder + "': " + code.message());
  std::sort(out.begin(), out.end());
  return out;
}

/// Those of a database in a folder, in the order of their records.
std::vector<graph::Segment> segments_in(const std::string& folder, const std::string& database) {
  std::vector<graph::Segment> out;
  for (const std::string& file : files_in(folder)) {
    if (!file.ends_with(".gwal")) continue;
    graph::Segment segment = graph::Segment::open(file);
    if (segment.header().database_id != database) {
      throw Error(
          status::kInvalidArgument,
          "'" + file + "' is of database " + segment.header().database_id + ", not of " + database);
    }
    out.push_back(std::move(segment));
  }
  std::sort(out.begin(), out.end(), [](const graph::Segment& a, const graph::Segment& b) {
    return a.header().first_lsn < b.header().first_lsn;
  });
  return out;
}

std::string part_name(const graph::SegmentHeader& header) {
  const auto padded = [](std::uint64_t lsn) {
    const std::string digits = std::to_string(lsn);
    return std::string(20 - digits.size(), '0') + digits;
  };
  return "log/" + padded(header.first_lsn) + "-" + padded(header.last_lsn) + ".gwal";
}

backup::Header header_of(const std::vector<graph::Segment>& segments) {
  backup::Header header;
  const graph::SegmentHeader& last = segments.back().header();
  header.info.type = "log";
  header.info.database_id = last.database_id;
  header.info.lsn = last.last_lsn;
  header.info.timeline = last.timeline();
  header.info.commit_time = last.last_time;
  header.info.format_version = storage::kFormatVersion;
  header.info.geode_version = GEODE_VERSION;
  header.info.created_at = std::time(nullptr);
  for (const graph::Segment& segment : segments) {
    header.parts.push_back({part_name(segment.header()), segment.bytes(), {}});
  }
  return header;
}

void copy_file(const std::string& path, std::uint64_t size,
               const std::function<void(std::span<const char>)>& sink) {
  const storage::File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.descriptor < 0) cannot("open", path, errno);
  std::string buffer(kBlockBytes, '\0');
  while (size > 0) {
    const ssize_t n =
        read(file.descriptor, buffer.data(), std::min<std::uint64_t>(size, kBlockBytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) cannot("read", path, errno);
    if (n == 0) throw Error(status::kIo, "'" + path + "' became shorter while it was read");
    sink({buffer.data(), static_cast<std::size_t>(n)});
    size -= static_cast<std::uint64_t>(n);
  }
}

bool is_archive_name(const std::string& name) {
  return name.ends_with(".tar.gz") || name.ends_with(".tgz") || name.ends_with(".tar.zst") ||
         name.ends_with(".tar");
}

/// The segments of an archive, in files without a name in the folder `temporary`.
void take_segments(const std::string& path, const std::string& temporary,
                   std::vector<graph::Segment>& out) {
  backup::ArchiveReader reader(path);
  if (reader.header().info.type != "log") return;
  std::vector<std::pair<std::string, storage::File>> files;
  reader.read_parts([&](const backup::Part& part, std::span<const char> bytes) {
    if (files.empty() || files.back().first != part.name) {
      const int opened = open(temporary.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
      if (opened < 0) cannot("make a file in", temporary, errno);
      files.emplace_back(part.name, storage::File(opened));
    }
    backup::write_all(files.back().second.descriptor, bytes, "a file in '" + temporary + "'");
  });
  for (auto& [name, file] : files) out.emplace_back(std::move(file), path + ": " + name);
}

}  // namespace

inline namespace v1 {

LogArchiveReport archive_log(Database& database, const LogArchiveOptions& options) {
  const auto& environment = database.impl()->environment;
  const std::int64_t timeout = database.options().lock_timeout.count();
  LogArchiveReport out;
  backup::OutputFile file(options.output, options.overwrite);
  const StagingFolder staging(options.output);
  const bool moved = !options.wal_directory.empty();
  const std::string& folder = moved ? options.wal_directory : staging.path();
  // With a folder of its own the log is moved there first, as it would be anyway; without, it stays
  // in the database until the archive is on disk.
  const session::ArchivePass pass =
      session::archive_change_log(environment, folder, timeout, /*forget=*/moved);
  out.first_missing = pass.first_missing;
  out.last_missing = pass.last_missing;
  const std::vector<graph::Segment> segments = segments_in(folder, database.id());
  if (segments.empty()) return out;
  out.first_lsn = segments.front().header().first_lsn;
  out.last_lsn = segments.back().header().last_lsn;

  const backup::Header header = header_of(segments);
  backup::ArchiveWriter writer(backup::compression_of_name(options.output, options.compress),
                               header, [&](std::span<const char> bytes) { file.write(bytes); });
  std::uint64_t done = 0, all = 0;
  for (const graph::Segment& segment : segments) all += segment.bytes();
  for (const graph::Segment& segment : segments) {
    copy_file(segment.name(), segment.bytes(), [&](std::span<const char> bytes) {
      writer.write(bytes);
      done += bytes.size();
      backup::report(options.progress, done, all);
    });
  }
  writer.finish();
  file.commit();
  if (moved) {
    for (const graph::Segment& segment : segments) unlink(segment.name().c_str());
  } else {
    graph::forget_archived(environment, segments.back().header().timeline(), out.last_lsn, timeout);
  }
  out.info = header.info;
  out.info.file = options.output;
  out.info.bytes = writer.bytes();
  out.info.checksum = writer.checksum();
  return out;
}

LogReplayReport replay_archives(Database& database, const std::string& folder,
                                const ReplayRequest& request) {
  LogReplayReport out;
  std::vector<graph::Segment> segments;
  for (const std::string& file : files_in(folder)) {
    const std::size_t before = segments.size();
    if (file.ends_with(".gwal")) {
      segments.push_back(graph::Segment::open(file));
    } else if (is_archive_name(file)) {
      take_segments(file, database.impl()->spill.directory, segments);
    }
    out.archives += segments.size() > before ? 1 : 0;
  }
  if (segments.empty()) {
    throw Error(status::kInvalidArgument,
                "folder '" + folder + "' holds no archive of a change log")
        .hint("geode wal-archive makes them, with names that end in .tar.gz, .tar.zst or .tar");
  }
  out.replay = session::replay(*database.impl(), segments, request);
  return out;
}

}  // namespace v1
}  // namespace geode
