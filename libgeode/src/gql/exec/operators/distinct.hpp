#pragma once

#include <array>
#include <memory>
#include <vector>

#include "gql/exec/spill/spilled_set.hpp"

namespace geode::gql::exec {

/// Nodes, one bit each, in blocks that are made when they are needed.
class NodeSet {
 public:
  void clear() {
    blocks_.clear();
    bytes_ = 0;
  }
  bool contains(NodeId node) const {
    const std::uint64_t block = raw(node) / kBlockNodes;
    return block < blocks_.size() && blocks_[block] &&
           ((*blocks_[block])[word(node)] & bit(node)) != 0;
  }
  /// Whether it was not there.
  bool insert(NodeId node);
  std::uint64_t bytes() const { return bytes_; }

 private:
  static constexpr std::uint64_t kBlockNodes = 32768;
  using Block = std::array<std::uint64_t, kBlockNodes / 64>;
  static std::size_t word(NodeId node) { return raw(node) % kBlockNodes / 64; }
  static std::uint64_t bit(NodeId node) { return std::uint64_t{1} << (raw(node) % 64); }

  std::vector<std::unique_ptr<Block>> blocks_;
  std::uint64_t bytes_ = 0;
};

/// Each row of the given columns once, the first one. Rows are handed out as they come, until there
/// are too many to be held: those that are not among the ones handed out by then are told apart in
/// a temporary file, and follow.
class DistinctOperator final : public Operator {
 public:
  DistinctOperator(OperatorPtr input, std::vector<int> columns);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  Batch* next_in_memory();
  void spill_rest();
  Batch* next_spilled();

  bool was_seen(const std::vector<const value::Vector*>& columns, std::uint32_t row) const;
  std::uint64_t seen_bytes() const { return seen_.bytes() + nodes_.bytes(); }

  std::vector<int> columns_;
  RowSet seen_;
  NodeSet nodes_;  ///< of a single column; its other values are in seen_
  base::MemoryCharge charge_;
  std::vector<std::uint32_t> rows_;

  bool spilling_ = false, spilled_ = false;
  SpilledSet set_;  // of the columns that tell rows apart, then the others
  std::vector<int> order_;
  Batch read_, out_;
};

}  // namespace geode::gql::exec
