#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gql/exec/operators/row_store.hpp"
#include "gql/exec/spill/spill_space.hpp"

namespace geode::gql::exec {

/// Rows in a temporary file, in blocks that are small enough to be read back one at a time.
class SpilledRows {
 public:
  struct Block {
    std::uint64_t offset = 0;
    std::uint32_t bytes = 0, rows = 0;
  };
  static constexpr std::uint64_t kBlockBytes = std::uint64_t{128} << 10;

  explicit SpilledRows(SpillSpace& space) : file_(space) {}
  /// Writes the rows, in this order.
  void append(std::span<const value::Vector* const> columns, std::span<const std::uint32_t> rows);
  const std::vector<Block>& blocks() const { return blocks_; }
  /// Makes `columns` (of the right number) the rows of a block.
  void read(const Block& block, std::vector<value::Vector>& columns, std::string& buffer) const;

 private:
  SpillFile file_;
  std::vector<Block> blocks_;
  std::string buffer_;
};

/// Rows in the order they came, read as often as wanted: in memory, or, when they are too many, the
/// first of them in a temporary file.
class RowBuffer {
 public:
  void reset(ExecutionContext& context, std::size_t columns);
  void append(const Batch& batch);
  void append_row(std::span<const value::Vector* const> columns, std::uint32_t row);

  std::uint64_t size() const { return spilled_count_ + store_.size(); }
  std::size_t chunk_count() const { return spilled_blocks() + store_.chunk_count(); }
  std::uint32_t chunk_rows(std::size_t i) const;
  /// Until the next call.
  const std::vector<value::Vector>& chunk(std::size_t i);

 private:
  std::size_t spilled_blocks() const { return spilled_ ? spilled_->blocks().size() : 0; }
  void account();
  void spill();

  ExecutionContext* context_ = nullptr;
  std::size_t columns_ = 0;
  RowStore store_;
  std::unique_ptr<SpilledRows> spilled_;
  std::uint64_t spilled_count_ = 0;
  base::MemoryCharge charge_;
  std::vector<value::Vector> read_;
  std::size_t read_block_ = 0;
  std::string buffer_;
};

}  // namespace geode::gql::exec
