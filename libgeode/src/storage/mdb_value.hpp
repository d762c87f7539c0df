#pragma once

#include <lmdb.h>

#include "storage/transaction.hpp"

namespace geode::storage {

inline MDB_val to_mdb(ByteView bytes) {
  return {bytes.size(), const_cast<std::byte*>(bytes.data())};  // NOLINT: LMDB only reads it
}
inline ByteView from_mdb(const MDB_val& value) {
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

/// LMDB reads eight bytes of a key of kLog whatever its length, and refuses other keys that are
/// empty or over 511 bytes.
void require_key(Table table, ByteView key);

}  // namespace geode::storage
