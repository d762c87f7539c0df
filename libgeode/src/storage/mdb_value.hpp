#pragma once

#include <lmdb.h>

#include "storage/transaction.hpp"

namespace geode::storage {

struct Map;

inline MDB_val to_mdb(ByteView bytes) {
  return {bytes.size(), const_cast<std::byte*>(bytes.data())};  // NOLINT: LMDB only reads it
}
inline ByteView from_mdb(const MDB_val& value) {
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

/// LMDB refuses keys that are empty or over 511 bytes.
void require_key(Table table, ByteView key);

/// Throws Error 58X02 when `stored`, the value of `key` as LMDB gives it, has pages of its own
/// whose header is wrong: LMDB believes that when it frees them.
void require_run(const Transaction& transaction, const Map& map, Table table, ByteView key,
                 ByteView stored);

}  // namespace geode::storage
