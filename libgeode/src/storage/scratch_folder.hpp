#pragma once

#include <string>
#include <string_view>

#include "storage/open_file.hpp"

namespace geode::storage {

/// A hidden folder for files on their way to their place, in a folder `parent` that exists. Removed
/// with what is in it. Its owner holds a lock on it, so that what a process left that was killed is
/// known, and removed when the next such folder is made in the same place.
class ScratchFolder {
 public:
  static constexpr std::string_view kPrefix = ".geode-scratch-";

  /// Throws Error 58X01 or 53X02 when it cannot be made.
  explicit ScratchFolder(const std::string& parent);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
  File lock_;
};

/// What TMPDIR names, or /tmp.
std::string temporary_folder();

}  // namespace geode::storage
