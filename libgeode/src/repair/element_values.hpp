#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/chunk/column_chunk.hpp"
#include "graph/delta/row_delta.hpp"
#include "graph/held_bytes.hpp"
#include "graph/keys.hpp"
#include "repair/pieces.hpp"

namespace geode::repair {

/// The property values of nodes, or of the edges of one label, as far as they can be read. Meant
/// for ids that mostly ascend.
class ElementValues {
 public:
  ElementValues(const Pieces& pieces, Losses& losses, graph::ElementKind kind, std::uint32_t label,
                std::string name);

  /// The property keys that some element may have.
  const std::vector<graph::PropertyKeyId>& keys() const { return keys_; }
  /// get() is about this element from now on.
  void begin(std::uint64_t id);
  /// Null where there is none, or none that can be trusted: what is missing is told once.
  Value get(graph::PropertyKeyId key);
  /// Whether the partial row of the element may be lost, so that what columns say may be outdated.
  bool outdated() const { return outdated_; }

 private:
  struct Chunk {
    std::uint32_t number = UINT32_MAX;
    graph::HeldBytes bytes;
    graph::ColumnView view;  // empty: there is none
  };
  void find_keys();
  void lost(graph::PropertyKeyId key, std::string what);
  void begin_chunk(std::uint32_t number);
  const graph::ColumnView& chunk(graph::PropertyKeyId key);
  std::string chunk_text(graph::PropertyKeyId key) const;

  const Pieces& pieces_;
  Losses& losses_;
  const graph::ElementKind kind_;
  const std::uint32_t label_;
  const std::string name_;
  std::vector<graph::PropertyKeyId> keys_;
  std::map<graph::PropertyKeyId, Chunk> chunks_;
  std::uint64_t id_ = 0;
  std::uint32_t chunk_ = UINT32_MAX;
  bool rows_may_miss_ = false;  // in this chunk
  bool outdated_ = false;
  std::optional<ByteView> row_;
  std::map<graph::PropertyKeyId, ByteView> fields_;
  bool deleted_ = false;
  std::set<std::pair<graph::PropertyKeyId, std::uint32_t>> told_;  // property, chunk
};

}  // namespace geode::repair
