#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace geode::cli {

class Snapshot;

using WriteText = std::function<void(std::string_view)>;

struct DumpCounts {
  std::uint64_t nodes = 0, edges = 0;
};

/// Writes statements that build all graphs of `snapshot`, with schemas, graph types, indexes and
/// constraints, in an empty database. They are one transaction.
///
/// A graph of at most kOneStatement nodes and edges is one INSERT. A larger one is inserted in
/// many; its nodes wear a label and a number meanwhile, by which edges find them, and whose names
/// stay known to the new database.
DumpCounts dump(Snapshot& snapshot, const WriteText& write);

/// The statements that make the indexes and constraints of the current graph alone, one a line.
std::string schema_statements(Snapshot& snapshot);

}  // namespace geode::cli
