#include "graph/header.hpp"

#include <cstring>
#include <string>

#include <geode/error.hpp>
#include "graph/keys.hpp"

namespace geode::graph {

DatabaseHeader read_header(const storage::Transaction& txn) {
  DatabaseHeader header;
  const auto value = txn.get(storage::Table::kHot, keys::header());
  if (!value) return header;
  if (value->size() != sizeof(header)) {
    throw Error(status::kCorrupt, "the header of the database has a wrong size");
  }
  std::memcpy(&header, value->data(), sizeof(header));
  // Chunks hold node ids of 32 bits.
  constexpr std::uint32_t kMostExtents = 1u << (32 - kExtentBits);
  if (header.extents > kMostExtents) {
    throw Error(status::kCorrupt, "the header of the database says " +
                                      std::to_string(header.extents) + " extents, and " +
                                      std::to_string(kMostExtents) + " is the most");
  }
  return header;
}

void write_header(storage::WriteTransaction& txn, const DatabaseHeader& header) {
  txn.put(storage::Table::kHot, keys::header(),
          {reinterpret_cast<const std::byte*>(&header), sizeof(header)});
}

}  // namespace geode::graph
