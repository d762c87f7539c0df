#pragma once

#include <string>
#include <vector>

#include <geode/error.hpp>
#include "config/settings.hpp"

namespace geode::server {

/// A value that a file gives a setting.
struct FileEntry {
  const Setting* setting = nullptr;
  std::vector<std::string> texts;  ///< the items of a list, or one
  std::string place;               ///< "geode.yaml:3:11"
};

/// The settings in the text of a YAML file. What cannot be read is appended to `problems`, each
/// with the place at its beginning: keys that are unknown or stand there twice, values that are
/// sections, sections that are values.
std::vector<FileEntry> read_yaml(const std::string& text, const std::string& file_name,
                                 std::vector<Error>& problems);

}  // namespace geode::server
