#pragma once

#include <cstdint>
#include <string>

#include "storage/page_walk.hpp"

namespace geode::storage {

/// The oldest format version that can be brought to the present one.
inline constexpr std::uint32_t kOldestUpgradable = 6;

/// The value of an entry of a file of format version `version` in the present form, where that is
/// another; made in `room`. Version 7 added what the change log needs to the header of the database
/// (graph/header.hpp): zeros, as there was none.
ByteView present_form(const PageEntry& entry, std::uint32_t version, std::string& room);

/// The format version of the newest state of a file. Throws Error 08X01 when it is no database,
/// 58X02 when it has none that can be read.
std::uint32_t format_version_of(const std::string& path);

/// Lengths of the file.
struct UpgradedBytes {
  std::uint64_t before = 0, after = 0;
};

/// Has a copy of the file in the present form take its place. `keep`: the name that the file before
/// gets, "" for none. See geode::upgrade().
UpgradedBytes upgrade_file(const std::string& path, std::uint32_t version, const std::string& keep);

}  // namespace geode::storage
