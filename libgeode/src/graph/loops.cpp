#include "graph/loops.hpp"

#include <algorithm>
#include <array>

#include "graph/transaction_impl.hpp"

namespace geode::graph {

namespace {

constexpr std::uint32_t kLists = 512;

std::vector<Loop> look_for_loops(const Adjacency& adjacency, std::uint64_t nodes) {
  std::vector<Loop> loops;
  std::array<Neighbours, kLists> lists;
  for (std::uint64_t first = 0; first < nodes; first += kLists) {
    const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(kLists, nodes - first));
    adjacency.lists(NodeId{first}, count, lists.data());
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto node = static_cast<std::uint32_t>(first + i);
      const auto range = std::equal_range(lists[i].nodes, lists[i].nodes + lists[i].size, node);
      if (range.first != range.second)
        loops.push_back({node, static_cast<std::uint32_t>(range.second - range.first)});
    }
  }
  return loops;
}

}  // namespace

std::vector<Loop> find_loops(GraphTransaction& transaction, EdgeLabelId label) {
  if (transaction.loop_count(label) == 0) return {};
  GraphTransaction::Impl& impl = transaction.impl();
  const auto look = [&] {
    return look_for_loops(transaction.adjacency(label, Direction::kOut),
                          transaction.node_id_limit());
  };
  if (impl.write != nullptr) return look();
  return impl.snapshot->adjacency(*impl.read_txn, label, Direction::kOut, true)->loops(look);
}

}  // namespace geode::graph
