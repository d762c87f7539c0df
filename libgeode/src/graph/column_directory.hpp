#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "graph/chunk/column_chunk.hpp"
#include "graph/held_bytes.hpp"
#include "graph/keys.hpp"

namespace geode::graph {

/// Views of the chunks of one column, filled on demand. Shared as AdjacencyDirectory is; chunks
/// with partial rows are merged with them on the heap, as a chunk of the same format.
class ColumnDirectory {
 public:
  ColumnDirectory(ElementKind kind, std::uint32_t label, PropertyKeyId key, std::uint32_t chunks,
                  std::uint64_t last_change, const ColumnDirectory* previous);

  std::uint64_t last_change() const { return last_change_; }
  std::uint32_t chunk_count() const { return chunks_; }
  /// Null while it is not filled. An empty view: no row has a value.
  const ColumnView* find(std::uint32_t chunk) const {
    return entries_[chunk].view.load(std::memory_order_acquire);
  }
  /// Fills the entry, unless the chunk has partial rows and few rows were asked for so far, or
  /// another thread is merging them: then null, and read() gives the row.
  const ColumnView* resolve(const storage::Transaction& txn, std::uint32_t chunk,
                            std::uint32_t wanted_rows);
  /// One value of a chunk that resolve() gave no view of.
  Value read(const storage::Transaction& txn, std::uint64_t id) const;
  /// The value of a row whose chunk says it is stored on its own.
  Value read_long(const storage::Transaction& txn, std::uint64_t id) const;

 private:
  struct Entry {
    std::atomic<const ColumnView*> view{nullptr};
    std::atomic<const ColumnView*> base{nullptr};  ///< without the partial rows
    std::atomic<std::uint32_t> touches{0};
  };
  struct Merged {
    std::uint64_t last_change = 0;
    std::vector<std::uint64_t> bytes;
    ColumnView view;
  };
  /// With the mutex held.
  const ColumnView& fill_base(const storage::Transaction& txn, std::uint32_t chunk);
  std::shared_ptr<const Merged> merge(const storage::Transaction& txn, std::uint32_t chunk,
                                      const ColumnView& base, std::uint64_t rows_changed) const;

  const ElementKind kind_;
  const std::uint32_t label_;
  const PropertyKeyId key_;
  const std::uint32_t chunks_;
  const std::uint64_t last_change_;
  std::unique_ptr<Entry[]> entries_;
  std::mutex mutex_;
  std::vector<HeldBytes> held_;
  std::vector<std::unique_ptr<const ColumnView>> views_;
  std::map<std::uint32_t, std::shared_ptr<const Merged>> merged_;
};

}  // namespace geode::graph
