#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/transaction.hpp"

struct MDB_txn;

namespace geode::storage {

// Checksums of values (format version 7), over the number of the table, the key and the value, so
// that neither of them can change, nor be exchanged for another, unnoticed.
//
//   base, hot, idx, cat   value, crc32c u32 LE; the format version in `cat` has none, so that every
//                         version of the library can read it
//   idxd                  u64 BE: node id << 16 | low 16 bits of the crc32c of key and node id (u64
//                         BE); the ids keep their order
//   log                   nothing is added: its records carry checksums of their own

/// The key in `cat` of the format version.
inline constexpr std::string_view kVersionKey = "format_version";
inline constexpr std::size_t kSealBytes = 4;
/// Ids of nodes have 48 bits.
inline constexpr int kDuplicateCheckBits = 16;

inline bool is_sealed(Table table, ByteView key) {
  return table != Table::kLog && table != Table::kIndexDup &&
         (table != Table::kCatalog || as_text(key) != kVersionKey);
}

/// The checksum of `value`, which stands under `key`.
std::uint32_t seal_of(Table table, ByteView key, ByteView value);

/// The bytes of `stored` before the checksum; nothing when it is wrong.
std::optional<ByteView> opened(Table table, ByteView key, ByteView stored);

/// A value of `idxd` as it stands in the file, and back. `id` is a u64 BE below 2^48, else an Error
/// XX000 is thrown; reading gives false when the check is wrong.
std::uint64_t stored_duplicate(ByteView key, ByteView id);
bool read_duplicate(ByteView key, ByteView stored, std::array<std::byte, 8>& id);

/// mdb_put of a value with its checksum; gives its code. Not for flags of LMDB that hand out room.
int put_value(MDB_txn* txn, unsigned dbi, Table table, ByteView key, ByteView value,
              unsigned flags);

}  // namespace geode::storage
