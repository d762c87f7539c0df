#include "transfer/node_blocks.hpp"

namespace geode::transfer {
namespace {

/// Blocks that may be read before the caller takes them, for each thread.
constexpr std::uint64_t kAhead = 2;

}  // namespace

void NodeBlocks::Batch::clear(const RecordReader& reader, const std::vector<std::size_t>& order) {
  rows = 0;
  columns.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    columns[i].reset(physical_of(reader.type(order[i])));
  }
}

NodeBlocks::NodeBlocks(const RecordReader& reader, const std::vector<std::size_t>& order,
                       std::uint32_t threads)
    : order_(order),
      parts_(reader),
      jobs_(parts_.count(), threads, kAhead * threads,
            [this](std::uint64_t index) { return read(index); }) {}

std::unique_ptr<NodeBlocks::Block> NodeBlocks::read(std::uint64_t index) const {
  auto block = std::make_unique<Block>();
  const FileParts::Part part = parts_.open(index);
  block->begin = part.begin;
  block->end = part.end;
  for (;;) {
    const RowStatus status = part.reader->next();
    if (status == RowStatus::kEnd) break;
    if (status == RowStatus::kBad) return block;
    if (block->batches.empty() || block->batches.back().rows == value::kBatchRows) {
      block->batches.emplace_back().clear(*part.reader, order_);
    }
    Batch& batch = block->batches.back();
    for (std::size_t i = 0; i < order_.size(); ++i) {
      if (!part.reader->read(order_[i], batch.columns[i], batch.rows)) return block;
    }
    ++batch.rows;
  }
  block->lines = part.reader->position()->line - 1;
  block->good = true;
  return block;
}

}  // namespace geode::transfer
