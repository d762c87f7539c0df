#include "catalog/name_dictionary.hpp"

#include <utility>

#include <geode/error.hpp>

namespace geode::catalog {

template <class Id>
std::optional<Id> NameDictionary<Id>::find(GraphId graph, std::string_view name) const {
  const auto of_graph = graphs_.find(graph);
  if (of_graph == graphs_.end()) return std::nullopt;
  const auto found = of_graph->second.ids.find(name);
  if (found == of_graph->second.ids.end()) return std::nullopt;
  return found->second;
}

template <class Id>
const typename NameDictionary<Id>::Entry& NameDictionary<Id>::entry(Id id) const {
  const auto number = static_cast<std::uint32_t>(id);
  if (number >= entries_.size()) {
    throw Error(status::kInternal, "no name has the number " + std::to_string(number));
  }
  return entries_[number];
}

template <class Id>
const std::string& NameDictionary<Id>::name(Id id) const {
  return entry(id).name;
}

template <class Id>
GraphId NameDictionary<Id>::graph(Id id) const {
  return entry(id).graph;
}

template <class Id>
std::span<const Id> NameDictionary<Id>::of_graph(GraphId graph) const {
  const auto found = graphs_.find(graph);
  if (found == graphs_.end()) return {};
  return found->second.in_order;
}

template <class Id>
Id NameDictionary<Id>::add(GraphId graph, std::string_view name) {
  std::string own(name);  // `name` may be one of the entries, which move
  const Id id = add_again(graph, own);
  if (graph != kNoGraph) graphs_[graph].ids.emplace(std::move(own), id);
  return id;
}

template <class Id>
Id NameDictionary<Id>::add_again(GraphId graph, std::string_view name) {
  const Id id{size()};
  entries_.push_back({graph, std::string(name)});
  if (graph != kNoGraph) graphs_[graph].in_order.push_back(id);
  return id;
}

template <class Id>
void NameDictionary<Id>::forget(GraphId graph) {
  for (const Id id : of_graph(graph)) entries_[static_cast<std::uint32_t>(id)].graph = kNoGraph;
  graphs_.erase(graph);
}

template class NameDictionary<LabelId>;
template class NameDictionary<EdgeLabelId>;
template class NameDictionary<PropertyKeyId>;

}  // namespace geode::catalog
