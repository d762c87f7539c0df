#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <geode/backup.hpp>
#include "backup/compression.hpp"
#include "backup/manifest.hpp"
#include "backup/output_file.hpp"
#include "graph/log/segment.hpp"

namespace geode::backup {

/// Where an archive goes: a file, or a descriptor of the caller's.
class ArchiveOutput {
 public:
  /// Throws what OutputFile throws.
  ArchiveOutput(const std::string& path, bool overwrite, int descriptor = -1)
      : path_(path), descriptor_(descriptor) {
    if (descriptor < 0) file_.emplace(path, overwrite);
  }

  const std::string& path() const { return path_; }
  /// Where the file will be, which has room for what goes into it.
  std::string folder() const;
  void write(std::span<const char> bytes);
  /// The archive is whole.
  void commit() {
    if (file_) file_->commit();
  }

 private:
  const std::string path_;
  const int descriptor_;
  std::optional<OutputFile> file_;
};

/// Writes an archive of segment files, which follow one another, and tells of it: `info` says the
/// type and what it goes on from, and for an archive without segments what state it is of.
BackupInfo write_segments(ArchiveOutput& output, Compression compression, BackupInfo info,
                          const std::vector<graph::WrittenSegment>& segments,
                          const BackupProgressFunction& progress);

}  // namespace geode::backup
