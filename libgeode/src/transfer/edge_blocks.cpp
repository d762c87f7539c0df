#include "transfer/edge_blocks.hpp"

#include <utility>

namespace geode::transfer {
namespace {

/// Blocks that may be read before the caller takes them, for each thread.
constexpr std::uint64_t kAhead = 2;

}  // namespace

bool EdgeBlocks::fits(const RecordReader& reader, const EdgeColumns& columns) {
  return FileParts::fits(reader) && columns.from_keys->many_may_find() &&
         columns.to_keys->many_may_find();
}

EdgeBlocks::EdgeBlocks(const RecordReader& reader, const EdgeColumns& columns,
                       const graph::BulkLoader& loader, std::uint32_t threads)
    : columns_(columns),
      loader_(loader),
      checked_(loader.edges_are_checked()),
      parts_(reader),
      jobs_(parts_.count(), threads, kAhead * threads,
            [this](std::uint64_t index) { return read(index); }) {}

std::unique_ptr<EdgeBlocks::Block> EdgeBlocks::read(std::uint64_t index) const {
  auto block = std::make_unique<Block>();
  FileParts::Part part = parts_.open(index);
  RecordReader* const reader = part.reader.get();
  block->begin = part.begin;
  block->end = part.end;
  graph::EdgeGatherer gatherer = loader_.edge_gatherer();
  EdgeRows rows;
  rows.clear(*reader, columns_);
  const auto end_batch = [&] {
    block->rows += rows.rows;
    if (checked_) {
      block->batches.push_back(std::move(rows));
      rows = EdgeRows();
    } else {
      gatherer.add(rows.sources.data(), rows.targets.data(), rows.properties, rows.rows);
    }
    rows.clear(*reader, columns_);
  };
  EdgeProblem problem;
  for (;;) {
    const RowStatus status = reader->next();
    if (status == RowStatus::kEnd) break;
    if (status == RowStatus::kBad || !take_edge(*reader, columns_, rows, problem)) return block;
    if (rows.full()) end_batch();
  }
  end_batch();
  if (!checked_) block->edges = gatherer.take();
  block->lines = reader->position()->line - 1;
  block->good = true;
  return block;
}

}  // namespace geode::transfer
