#include "storage/seal.hpp"

#include <cstring>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "base/crc32c.hpp"
#include "storage/mdb_value.hpp"

namespace geode::storage {

namespace {

std::uint64_t check_of(ByteView key, ByteView id) {
  return seal_of(Table::kIndexDup, key, id) & ((1u << kDuplicateCheckBits) - 1);
}

}  // namespace

std::uint32_t seal_of(Table table, ByteView key, ByteView value) {
  const auto number = static_cast<std::uint32_t>(table) + 1;
  return base::crc32c(value, base::crc32c(key, number));
}

std::optional<ByteView> opened(Table table, ByteView key, ByteView stored) {
  if (!is_sealed(table, key)) return stored;
  if (stored.size() < kSealBytes) return std::nullopt;
  const ByteView value = stored.first(stored.size() - kSealBytes);
  const auto seal = base::load_le<std::uint32_t>(stored.data() + value.size());
  if (seal != seal_of(table, key, value)) return std::nullopt;
  return value;
}

std::uint64_t stored_duplicate(ByteView key, ByteView id) {
  const std::uint64_t number = id.size() == 8 ? base::load_be<std::uint64_t>(id.data()) : 0;
  if (id.size() != 8 || number >> (64 - kDuplicateCheckBits) != 0) {
    throw Error(status::kInternal, "an entry of a range index is not the number of a node");
  }
  return number << kDuplicateCheckBits | check_of(key, id);
}

int put_value(MDB_txn* txn, unsigned dbi, Table table, ByteView key, ByteView value,
              unsigned flags) {
  MDB_val k = to_mdb(key);
  if (table == Table::kIndexDup) {
    char bytes[8];
    base::store_be(bytes, stored_duplicate(key, value));
    MDB_val v{sizeof bytes, bytes};
    return mdb_put(txn, dbi, &k, &v, flags);
  }
  if (!is_sealed(table, key)) {
    MDB_val v = to_mdb(value);
    return mdb_put(txn, dbi, &k, &v, flags);
  }
  const std::uint32_t seal = seal_of(table, key, value);
  MDB_val v{value.size() + kSealBytes, nullptr};
  const int code = mdb_put(txn, dbi, &k, &v, flags | MDB_RESERVE);
  if (code != 0) return code;
  auto* const room = static_cast<std::byte*>(v.mv_data);
  if (!value.empty()) std::memcpy(room, value.data(), value.size());
  base::store_le(room + value.size(), seal);
  return 0;
}

bool read_duplicate(ByteView key, ByteView stored, std::array<std::byte, 8>& id) {
  if (stored.size() != 8) return false;
  const auto number = base::load_be<std::uint64_t>(stored.data());
  base::store_be(id.data(), number >> kDuplicateCheckBits);
  return check_of(key, id) == (number & ((1u << kDuplicateCheckBits) - 1));
}

}  // namespace geode::storage
