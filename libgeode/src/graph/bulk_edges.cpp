#include "graph/bulk_edges.hpp"

#include <algorithm>
#include <bit>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "graph/bulk_adjacency.hpp"
#include "graph/bulk_nodes.hpp"
#include "graph/constraint_check.hpp"
#include "graph/graph_type_check.hpp"
#include "graph/sorted_batches.hpp"
#include "graph/transaction_impl.hpp"
#include "storage/value_codec.hpp"

namespace geode::graph {
namespace {

constexpr std::uint64_t kMaximumEdges = std::uint64_t{1} << 32;

// Properties of an edge between sorting and writing, column by column: a tag, then
//   0            nothing: null
//   ValueType    i64 of an integer-like value or boolean, bits of a double
//   kString      size u32, bytes
//   kOther       size u32, the value codec
constexpr std::uint8_t kNullTag = 0;
constexpr std::uint8_t kStringTag = static_cast<std::uint8_t>(ValueType::kString);
constexpr std::uint8_t kFloatTag = static_cast<std::uint8_t>(ValueType::kFloat64);
constexpr std::uint8_t kOtherTag = 0xff;

void append_number(std::string& out, std::uint8_t tag, std::uint64_t bits) {
  char bytes[9];
  bytes[0] = static_cast<char>(tag);
  base::store_le(bytes + 1, bits);
  out.append(bytes, sizeof bytes);
}

SortedRuns::Options sort_options(std::uint64_t memory_bytes, const std::string& directory,
                                 bool rows, bool second_ascends, bool own_thread,
                                 const std::function<void()>& poll) {
  SortedRuns::Options out;
  // The edges sorted one way are still there while they are added to be sorted the other way.
  out.memory_bytes = memory_bytes / 2;
  out.directory = directory;
  out.rows = rows;
  out.second_ascends = second_ascends;
  out.own_thread = own_thread;
  out.poll = poll;
  return out;
}

}  // namespace

void BulkEdges::Ends::add(std::uint64_t node) {
  const std::size_t extent = node >> kExtentBits;
  if (extent >= extents.size()) extents.resize(extent + 1, 0);
  if (extents[extent] == 0) {
    extents[extent] = 1;
    ++extent_count;
  }
}

double BulkEdges::Ends::mean_degree(std::uint64_t edges, std::uint32_t least,
                                    std::uint32_t greatest) const {
  if (edges == 0) return 0;
  const std::uint64_t nodes =
      std::min<std::uint64_t>(extent_count * kExtentRows, std::uint64_t{greatest} - least + 1);
  return static_cast<double>(edges) / static_cast<double>(nodes);
}

BulkEdges::BulkEdges(GraphTransaction& txn, GraphId graph, std::string_view label,
                     std::span<const std::string> keys, const BulkLoadOptions& options)
    : txn_(txn),
      graph_(graph),
      label_(label),
      keys_(intern_keys(txn, keys)),
      memory_bytes_(options.memory_bytes),
      directory_(options.temporary_directory),
      workers_(options.workers),
      poll_(options.poll),
      edges_(std::in_place,
             sort_options(memory_bytes_, directory_, !keys.empty(), false, workers_ > 1, poll_)) {}

void BulkEdges::encode_row(std::span<const value::Vector> columns, std::uint32_t row) {
  row_.clear();
  for (const value::Vector& column : columns) {
    if (column.is_null(row)) {
      row_.push_back(static_cast<char>(kNullTag));
    } else if (column.physical() == value::Physical::kInt64) {
      append_number(row_, static_cast<std::uint8_t>(ValueType::kInt64),
                    static_cast<std::uint64_t>(column.at<std::int64_t>(row)));
    } else if (column.physical() == value::Physical::kFloat64) {
      append_number(row_, kFloatTag, std::bit_cast<std::uint64_t>(column.at<double>(row)));
    } else if (column.physical() == value::Physical::kString) {
      const auto text = column.at<std::string_view>(row);
      row_.push_back(static_cast<char>(kStringTag));
      base::append_le(row_, static_cast<std::uint32_t>(text.size()));
      row_.append(text);
    } else {
      const Value value = column.get(row);
      std::int64_t integer = 0;
      if (value.is_null()) {
        row_.push_back(static_cast<char>(kNullTag));
      } else if (to_integer(value, integer)) {
        append_number(row_, static_cast<std::uint8_t>(value.type()),
                      static_cast<std::uint64_t>(integer));
      } else {
        row_.push_back(static_cast<char>(kOtherTag));
        const std::size_t size_at = row_.size();
        base::append_le(row_, std::uint32_t{0});
        storage::encode_value(value, row_);
        base::store_le(row_.data() + size_at,
                       static_cast<std::uint32_t>(row_.size() - size_at - 4));
      }
    }
  }
}

void BulkEdges::decode_row(std::string_view row, BulkColumns& columns) {
  const char* at = row.data();
  const char* const end = at + row.size();
  for (std::size_t column = 1; at < end; ++column) {
    const auto tag = static_cast<std::uint8_t>(*at++);
    if (tag == kNullTag) continue;
    if (tag == kStringTag || tag == kOtherTag) {
      const auto size = base::load_le<std::uint32_t>(at);
      const std::string_view bytes(at + 4, size);
      at += 4 + size;
      if (tag == kStringTag) {
        columns.set_string(column, bytes);
      } else {
        columns.set_value(column, storage::decode_value(storage::as_bytes(bytes)));
      }
      continue;
    }
    const auto bits = base::load_le<std::uint64_t>(at);
    at += 8;
    if (tag == kFloatTag) {
      columns.set_float(column, std::bit_cast<double>(bits));
    } else {
      columns.set_integer(column, static_cast<ValueType>(tag), static_cast<std::int64_t>(bits));
    }
  }
}

void BulkEdges::add(const NodeId* sources, const NodeId* targets,
                    std::span<const value::Vector> columns, std::uint32_t rows) {
  if (const auto label = txn_.catalog().find_edge_label(graph_, label_)) {
    check_rows(txn_, *label, keys_, columns, rows);
  }
  if (const catalog::GraphType* type = txn_.impl().graph_type(graph_)) {
    const EdgeLabelId label = txn_.intern_edge_label(graph_, label_);
    for (std::uint32_t row = 0; row < rows; ++row) {
      check_edge(txn_.catalog(), *type, label, txn_.labels(sources[row]), txn_.labels(targets[row]),
                 properties_of_row(keys_, columns, row));
    }
  }
  for (std::uint32_t row = 0; row < rows; ++row) {
    sources_.add(raw(sources[row]));
    targets_.add(raw(targets[row]));
    const auto source = static_cast<std::uint32_t>(raw(sources[row]));
    const auto target = static_cast<std::uint32_t>(raw(targets[row]));
    if (columns.empty()) {
      edges_->add(source, target, 0u);
    } else {
      encode_row(columns, row);
      edges_->add(source, target, row_);
    }
  }
}

void BulkEdges::finish() {
  WriteState& write = *txn_.impl().write;
  const std::uint64_t count = edges_->size();
  edges_->sort();

  // What waits in memory is written first; readers of this transaction then see it as stored.
  write.flush();
  write.adjacency.discard();
  const auto shift = [&](const Ends& ends, std::uint32_t least, std::uint32_t greatest) {
    return choose_chunk_shift(ends.mean_degree(count, least, greatest));
  };
  const std::uint32_t out_shift = shift(sources_, edges_->least_first(), edges_->greatest_first());
  const std::uint32_t in_shift = shift(targets_, edges_->least_second(), edges_->greatest_second());
  const bool known = write.catalog.catalog().find_edge_label(graph_, label_).has_value();
  const EdgeLabelId label = write.catalog.intern_edge_label(graph_, label_, out_shift, in_shift);
  write.changed = true;
  if (count == 0) return;
  EdgeStatistics& out_statistics = write.statistics.edge(Direction::kOut, label);
  const std::uint64_t first_edge = out_statistics.next_edge;
  const bool fresh = first_edge == 0;
  if (known && fresh) write.catalog.set_chunk_shift(label, out_shift, in_shift);
  if (first_edge + count > kMaximumEdges) {
    throw Error(status::kLimitExceeded,
                "an edge label has at most 4294967296 edges, counting deleted ones");
  }
  const catalog::StoredCatalog& catalog = write.catalog.catalog();

  std::vector<PropertyKeyId> columns_keys{kSourceColumn};
  columns_keys.insert(columns_keys.end(), keys_.begin(), keys_.end());
  BulkColumns columns(write, ElementKind::kEdge, keys::number(label), columns_keys, first_edge);
  std::uint64_t loops = 0;
  // Another thread may read what is sorted and sort it by target, while this one, to whom the
  // transaction belongs, writes; who asks to be polled is polled by this one.
  const bool own_thread = workers_ > 1;
  SortedRuns by_target(sort_options(memory_bytes_, directory_, false, true, own_thread,
                                    own_thread ? std::function<void()>() : poll_));
  {
    auto next_number = static_cast<std::uint32_t>(first_edge);
    SortedBatches::Options reading;
    reading.rows = !keys_.empty();
    reading.own_thread = own_thread;
    reading.each = [&](const SortedBatches::Batch& batch) {
      for (const SortedRuns::Triple& edge : batch.triples) {
        by_target.add(edge.second, edge.first, next_number++);
      }
    };
    reading.at_end = [&] {
      edges_.reset();
      by_target.sort();
    };
    SortedBatches sorted(*edges_, std::move(reading));
    BulkAdjacency out(write, label, Direction::kOut, catalog.chunk_shift(label, false), fresh);
    auto number = static_cast<std::uint32_t>(first_edge);
    while (const SortedBatches::Batch* batch = sorted.next()) {
      poll();
      for (std::size_t i = 0; i < batch->triples.size(); ++i) {
        const SortedRuns::Triple& edge = batch->triples[i];
        out.add(edge.first, edge.second, number++);
        if (edge.first == edge.second) ++loops;
        columns.set_integer(0, ValueType::kInt64, edge.first);
        if (!keys_.empty()) decode_row(batch->row(i), columns);
        columns.end_row();
      }
    }
    out.finish();
  }
  columns.finish();
  {
    SortedBatches::Options reading;
    reading.own_thread = own_thread;
    SortedBatches sorted(by_target, std::move(reading));
    BulkAdjacency in(write, label, Direction::kIn, catalog.chunk_shift(label, true), fresh);
    while (const SortedBatches::Batch* batch = sorted.next()) {
      poll();
      for (const SortedRuns::Triple& edge : batch->triples) {
        in.add(edge.first, edge.second, edge.third);
      }
    }
    in.finish();
  }

  out_statistics.next_edge += count;
  out_statistics.count += count;
  out_statistics.loops += loops;
  write.statistics.edge(Direction::kIn, label).count += count;
  write.statistics.graph(graph_).edges += count;
  Changes& changes = txn_.impl().changes;
  changes.edges_created += count;
  changes.properties_set += columns.value_count() - count;  // the source is not a property
}

}  // namespace geode::graph
