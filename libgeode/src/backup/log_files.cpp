#include "backup/log_files.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include <geode/error.hpp>
#include "backup/output_file.hpp"
#include "backup/progress.hpp"
#include "storage/lmdb_error.hpp"

namespace geode::backup {

namespace fs = std::filesystem;

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

bool is_archive_name(const std::string& name) {
  return name.ends_with(".tar.gz") || name.ends_with(".tgz") || name.ends_with(".tar.zst") ||
         name.ends_with(".tar");
}

std::vector<graph::Segment> take_segments(ArchiveReader& reader, const std::string& temporary,
                                          const BackupProgressFunction& progress) {
  std::vector<std::pair<std::string, storage::File>> files;
  reader.read_parts([&](const Part& part, std::span<const char> bytes) {
    if (files.empty() || files.back().first != part.name) {
      storage::File file(::open(temporary.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
      if (file.descriptor < 0) storage::throw_io(errno, "cannot make a file in", temporary);
      files.emplace_back(part.name, std::move(file));
    }
    write_all(files.back().second.descriptor, bytes, "a file in '" + temporary + "'");
    report(progress, reader.bytes_read(), reader.file_bytes());
  });
  std::vector<graph::Segment> out;
  for (auto& [name, file] : files) {
    out.emplace_back(std::move(file), reader.header().info.file + ": " + name);
  }
  return out;
}

LogFiles read_log_files(const std::string& folder, const std::string& temporary) {
  LogFiles out;
  for (const std::string& file : files_in(folder)) {
    const std::size_t before = out.segments.size();
    if (file.ends_with(".gwal")) {
      out.segments.push_back(graph::Segment::open(file));
    } else if (is_archive_name(file)) {
      ArchiveReader reader(file);
      if (reader.header().info.type == "full") continue;
      std::vector<graph::Segment> taken = take_segments(reader, temporary);
      out.segments.insert(out.segments.end(), std::make_move_iterator(taken.begin()),
                          std::make_move_iterator(taken.end()));
    }
    out.archives += out.segments.size() > before ? 1 : 0;
  }
  return out;
}

}  // namespace geode::backup
