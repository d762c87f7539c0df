#include "graph/statistics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/value_codec.hpp"
#include "value/compare.hpp"
#include "value/hash.hpp"

namespace geode::graph {
namespace {

// Bounds are part of a record that many commits write, so long strings are not kept as bounds.
constexpr std::size_t kMaximumBoundBytes = 64;

enum class BoundClass : std::uint8_t { kNone, kNumber, kString, kBool, kOther };

/// Values of one class have a total order that a reader of bounds expects.
BoundClass bound_class(const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
      return BoundClass::kNone;
    case ValueType::kInt64:
    case ValueType::kFloat64:
    case ValueType::kDecimal:
      return BoundClass::kNumber;
    case ValueType::kString:
      return BoundClass::kString;
    case ValueType::kBool:
      return BoundClass::kBool;
    default:
      return BoundClass::kOther;
  }
}

bool can_bound(const Value& value) {
  switch (value.type()) {
    case ValueType::kBool:
    case ValueType::kInt64:
    case ValueType::kDecimal:
    case ValueType::kDate:
    case ValueType::kLocalTime:
    case ValueType::kZonedTime:
    case ValueType::kLocalDateTime:
    case ValueType::kZonedDateTime:
      return true;
    case ValueType::kFloat64:
      return !std::isnan(value.unchecked_float64());
    case ValueType::kString:
      return value.as_string().size() <= kMaximumBoundBytes;
    default:
      return false;
  }
}

template <class T>
storage::ByteView bytes_of(const T& record) {
  return {reinterpret_cast<const std::byte*>(&record), sizeof(T)};
}

}  // namespace

void DistinctSketch::add(std::uint64_t hash) {
  const std::size_t index = hash & (kRegisters - 1);
  const int zeros = std::min(std::countl_zero(hash | (kRegisters - 1)), 56);
  registers_[index] = std::max(registers_[index], static_cast<std::uint8_t>(zeros + 1));
}

double DistinctSketch::estimate() const {
  constexpr double kCount = kRegisters;
  constexpr double kAlpha = 0.7213 / (1 + 1.079 / kCount);
  double sum = 0;
  int empty = 0;
  for (const std::uint8_t value : registers_) {
    sum += std::ldexp(1.0, -value);
    empty += value == 0 ? 1 : 0;
  }
  const double raw = kAlpha * kCount * kCount / sum;
  // Few values: count the registers nobody hit instead.
  if (raw <= 2.5 * kCount && empty > 0) return kCount * std::log(kCount / empty);
  return raw;
}

void PropertyRecord::observe(const Value& value) {
  sketch.add(value::hash(value));
  if (mixed) return;
  const bool comparable =
      can_bound(value) && (minimum.is_null() || (bound_class(value) == bound_class(minimum) &&
                                                 (bound_class(value) != BoundClass::kOther ||
                                                  value.type() == minimum.type())));
  if (!comparable) {
    mixed = true;
    minimum = maximum = Value();
    return;
  }
  if (minimum.is_null() || value::order(value, minimum) < 0) minimum = value;
  if (maximum.is_null() || value::order(value, maximum) > 0) maximum = value;
}

PropertyStatistics PropertyRecord::summary() const {
  PropertyStatistics out;
  out.count = count;
  out.distinct = std::min(sketch.estimate(), static_cast<double>(count));
  if (count > 0) out.distinct = std::max(out.distinct, 1.0);
  if (count > 0 && !mixed && !minimum.is_null()) {
    out.minimum = minimum;
    out.maximum = maximum;
  }
  return out;
}

std::string PropertyRecord::encode() const {
  std::string out;
  base::append_le(out, last_change);
  base::append_le(out, count);
  base::append_le(out, static_cast<std::uint8_t>(mixed ? 1 : 0));
  out.append(reinterpret_cast<const char*>(sketch.registers().data()), DistinctSketch::kRegisters);
  for (const Value* bound : {&minimum, &maximum}) {
    std::string bytes;
    storage::encode_value(*bound, bytes);
    base::append_le(out, static_cast<std::uint32_t>(bytes.size()));
    out += bytes;
  }
  return out;
}

