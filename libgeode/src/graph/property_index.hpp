#pragma once

#include <span>
#include <string>
#include <vector>

#include <geode/error.hpp>
#include <geode/value.hpp>
#include "catalog/catalog.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::graph {

struct WriteState;

/// The entry of a node in an index: index:u32 big-endian, then the index key of its values
/// (storage/key_codec).
///
/// A node whose first key is null is in no index. In a unique index a node with another null key is
/// never the same as another node, so its id follows the key.
struct IndexKey {
  std::string bytes;
  bool cut = false;     ///< the values were too long: entries of equal keys must be compared
  bool indexed = true;  ///< false: there is no entry
};
IndexKey make_index_key(const catalog::IndexDefinition& index, std::span<const Value> values,
                        NodeId node);
/// What every key of the index begins with.
std::string index_prefix(IndexId index);

/// Error 22X10 that names label, properties and values.
Error unique_violation(const catalog::Catalog& catalog, const catalog::IndexDefinition& index,
                       std::span<const Value> values);

/// Keeps the indexes in step with the changes of one write transaction.
class PropertyIndexes {
 public:
  explicit PropertyIndexes(GraphTransaction& txn);

  void insert_node(NodeId node, std::span<const LabelId> labels, const Properties& properties);
  void erase_node(NodeId node, std::span<const LabelId> labels, const Properties& properties);
  /// Before the property is changed.
  void change_property(NodeId node, PropertyKeyId key, const Value& old, const Value& value);
  /// The node has (still has) the label.
  void add_label(NodeId node, LabelId label);
  void remove_label(NodeId node, LabelId label);
  /// Fills a new index from the nodes that are there. Throws 22X10 when a unique one cannot be.
  void build(const catalog::IndexDefinition& index);
  void erase_all(const catalog::IndexDefinition& index);

 private:
  void insert(const catalog::IndexDefinition& index, std::span<const Value> values, NodeId node);
  void erase(const catalog::IndexDefinition& index, std::span<const Value> values, NodeId node);
  std::vector<Value> read_values(const catalog::IndexDefinition& index, NodeId node) const;

  GraphTransaction& txn_;
  const catalog::Catalog& catalog_;
};

}  // namespace geode::graph
