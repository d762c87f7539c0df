#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph_transaction.hpp"
#include "transfer/key_map.hpp"
#include "transfer/record_reader.hpp"

namespace geode::transfer {

/// Finds the nodes of one label by the values of one property: those of the files being imported,
/// and those the database had before, by an index when it has one.
class NodeKeys {
 public:
  /// Reads the nodes that are there already unless an index finds them.
  NodeKeys(const graph::GraphTransaction& txn, catalog::GraphId graph, std::string label,
           std::string key, const std::function<void()>& poll);

  const std::string& label() const { return label_; }
  const std::string& key() const { return key_; }

  /// Whether a node has the value of row `row`. Not for nulls.
  bool contains(const value::Vector& column, std::uint32_t row);
  /// A value that several nodes have finds none of them.
  void insert(const value::Vector& column, std::uint32_t row, std::uint32_t node);
  /// No node is inserted any more.
  void freeze() { map_.freeze(); }

  /// Whether several threads may call find() at once: once frozen, unless an index is asked, too.
  bool many_may_find() const { return !index_.has_value(); }
  /// A node id, KeyMap::kNone or KeyMap::kSeveral.
  std::uint32_t find(const KeyField& field) {
    if (field.is_text && !index_) {
      // Most keys are small numbers, and those that are texts are found the long way.
      if (const auto number = parse_short_integer(field.text)) {
        const std::uint32_t node = map_.find(std::int64_t{*number});
        if (node != KeyMap::kNone) return node;
      }
    }
    return find_any(field);
  }

 private:
  /// For values that are neither integers nor texts: their index key, behind a byte no text begins
  /// with.
  static std::string encoded(const Value& value);
  std::uint32_t find_any(const KeyField& field);
  std::uint32_t find_in_map(const Value& value) const;
  std::uint32_t find_stored(const Value& value);
  std::uint32_t find_value(const Value& value);
  void insert(const Value& value, std::uint32_t node);
  void read_stored(const std::function<void()>& poll);
  void note_type(const Value& value);

  const graph::GraphTransaction& txn_;
  const std::string label_, key_;
  KeyMap map_;
  std::optional<graph::IndexId> index_;
  graph::LabelId label_id_{};
  graph::PropertyKeyId key_id_{};
  std::vector<FieldType> other_types_;  // of values that are neither integers nor texts
  std::vector<NodeId> found_;
};

}  // namespace geode::transfer