PropertyRecord PropertyRecord::decode(storage::ByteView bytes) {
  constexpr std::size_t kFixed = 17 + DistinctSketch::kRegisters;
  const auto cut_off = [] { return Error(status::kCorrupt, "property statistics are cut off"); };
  if (bytes.size() < kFixed) throw cut_off();
  PropertyRecord out;
  out.last_change = base::load_le<std::uint64_t>(bytes.data());
  out.count = base::load_le<std::uint64_t>(bytes.data() + 8);
  out.mixed = bytes[16] != std::byte{0};
  std::memcpy(out.sketch.registers().data(), bytes.data() + 17, DistinctSketch::kRegisters);
  std::size_t at = kFixed;
  for (Value* bound : {&out.minimum, &out.maximum}) {
    if (bytes.size() < at + 4) throw cut_off();
    const auto size = base::load_le<std::uint32_t>(bytes.data() + at);
    at += 4;
    if (bytes.size() < at + size) throw cut_off();
    *bound = storage::decode_value(bytes.subspan(at, size));
    at += size;
  }
  return out;
}

std::uint64_t PropertyRecord::decode_last_change(storage::ByteView bytes) {
  if (bytes.size() < 8) throw Error(status::kCorrupt, "property statistics are cut off");
  return base::load_le<std::uint64_t>(bytes.data());
}

template <class Record>
Record read_record(const storage::Transaction& txn, const Key& key) {
  Record record{};
  const auto value = txn.get(storage::Table::kHot, key);
  if (!value) return record;
  if (value->size() != sizeof(Record)) {
    throw Error(status::kCorrupt, "a statistics record has a wrong size");
  }
  std::memcpy(&record, value->data(), sizeof(Record));
  if constexpr (std::is_same_v<Record, EdgeStatistics>) {
    // Chunks hold edge numbers of 32 bits.
    if (record.next_edge > std::uint64_t{1} << 32) {
      throw Error(status::kCorrupt, "the statistics of an edge label name an impossible edge");
    }
  }
  return record;
}
template EdgeStatistics read_record(const storage::Transaction&, const Key&);
template LabelStatistics read_record(const storage::Transaction&, const Key&);
template RowStatistics read_record(const storage::Transaction&, const Key&);
template GraphStatistics read_record(const storage::Transaction&, const Key&);
template DegreeHistogram read_record(const storage::Transaction&, const Key&);
template std::uint64_t read_record(const storage::Transaction&, const Key&);

PropertyRecord read_property_record(const storage::Transaction& txn, const Key& key) {
  const auto value = txn.get(storage::Table::kHot, key);
  return value ? PropertyRecord::decode(*value) : PropertyRecord();
}

template <class Map, class MakeKey>
auto& StatisticsWriter::open(Map& map, const typename Map::key_type& id, bool change,
                             MakeKey make_key) {
  const auto [at, fresh] = map.try_emplace(id);
  auto& slot = at->second;
  if (fresh) {
    using Record = decltype(slot.record);
    if constexpr (std::is_same_v<Record, PropertyRecord>) {
      slot.record = read_property_record(txn_, make_key());
    } else {
      slot.record = read_record<Record>(txn_, make_key());
    }
  }
  slot.dirty = slot.dirty || change;
  return slot.record;
}

EdgeStatistics& StatisticsWriter::edge(Direction direction, EdgeLabelId label) {
  return open(edges_, {keys::code(direction), keys::number(label)}, true,
              [&] { return keys::edge_statistics(direction, label); });
}

LabelStatistics& StatisticsWriter::label(LabelId label) {
  return open(labels_, keys::number(label), true, [&] { return keys::label_count(label); });
}

PropertyRecord& StatisticsWriter::property(ElementKind kind, std::uint32_t label,
                                           PropertyKeyId key) {
  return open(properties_, {keys::code(kind), label, keys::number(key)}, true,
              [&] { return keys::property_statistics(kind, label, key); });
}

std::uint64_t& StatisticsWriter::label_pair(Direction direction, EdgeLabelId edge_label,
                                            LabelId label) {
  return open(pairs_, {keys::code(direction), keys::number(edge_label), keys::number(label)}, true,
              [&] { return keys::label_pair_count(direction, edge_label, label); });
}

DegreeHistogram& StatisticsWriter::degrees(Direction direction, EdgeLabelId label) {
  return open(degrees_, {keys::code(direction), keys::number(label)}, true,
              [&] { return keys::degree_histogram(direction, label); });
}

const DegreeHistogram& StatisticsWriter::read_degrees(Direction direction, EdgeLabelId label) {
  return open(degrees_, {keys::code(direction), keys::number(label)}, false,
              [&] { return keys::degree_histogram(direction, label); });
}

