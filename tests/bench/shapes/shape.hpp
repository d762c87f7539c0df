#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <geode/session.hpp>
#include "numbers.hpp"

namespace geode::bench {

/// A property of the nodes of a table: `texts` when it is of strings, else `integers`.
struct Column {
  std::string name;
  std::vector<std::int64_t> integers;
  std::vector<std::string> texts;
};

/// Nodes with the same labels. Their property `id` is `ids`, or their place in the table.
struct NodeTable {
  std::vector<std::string> labels;
  std::uint32_t count = 0;
  std::vector<std::uint32_t> ids;
  std::vector<Column> columns;
};

using Edges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// Edges of one label, by the ids of their ends.
struct EdgeTable {
  std::string label, from_label, to_label;
  const Edges* ends = nullptr;
};

/// A question, and the same on plain arrays: the limit of what it may cost, and the answer. Both
/// give the values of all rows, apart by `,` and rows by `;`.
struct ShapeQuestion {
  std::string name;
  std::string text;
  Parameters parameters;
  std::function<std::string()> limit;
};

/// A kind of graph that the engine was not tuned for. `data` holds what the limits read.
struct Shape {
  std::string name;
  std::vector<NodeTable> nodes;
  std::vector<EdgeTable> edges;
  std::vector<ShapeQuestion> questions;
  std::shared_ptr<const void> data;
};

/// Sorted neighbours of nodes 0 .. n-1, one after the other.
class Neighbours {
 public:
  Neighbours() = default;
  Neighbours(std::uint32_t nodes, const Edges& edges, bool reversed = false);
  std::uint32_t nodes() const { return static_cast<std::uint32_t>(offsets_.size() - 1); }
  std::uint32_t degree(std::uint32_t node) const { return offsets_[node + 1] - offsets_[node]; }
  std::span<const std::uint32_t> of(std::uint32_t node) const {
    return {ends_.data() + offsets_[node], degree(node)};
  }

 private:
  std::vector<std::uint32_t> offsets_{0};
  std::vector<std::uint32_t> ends_;
};

/// Nodes that 1 to `steps` edges of any of `ways` lead to from `start`; the start is among them
/// only when an edge leads back to it.
std::vector<std::uint32_t> reachable(const std::vector<const Neighbours*>& ways,
                                     std::uint32_t start, std::uint32_t steps);

/// Edges of the shortest path, or -1.
std::int64_t distance(const std::vector<const Neighbours*>& ways, std::uint32_t from,
                      std::uint32_t to);

/// Adds a row to an answer.
void append_row(std::string& text, std::initializer_list<std::string> values);

/// "c", 12 -> "c12"
std::string tagged(std::string_view tag, std::uint32_t number);

/// The `count` largest of (value, id): by value from above, then by id. Rows "id,value".
std::string largest(std::vector<std::pair<std::int64_t, std::uint32_t>> values, std::size_t count);

// Each with about `edges` edges, or elements where it has none.
Shape power_law(std::uint32_t edges);
Shape grid(std::uint32_t edges);
Shape bipartite(std::uint32_t edges);
Shape chain(std::uint32_t edges);
Shape hubs(std::uint32_t edges);
Shape many_labels(std::uint32_t edges);
Shape strings(std::uint32_t elements);
Shape wide(std::uint32_t elements);

}  // namespace geode::bench
