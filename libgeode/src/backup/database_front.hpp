#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace geode::backup {

/// Throws Error 58X02 unless these first bytes of a file of `size` bytes are the meta pages that
/// SnapshotStream writes: LMDB's, for as many pages as the file has, with transactions that follow
/// each other.
void expect_database_front(std::span<const char> bytes, std::uint64_t size,
                           const std::string& archive);

}  // namespace geode::backup
