#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <geode/value.hpp>
#include "transfer/node_keys.hpp"
#include "transfer/record_reader.hpp"
#include "value/vector.hpp"

namespace geode::transfer {

/// Which columns of a file of edges are what.
struct EdgeColumns {
  std::size_t from = 0, to = 0;         ///< keys of the ends
  std::vector<std::size_t> properties;  ///< of each property, or SIZE_MAX: the file has it not
  NodeKeys* from_keys = nullptr;
  NodeKeys* to_keys = nullptr;
};

/// At most value::kBatchRows edges, as the loader takes them.
struct EdgeRows {
  std::vector<NodeId> sources, targets;
  std::vector<value::Vector> properties;
  std::uint32_t rows = 0;

  /// Makes room for rows of `reader`, and drops those that are there.
  void clear(const RecordReader& reader, const EdgeColumns& columns);
  bool full() const { return rows == value::kBatchRows; }
};

/// Why a row is no edge.
struct EdgeProblem {
  std::size_t column = 0;
  /// Where the key in `column` was looked for, and what was found; null: a value has another type.
  const NodeKeys* keys = nullptr;
  std::uint32_t found = 0;
};

/// Appends the present row of `reader`. False: it is no edge.
bool take_edge(RecordReader& reader, const EdgeColumns& columns, EdgeRows& out,
               EdgeProblem& problem);

}  // namespace geode::transfer
