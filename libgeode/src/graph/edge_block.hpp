#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <geode/ids.hpp>
#include "graph/keys.hpp"
#include "value/vector.hpp"

namespace geode::graph {

class BulkColumns;

/// How edges that are to be sorted by one of their ends are shared out: by ranges of that end's
/// ids, each of whole extents, so that no chunk is of two of them.
struct EdgeRanges {
  /// What stands behind the two ends of an edge, which are u32 each: nothing; its properties, as
  /// size u32 and bytes; its number u32.
  enum class Form : std::uint8_t { kPlain, kRows, kNumbers };

  /// Of a graph whose ids are below `extents` * kExtentRows.
  EdgeRanges(Form record_form, std::uint64_t extents);
  /// Ids that are not of any node are in the last one.
  std::uint32_t range_of(std::uint32_t id) const {
    const std::uint32_t range = id >> shift;
    return range < count ? range : count - 1;
  }
  std::size_t least_record() const { return form == Form::kPlain ? 8 : 12; }

  Form form;
  std::uint32_t shift = kExtentBits;
  std::uint32_t count = 1;
};

/// Extents that have an end of an edge, and the bounds of these ends.
struct EdgeEnds {
  std::vector<std::uint8_t> extents;
  std::uint32_t least = UINT32_MAX, greatest = 0;

  void add(std::span<const std::uint32_t> nodes);
  void add(const EdgeEnds& other);
  /// Edges a node of these extents.
  double mean_degree(std::uint64_t edges) const;
};

/// Some edges, range by range, and in each range in the order they were given in.
struct EdgeBlock {
  std::uint64_t count = 0;
  std::unique_ptr<char[]> bytes;
  std::vector<std::uint64_t> ends;    ///< of each range, in `bytes`
  std::vector<std::uint32_t> counts;  ///< edges of each range
  EdgeEnds firsts, seconds;
};

/// Takes edges and makes a block of them. Several threads may each have one.
class EdgeGatherer {
 public:
  explicit EdgeGatherer(const EdgeRanges& ranges) : ranges_(ranges) {}

  void add(const NodeId* sources, const NodeId* targets, std::span<const value::Vector> columns,
           std::uint32_t rows);
  void add(std::uint32_t first, std::uint32_t second, std::uint32_t number) {
    note(first, second);
    thirds_.push_back(number);
  }
  /// The edges of another block, as its bytes: `count` of them that have `keys` properties. Throws
  /// Error 58X02 when they are none.
  void add(std::uint64_t count, std::size_t keys, std::string_view bytes);
  /// Bytes that are held.
  std::uint64_t size() const;
  /// What was added since the last one.
  EdgeBlock take();

 private:
  void note(std::uint32_t first, std::uint32_t second) {
    firsts_.push_back(first);
    seconds_.push_back(second);
  }
  const EdgeRanges ranges_;
  std::vector<std::uint32_t> firsts_, seconds_;
  std::vector<std::uint32_t> thirds_;  // numbers, or sizes of rows
  std::string rows_;
};

/// Appends the properties in one row of columns.
void append_edge_row(std::span<const value::Vector> columns, std::uint32_t row, std::string& out);
/// Whether it can be such a row, of so many columns.
bool is_edge_row(std::string_view row, std::size_t keys);
/// Sets them in columns 1, 2, ...
void read_edge_row(std::string_view row, BulkColumns& columns);

}  // namespace geode::graph
