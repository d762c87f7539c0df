#pragma once

#include <string>
#include <string_view>

namespace geode::cli {

/// A text file that appears under its name only when it is whole: written as `NAME.part`, renamed
/// by finish(), removed when finish() was not reached. Throws Error 58X01, 53X02 when the disk is
/// full.
class OutputFile {
 public:
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view text);
  /// The file is on disk when it returns.
  void finish();
  const std::string& path() const { return path_; }

 private:
  void flush();

  const std::string path_, part_;
  int descriptor_ = -1;
  std::string buffer_;
};

}  // namespace geode::cli
