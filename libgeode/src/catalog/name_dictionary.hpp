#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/catalog.hpp"

namespace geode::catalog {

/// Names of one kind, each of one graph, and their dense numbers, which are given in order of first
/// use and never change. Instantiated for LabelId, EdgeLabelId and PropertyKeyId.
template <class Id>
class NameDictionary {
 public:
  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }
  std::optional<Id> find(GraphId graph, std::string_view name) const;
  const std::string& name(Id id) const;
  /// kNoGraph when the graph was dropped.
  GraphId graph(Id id) const;
  /// The names of a graph, ascending.
  std::span<const Id> of_graph(GraphId graph) const;
  /// `graph` may be kNoGraph, for a number that is not used again.
  Id add(GraphId graph, std::string_view name);
  /// Another number for a name that is there; find() gives the first.
  Id add_again(GraphId graph, std::string_view name);
  void forget(GraphId graph);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Entry {
    GraphId graph;
    std::string name;
  };
  struct OfGraph {
    std::unordered_map<std::string, Id, Hash, std::equal_to<>> ids;
    std::vector<Id> in_order;
  };
  const Entry& entry(Id id) const;

  std::vector<Entry> entries_;
  std::map<GraphId, OfGraph> graphs_;
};

}  // namespace geode::catalog
