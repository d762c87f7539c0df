#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <geode/result.hpp>
#include <geode/session.hpp>
#include <geode/value.hpp>

namespace geode {
inline namespace v1 {

/// Which edges of a node; those without a direction belong to each.
enum class EdgeDirection : std::uint8_t { kOut, kIn, kBoth };

using PropertyList = std::vector<std::pair<std::string, Value>>;

/// A neighbour as Transaction::for_each_neighbour gives it.
struct Neighbour {
  EdgeId edge{};
  NodeId node{};
  bool outgoing = true;
};

/// A transaction of the graph API: a snapshot, or the one writer. Rolls back unless commit() was
/// called.
///
/// A writing transaction must be used and ended on the thread that began it; another thread gets
/// Error 25000. Queries run in it by execute().
class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();

  bool read_only() const;
  /// The graph that names, inserts, counts and queries are about from now on, `name` or
  /// `/schema/name`; before that it is the home graph. Throws Error 42002 when there is none.
  void use_graph(std::string_view path);

  NodeId insert_node(const std::vector<std::string>& labels, const PropertyList& properties = {});
  /// Without a direction, the edge is met from both of its ends alike.
  EdgeId insert_edge(NodeId source, NodeId target, std::string_view label,
                     const PropertyList& properties = {}, bool directed = true);
  bool set_property(NodeId node, std::string_view key, const Value& value);
  bool set_property(EdgeId edge, std::string_view key, const Value& value);
  bool remove_property(NodeId node, std::string_view key) {
    return set_property(node, key, Value());
  }
  bool add_label(NodeId node, std::string_view label);
  bool remove_label(NodeId node, std::string_view label);
  /// Throws G1001 when the node has edges and detach is false.
  bool delete_node(NodeId node, bool detach = false);
  bool delete_edge(EdgeId edge);

  bool exists(NodeId node) const;
  Node node(NodeId id) const;
  std::optional<Edge> edge(EdgeId id) const;
  Value property(NodeId node, std::string_view key) const;
  Value property(EdgeId edge, std::string_view key) const;
  std::uint64_t count_nodes(std::string_view label = {}) const;
  std::uint64_t count_edges(std::string_view label = {}) const;
  /// Nodes with `label` whose property `key` equals `value`; by an index when there is one.
  std::vector<NodeId> find_nodes(std::string_view label, std::string_view key,
                                 const Value& value) const;
  /// Visits live nodes with `label` (all when empty) until `visit` gives false.
  void for_each_node(std::string_view label, const std::function<bool(NodeId)>& visit) const;
  /// Visits edges of `node` with `label` (all when empty) until `visit` gives false.
  void for_each_neighbour(NodeId node, EdgeDirection direction, std::string_view label,
                          const std::function<bool(const Neighbour&)>& visit) const;

  /// A query or update inside this transaction.
  Result execute(std::string_view text, const Parameters& parameters = {},
                 const StatementOptions& options = {});

  void savepoint(std::string name);
  void rollback_to(std::string_view name);
  void release(std::string_view name);

  /// On disk when it returns.
  void commit();
  void rollback();

  struct Impl;
  explicit Transaction(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace v1
}  // namespace geode
