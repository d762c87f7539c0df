#include "graph/bulk_edges.hpp"

#include <algorithm>

#include <geode/error.hpp>
#include "base/ordered_jobs.hpp"
#include "graph/bulk_nodes.hpp"
#include "graph/constraint_check.hpp"
#include "graph/graph_type_check.hpp"
#include "graph/transaction_impl.hpp"

namespace geode::graph {
namespace {

constexpr std::uint64_t kMaximumEdges = std::uint64_t{1} << 32;
/// Rows that come one batch at a time are made into blocks of about this size.
constexpr std::uint64_t kBlockBytes = std::uint64_t{1} << 20;
/// What one thread sorts at once: so few that they stay in the cache, and so many that few rows
/// stand in column chunks of two parts.
constexpr std::uint64_t kPartEdges = std::uint64_t{1} << 17;

/// The change log notes the keys with the edges.
std::vector<PropertyKeyId> intern_silently(GraphTransaction& txn,
                                           std::span<const std::string> names) {
  const LogWriter::Change change(txn.impl().write->log);
  return intern_keys(txn, names);
}

}  // namespace

BulkEdges::BulkEdges(GraphTransaction& txn, GraphId graph, std::string_view label,
                     std::span<const std::string> keys, const BulkLoadOptions& options)
    : txn_(txn),
      graph_(graph),
      label_(label),
      keys_(intern_silently(txn, keys)),
      memory_bytes_(options.memory_bytes),
      directory_(options.temporary_directory),
      workers_(options.workers),
      poll_(options.poll),
      ranges_(keys.empty() ? EdgeRanges::Form::kPlain : EdgeRanges::Form::kRows,
              txn.impl().write->header.extents),
      edges_(std::in_place, ranges_, store_options()),
      rows_(ranges_) {
  LogWriter& log = txn.impl().write->log;
  if (const LogWriter::Change change(log); change.noted()) log.begin_edges(graph, label, keys);
}

EdgeStore::Options BulkEdges::store_options() const {
  EdgeStore::Options out;
  // The edges sorted one way are still there while they are added to be sorted the other way.
  out.memory_bytes = memory_bytes_ / 2;
  out.directory = directory_;
  out.own_thread = workers_ > 1;
  return out;
}

SortedRuns::Options BulkEdges::sort_options(bool rows, bool second_ascends) const {
  SortedRuns::Options out;
  out.memory_bytes = memory_bytes_ / 4;
  out.directory = directory_;
  out.rows = rows;
  out.second_ascends = second_ascends;
  out.poll = poll_;
  return out;
}

bool BulkEdges::checked() const {
  if (txn_.impl().graph_type(graph_) != nullptr) return true;
  const auto label = txn_.catalog().find_edge_label(graph_, label_);
  return label && has_constraint(txn_.catalog(), *label);
}

void BulkEdges::add(const NodeId* sources, const NodeId* targets,
                    std::span<const value::Vector> columns, std::uint32_t rows) {
  const LogWriter::Change change(txn_.impl().write->log);
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
  rows_.add(sources, targets, columns, rows);
  if (rows_.size() >= std::min(kBlockBytes, memory_bytes_ / 4)) take(change, rows_.take());
}

void BulkEdges::add(EdgeBlock block) {
  const LogWriter::Change change(txn_.impl().write->log);
  if (rows_.size() > 0) take(change, rows_.take());
  take(change, std::move(block));
}

void BulkEdges::take(const LogWriter::Change& change, EdgeBlock block) {
  if (change.noted()) txn_.impl().write->log.edge_block(block);
  edges_->add(std::move(block));
}

/// Calls make(part) for the parts of a store, by several threads, and take(part, result) in their
/// order by this one; take_large(part) for those that are not to be held in memory.
template <class Part, class Make, class Take, class TakeLarge>
void BulkEdges::each_part(const EdgeStore& store, Make make, Take take, TakeLarge take_large) {
  const std::vector<EdgePart> parts = make_parts(store, kPartEdges, memory_bytes_ / 16);
  const std::uint32_t threads = workers_ > 1 ? workers_ : 0;
  base::OrderedJobs<Part> jobs(parts.size(), threads, threads + 1, [&](std::uint64_t index) {
    return parts[index].large ? std::make_unique<Part>() : make(parts[index]);
  });
  for (const EdgePart& part : parts) {
    const std::unique_ptr<Part> made = jobs.next();
    poll();
    txn_.impl().write->txn.write_out();
    if (part.large) {
      take_large(part);
    } else {
      take(part, *made);
    }
  }
}

void BulkEdges::write_sources(WriteState& write, const EdgePlan& plan, EdgeStore& by_target,
                              BulkColumns& columns, ShapeCounts& shapes) {
  StoredChunks stored(write.txn);
  WriteState* const merged = plan.fresh ? nullptr : &write;
  const auto set_row = [&](std::uint32_t source, std::string_view row) {
    columns.set_integer(0, ValueType::kInt64, source);
    if (!row.empty()) read_edge_row(row, columns);
    columns.end_row();
  };
  const auto set_rows = [&](const SourcePart::Rows& rows) {
    const char* at = rows.rows.data();
    for (std::size_t i = 0; i < rows.sources.size(); ++i) {
      set_row(rows.sources[i], {at, rows.sizes[i]});
      at += rows.sizes[i];
    }
  };
  each_part<SourcePart>(
      *edges_, [&](const EdgePart& part) { return make_source_part(*edges_, part, plan); },
      [&](const EdgePart& part, SourcePart& made) {
        made.chunks.store(write.txn);
        if (!plan.fresh) {
          BulkAdjacency out(stored, plan.out, merged);
          auto number = static_cast<std::uint32_t>(plan.first_edge + part.first_number);
          for (const auto& [source, target] : made.edges) out.add(source, target, number++);
          out.finish();
          made.degrees = out.take_degrees();
        }
        shapes.add(made.degrees);
        set_rows(made.head);
        if (made.columns != nullptr) columns.absorb(*made.columns);
        set_rows(made.tail);
        loops_ += made.loops;
        by_target.add(std::move(made.by_target));
      },
      [&](const EdgePart& part) {
        const EdgeRanges::Form form = ranges_.form;
        SortedRuns runs(sort_options(form == EdgeRanges::Form::kRows, false));
        std::string buffer;
        for (std::size_t i = 0; i < edges_->parts(); ++i) {
          for (std::string_view rest = edges_->part(i, part.begin, buffer); !rest.empty();) {
            const EdgeRecord edge = take_record(form, rest);
            if (form == EdgeRanges::Form::kRows) {
              runs.add(edge.first, edge.second, edge.row);
            } else {
              runs.add(edge.first, edge.second, 0u);
            }
          }
        }
        runs.sort();
        BulkAdjacency out(stored, plan.out, merged);
        EdgeGatherer targets(plan.by_target);
        auto number = static_cast<std::uint32_t>(plan.first_edge + part.first_number);
        while (runs.next()) {
          const SortedRuns::Triple& edge = runs.current();
          out.add(edge.first, edge.second, number);
          targets.add(edge.second, edge.first, number++);
          if (edge.first == edge.second) ++loops_;
          set_row(edge.first, form == EdgeRanges::Form::kRows ? runs.row() : std::string_view());
          if (targets.size() < kBlockBytes) continue;
          by_target.add(targets.take());
          poll();
          write.txn.write_out();
        }
        by_target.add(targets.take());
        out.finish();
        shapes.add(out.take_degrees());
      });
}

void BulkEdges::write_targets(WriteState& write, const EdgePlan& plan, const EdgeStore& by_target,
                              ShapeCounts& shapes) {
  StoredChunks stored(write.txn);
  WriteState* const merged = plan.fresh ? nullptr : &write;
  each_part<TargetPart>(
      by_target, [&](const EdgePart& part) { return make_target_part(by_target, part, plan); },
      [&](const EdgePart&, TargetPart& made) {
        made.chunks.store(write.txn);
        if (!plan.fresh) {
          BulkAdjacency in(stored, plan.in, merged);
          for (const EdgeRecord& edge : made.edges) in.add(edge.first, edge.second, edge.number);
          in.finish();
          made.degrees = in.take_degrees();
        }
        shapes.add(made.degrees);
      },
      [&](const EdgePart& part) {
        SortedRuns runs(sort_options(false, true));
        std::string buffer;
        for (std::size_t i = 0; i < by_target.parts(); ++i) {
          for (std::string_view rest = by_target.part(i, part.begin, buffer); !rest.empty();) {
            const EdgeRecord edge = take_record(EdgeRanges::Form::kNumbers, rest);
            runs.add(edge.first, edge.second, edge.number);
          }
        }
        runs.sort();
        BulkAdjacency in(stored, plan.in, merged);
        for (std::uint64_t i = 1; runs.next(); ++i) {
          const SortedRuns::Triple& edge = runs.current();
          in.add(edge.first, edge.second, edge.third);
          if (i % kBlockBytes != 0) continue;
          poll();
          write.txn.write_out();
        }
        in.finish();
        shapes.add(in.take_degrees());
      });
}

void BulkEdges::finish() {
  WriteState& write = *txn_.impl().write;
  const LogWriter::Change change(write.log);
  take(change, rows_.take());
  if (change.noted()) write.log.plain(LogOperation::kEndEdges);
  edges_->seal();
  const std::uint64_t count = edges_->size();

  // What waits in memory is written first; readers of this transaction then see it as stored.
  write.flush();
  write.adjacency.discard();
  const std::uint32_t out_shift = choose_chunk_shift(edges_->firsts().mean_degree(count));
  const std::uint32_t in_shift = choose_chunk_shift(edges_->seconds().mean_degree(count));
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
  const auto place = [&](Direction direction) {
    return BulkAdjacency::Place{
        label, direction, catalog.chunk_shift(label, direction == Direction::kIn), write.lsn()};
  };
  const EdgePlan plan{keys::number(label),
                      write.lsn(),
                      place(Direction::kOut),
                      place(Direction::kIn),
                      fresh,
                      first_edge,
                      columns_keys,
                      EdgeRanges(EdgeRanges::Form::kNumbers, write.header.extents)};
  BulkColumns columns(write, ElementKind::kEdge, plan.label, columns_keys, first_edge);
  EdgeStore by_target(plan.by_target, store_options());
  ShapeCounts sources(write);
  write_sources(write, plan, by_target, columns, sources);
  edges_.reset();
  columns.finish();
  sources.finish(label, Direction::kOut);
  by_target.seal();
  ShapeCounts targets(write);
  write_targets(write, plan, by_target, targets);
  targets.finish(label, Direction::kIn);

  out_statistics.next_edge += count;
  out_statistics.count += count;
  out_statistics.loops += loops_;
  write.statistics.edge(Direction::kIn, label).count += count;
  write.statistics.graph(graph_).edges += count;
  Changes& changes = txn_.impl().changes;
  changes.edges_created += count;
  changes.properties_set += columns.value_count() - count;  // the source is not a property
}

}  // namespace geode::graph
