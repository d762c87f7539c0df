#pragma once

#include <span>
#include <string>

#include "storage/open_file.hpp"

namespace geode::backup {

/// A file that has no name until it is complete, so that whoever dies before leaves nothing behind.
/// Where the file system has no such files it is hidden (`.geode-new-...`) beside its place, and
/// removed unless the process is killed.
class OutputFile {
 public:
  /// Nothing is at `path` yet, or it is a regular file that may be replaced: otherwise Error 42X03.
  OutputFile(const std::string& path, bool overwrite);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  int descriptor() const { return file_.descriptor; }
  void write(std::span<const char> bytes);
  /// The same bytes of a plain file, without taking room for blocks of zeros.
  void write_sparse(std::span<const char> bytes);
  /// Nothing more is written: from now on the file can be read through its descriptor, whole.
  void complete();
  /// Has the file on disk and gives it its name.
  void commit();

 private:
  void give_name(const std::string& name) const;

  const std::string path_;
  const bool overwrite_;
  std::string hidden_;  // its name until then, where it has one
  storage::File file_;
  off_t size_ = 0;
};

/// Writes everything, or throws Error 53X02 or 58X01.
void write_all(int file, std::span<const char> bytes, const std::string& name);

}  // namespace geode::backup
