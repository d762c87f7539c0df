#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "graph/column_directory.hpp"
#include "graph/delta/row_delta.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/snapshot.hpp"

namespace geode::graph {

/// Rows of nodes, or of the edges of one label, that a write transaction has changed.
class ChangedRows {
 public:
  void add(std::uint64_t id) {
    const std::size_t chunk = id >> kExtentBits;
    if (chunk >= chunks_.size()) chunks_.resize(chunk + 1);
    if (chunks_[chunk] == nullptr) chunks_[chunk] = std::make_unique<Bits>();
    (*chunks_[chunk])[(id & (kExtentRows - 1)) >> 6] |= std::uint64_t{1} << (id & 63);
  }
  bool contains(std::uint64_t id) const {
    const std::size_t chunk = id >> kExtentBits;
    return chunk < chunks_.size() && chunks_[chunk] != nullptr &&
           ((*chunks_[chunk])[(id & (kExtentRows - 1)) >> 6] >> (id & 63) & 1) != 0;
  }
  /// Any row of this chunk?
  bool any(std::uint32_t chunk) const {
    return chunk < chunks_.size() && chunks_[chunk] != nullptr;
  }

 private:
  using Bits = std::array<std::uint64_t, kExtentRows / 64>;
  std::vector<std::unique_ptr<Bits>> chunks_;
};

/// A column in a snapshot and, in a write transaction, with the rows changed by it.
class GraphColumn final : public Column {
 public:
  /// `base`: the column in the snapshot, or null when that does not know it. `writer` and `changed`
  /// are null in read transactions.
  GraphColumn(const storage::Transaction& txn, std::shared_ptr<ColumnDirectory> base,
              const storage::Transaction* writer, const ChangedRows* changed, ElementKind kind,
              std::uint32_t label, PropertyKeyId key)
      : txn_(txn),
        base_(std::move(base)),
        writer_(writer),
        changed_(changed),
        kind_(kind),
        label_(label),
        key_(key) {}

  void read(const std::uint64_t* ids, std::uint32_t n, value::Vector& out) const override;
  void read_range(std::uint64_t first, std::uint32_t n, value::Vector& out) const override;
  Value get(std::uint64_t id) const override;
  /// As keep_passing(), of this column.
  bool keep_passing(std::uint64_t first, std::uint32_t n, const ValueTest& test,
                    std::uint8_t* mask) const;
  bool keep_passing(const std::uint64_t* ids, std::uint32_t n, const ValueTest& test,
                    std::uint8_t* mask) const;
  /// Whether the element has the property, without reading it.
  bool has(std::uint64_t id) const { return !get(id).is_null(); }

 private:
  class Filler;
  struct Pieces;
  /// Chunk `chunk` of the snapshot, of which some `rows` are to be read; null when it is not there,
  /// or not worth keeping as a view for so few.
  const ColumnView* view_of(std::uint64_t chunk, std::uint32_t rows) const;
  /// The pieces of elements [first, first + n), n <= kBatchRows; false when there are none, or no
  /// view of some chunk.
  bool split(std::uint64_t first, std::uint32_t n, Pieces& pieces) const;
  /// Reads integers of rows that lie in chunk after chunk, as far as it is that easy; gives how
  /// many.
  std::uint32_t read_scattered_integers(const std::uint64_t* ids, std::uint32_t n,
                                        std::int64_t* out) const;
  /// Rows of chunks of coded strings as a coded vector; false when they are something else.
  bool read_coded(const std::uint64_t* ids, std::uint32_t n, value::Vector& out) const;
  /// False, and nothing done, when some row has no value, or chunks hold values of different kinds.
  bool read_dense_range(std::uint64_t first, std::uint32_t n, value::Vector& out) const;
  /// Rows ids[0..n) of one chunk into out from `at` on.
  void read_run(const std::uint64_t* ids, std::uint32_t n, std::uint32_t at, bool consecutive,
                Filler& out) const;

  const storage::Transaction& txn_;
  std::shared_ptr<ColumnDirectory> base_;
  const storage::Transaction* writer_;
  const ChangedRows* changed_;
  const ElementKind kind_;
  const std::uint32_t label_;
  const PropertyKeyId key_;
};

}  // namespace geode::graph