RowStatistics& StatisticsWriter::rows(ElementKind kind, std::uint32_t label, std::uint32_t chunk) {
  return open(rows_, {keys::code(kind), label, chunk}, true,
              [&] { return keys::row_count(kind, label, chunk); });
}

GraphStatistics& StatisticsWriter::graph(GraphId graph) {
  return open(graphs_, graph, true, [&] { return keys::graph_statistics(graph); });
}

const GraphStatistics& StatisticsWriter::read_graph(GraphId graph) {
  return open(graphs_, graph, false, [&] { return keys::graph_statistics(graph); });
}

const EdgeStatistics& StatisticsWriter::read_edge(Direction direction, EdgeLabelId label) {
  return open(edges_, {keys::code(direction), keys::number(label)}, false,
              [&] { return keys::edge_statistics(direction, label); });
}

const LabelStatistics& StatisticsWriter::read_label(LabelId label) {
  return open(labels_, keys::number(label), false, [&] { return keys::label_count(label); });
}

const PropertyRecord& StatisticsWriter::read_property(ElementKind kind, std::uint32_t label,
                                                      PropertyKeyId key) {
  return open(properties_, {keys::code(kind), label, keys::number(key)}, false,
              [&] { return keys::property_statistics(kind, label, key); });
}

std::uint64_t StatisticsWriter::read_label_pair(Direction direction, EdgeLabelId edge_label,
                                                LabelId label) {
  return open(pairs_, {keys::code(direction), keys::number(edge_label), keys::number(label)}, false,
              [&] { return keys::label_pair_count(direction, edge_label, label); });
}

void StatisticsWriter::flush(std::uint64_t epoch,
                             const std::function<void(ElementKind, std::uint32_t, std::uint32_t,
                                                      std::uint64_t)>& rows_changed) {
  constexpr auto kHot = storage::Table::kHot;
  for (auto& [id, slot] : edges_) {
    if (!slot.dirty) continue;
    slot.dirty = false;
    slot.record.last_change = epoch;
    txn_.put(kHot, keys::edge_statistics(Direction{id.first}, EdgeLabelId{id.second}),
             bytes_of(slot.record));
  }
  for (auto& [id, slot] : labels_) {
    if (!slot.dirty) continue;
    slot.dirty = false;
    slot.record.last_change = epoch;
    txn_.put(kHot, keys::label_count(LabelId{id}), bytes_of(slot.record));
  }
  for (auto& [id, slot] : graphs_) {
    if (!slot.dirty) continue;
    slot.dirty = false;
    txn_.put(kHot, keys::graph_statistics(id), bytes_of(slot.record));
  }
  for (auto& [id, slot] : properties_) {
    if (!slot.dirty) continue;
    slot.dirty = false;
    slot.record.last_change = epoch;
    const auto& [kind, label, key] = id;
    txn_.put(kHot, keys::property_statistics(ElementKind{kind}, label, PropertyKeyId{key}),
             storage::as_bytes(slot.record.encode()));
  }
  for (auto& [id, slot] : pairs_) {
    if (!slot.dirty) continue;
    slot.dirty = false;
    const auto& [direction, edge_label, label] = id;
    txn_.put(kHot,
             keys::label_pair_count(Direction{direction}, EdgeLabelId{edge_label}, LabelId{label}),
             bytes_of(slot.record));
  }
  for (auto& [id, slot] : degrees_) {
    if (!slot.dirty) continue;
    slot.dirty = false;
    txn_.put(kHot, keys::degree_histogram(Direction{id.first}, EdgeLabelId{id.second}),
             bytes_of(slot.record));
  }
  for (auto& [id, slot] : rows_) {
    if (!slot.dirty) continue;
    slot.dirty = false;
    slot.record.last_change = epoch;
    const auto& [kind, label, chunk] = id;
    txn_.put(kHot, keys::row_count(ElementKind{kind}, label, chunk), bytes_of(slot.record));
    if (rows_changed) rows_changed(ElementKind{kind}, label, chunk, slot.record.count);
  }
}

void StatisticsWriter::discard() {
  edges_.clear();
  labels_.clear();
  graphs_.clear();
  properties_.clear();
  pairs_.clear();
  degrees_.clear();
  rows_.clear();
}

}  // namespace geode::graph
