#pragma once

#include <fstream>
#include <string>
#include <string_view>

#include "temp_directory.hpp"

namespace geode::test {

/// Writes `text` to a file of `directory`; gives its path.
inline std::string write_file(const TempDirectory& directory, const std::string& name,
                              std::string_view text) {
  const std::string path = directory.file(name);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

}  // namespace geode::test
