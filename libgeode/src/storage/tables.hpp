#pragma once

#include <cstdint>

namespace geode::storage {

/// The LMDB tables of a database file. Integers in keys are big-endian, in values little-endian.
/// The key and value forms stand beside the enumerators (see ARCHITECTURE.md, section 5). In the
/// file, values carry a checksum of themselves and their key (storage/seal.hpp).
enum class Table : std::uint8_t {
  kBase,      ///< chunks: adjacency, hub segments, columns, long values, label bitmaps, extents
  kHot,       ///< deltas, partial rows, statistics, allocators
  kLog,       ///< change log: lsn:u64 part:u32 -> part of a record
  kIndex,     ///< unique index: index:u32 enc(value) -> node id u64
  kIndexDup,  ///< range index: index:u32 enc(value) -> node id u64 BE, duplicates (DUPSORT |
              ///< DUPFIXED)
  kCatalog,   ///< names, shapes, index and constraint definitions, format version, database id
};
inline constexpr int kTableCount = 6;
inline constexpr std::uint32_t kFormatVersion = 7;

}  // namespace geode::storage
