#include "graph/header.hpp"

#include <cstring>

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
  return header;
}

void write_header(storage::WriteTransaction& txn, const DatabaseHeader& header) {
  txn.put(storage::Table::kHot, keys::header(),
          {reinterpret_cast<const std::byte*>(&header), sizeof(header)});
}

}  // namespace geode::graph
