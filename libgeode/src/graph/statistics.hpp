#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <tuple>

#include <geode/value.hpp>
#include "graph/degree_histogram.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/keys.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {

/// Of one (edge label, direction): keys::edge_statistics, 32 bytes. Directories are remembered
/// while last_change stays.
struct EdgeStatistics {
  std::uint64_t last_change = 0;  ///< epoch
  std::uint64_t count = 0;
  // Kept in the out direction only.
  std::uint64_t next_edge = 0;  ///< the next edge number
  std::uint64_t loops = 0;      ///< edges that lead back to their source
};

/// Of one label: keys::label_count, 16 bytes.
struct LabelStatistics {
  std::uint64_t last_change = 0;
  std::uint64_t count = 0;
};

/// Of one graph: keys::graph_statistics, 24 bytes.
struct GraphStatistics {
  static constexpr std::uint32_t kNoExtent = 0xffffffffu;
  std::uint64_t nodes = 0;
  std::uint64_t edges = 0;
  /// The extent that rare shapes share, and its rows in use.
  std::uint32_t mixed_extent = kNoExtent;
  std::uint32_t mixed_rows = 0;
};

/// Partial rows at one chunk of elements: keys::row_count, 16 bytes.
struct RowStatistics {
  std::uint64_t last_change = 0;
  std::uint64_t count = 0;
};

/// The number of distinct values, from the longest run of zero bits of their hashes in 128
/// registers (HyperLogLog; standard error 9 %).
class DistinctSketch {
 public:
  static constexpr std::size_t kRegisters = 128;
  void add(std::uint64_t hash);
  double estimate() const;
  std::array<std::uint8_t, kRegisters>& registers() { return registers_; }
  const std::array<std::uint8_t, kRegisters>& registers() const { return registers_; }

 private:
  std::array<std::uint8_t, kRegisters> registers_{};
};

/// Of one column: keys::property_statistics. last change u64, count u64, flags u8 (1: types are
/// mixed, 2: a bound is not kept), sketch 128 bytes, then minimum and maximum in the value codec
/// (u32 size each).
struct PropertyRecord {
  std::uint64_t last_change = 0;
  std::uint64_t count = 0;
  bool mixed = false;
  Value minimum, maximum;  ///< null until there is a value
  DistinctSketch sketch;

  /// Counts a value that was added (count itself is the caller's).
  void observe(const Value& value);
  PropertyStatistics summary() const;
  std::string encode() const;
  static PropertyRecord decode(storage::ByteView bytes);
  static std::uint64_t decode_last_change(storage::ByteView bytes);
};

/// Reads one record; a new one when there is none.
template <class Record>
Record read_record(const storage::Transaction& txn, const Key& key);
PropertyRecord read_property_record(const storage::Transaction& txn, const Key& key);

/// The statistics a write transaction changes: records are read on first use, changed in memory,
/// and written by flush().
class StatisticsWriter {
 public:
  explicit StatisticsWriter(storage::WriteTransaction& txn) : txn_(txn) {}

  /// Each gives the record for changing; it will be written.
  EdgeStatistics& edge(Direction direction, EdgeLabelId label);
  LabelStatistics& label(LabelId label);
  PropertyRecord& property(ElementKind kind, std::uint32_t label, PropertyKeyId key);
  std::uint64_t& label_pair(Direction direction, EdgeLabelId edge_label, LabelId label);
  DegreeHistogram& degrees(Direction direction, EdgeLabelId label);
  RowStatistics& rows(ElementKind kind, std::uint32_t label, std::uint32_t chunk);
  GraphStatistics& graph(GraphId graph);

  // The same for reading.
  const EdgeStatistics& read_edge(Direction direction, EdgeLabelId label);
  const LabelStatistics& read_label(LabelId label);
  const PropertyRecord& read_property(ElementKind kind, std::uint32_t label, PropertyKeyId key);
  const DegreeHistogram& read_degrees(Direction direction, EdgeLabelId label);
  std::uint64_t read_label_pair(Direction direction, EdgeLabelId edge_label, LabelId label);
  const GraphStatistics& read_graph(GraphId graph);

  /// Writes what changed. `epoch` becomes last_change of every record asked for since the last
  /// flush. Calls rows_changed(kind, label, chunk, count) for each count of partial rows.
  void flush(std::uint64_t epoch,
             const std::function<void(ElementKind, std::uint32_t, std::uint32_t, std::uint64_t)>&
                 rows_changed = {});
  /// Forgets everything read or changed since the last flush.
  void discard();

 private:
  template <class Record>
  struct Slot {
    Record record;
    bool dirty = false;
  };
  template <class Map, class MakeKey>
  auto& open(Map& map, const typename Map::key_type& id, bool change, MakeKey make_key);

  storage::WriteTransaction& txn_;
  std::map<std::pair<std::uint8_t, std::uint32_t>, Slot<EdgeStatistics>> edges_;
  std::map<std::uint32_t, Slot<LabelStatistics>> labels_;
  std::map<GraphId, Slot<GraphStatistics>> graphs_;
  std::map<std::tuple<std::uint8_t, std::uint32_t, std::uint32_t>, Slot<PropertyRecord>>
      properties_;
  std::map<std::tuple<std::uint8_t, std::uint32_t, std::uint32_t>, Slot<std::uint64_t>> pairs_;
  std::map<std::pair<std::uint8_t, std::uint32_t>, Slot<DegreeHistogram>> degrees_;
  std::map<std::tuple<std::uint8_t, std::uint32_t, std::uint32_t>, Slot<RowStatistics>> rows_;
};

}  // namespace geode::graph
