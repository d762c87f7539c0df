#include <algorithm>
#include <string>
#include <vector>

#include "graph/transaction_impl.hpp"

namespace geode::graph {
namespace {

/// Reads one graph batch by batch and inserts it into another, row by row: what is loaded in whole
/// chunks is not seen by the transaction that loads it.
class GraphCopy {
 public:
  GraphCopy(GraphTransaction& txn, GraphId from, GraphId to)
      : txn_(txn), from_(from), to_(to), new_ids_(txn.node_id_limit()) {}

  void run() {
    each_batch([&](std::span<const NodeId> nodes) {
      for (const NodeId node : nodes) {
        std::vector<LabelId> labels;
        for (const LabelId label : txn_.labels(node)) labels.push_back(same_label(label));
        new_ids_[raw(node)] = txn_.insert_node(to_, labels, txn_.node_properties(node));
      }
    });
    // A copy: the labels of the new graph are added while those of the old one are walked.
    const auto labels = txn_.catalog().edge_labels(from_);
    for (const EdgeLabelId label : std::vector<EdgeLabelId>(labels.begin(), labels.end())) {
      const std::string name = txn_.catalog().edge_label_name(label);
      const EdgeLabelId same = txn_.intern_edge_label(to_, name, txn_.catalog().is_directed(label));
      each_batch([&](std::span<const NodeId> nodes) { copy_edges(label, same, nodes); });
    }
  }

 private:
  LabelId same_label(LabelId label) {
    const auto known = std::find_if(labels_.begin(), labels_.end(),
                                    [&](const auto& pair) { return pair.first == label; });
    if (known != labels_.end()) return known->second;
    const std::string name = txn_.catalog().label_name(label);
    return labels_.emplace_back(label, txn_.intern_label(to_, name)).second;
  }

  void copy_edges(EdgeLabelId label, EdgeLabelId same, std::span<const NodeId> nodes) {
    // Gathered first: neighbours are not to be looked at between changes.
    std::vector<value::EdgeRef> edges;
    const Adjacency& adjacency = txn_.adjacency(label, Direction::kOut);
    for (const NodeId node : nodes) {
      const Neighbours all = adjacency.neighbours(node);
      for (std::uint32_t i = 0; i < all.size; ++i) {
        edges.push_back(
            {make_edge_id(keys::number(label), all.edge_number(i)), node, NodeId{all.nodes[i]}});
      }
    }
    for (const value::EdgeRef& edge : edges) {
      txn_.insert_edge(new_ids_[raw(edge.source)], new_ids_[raw(edge.target)], same,
                       txn_.edge_properties(edge.id));
    }
  }

  template <class Use>
  void each_batch(Use use) {
    std::vector<NodeId> nodes(value::kBatchRows);
    for (NodeId from{0};;) {
      const std::uint32_t n = txn_.scan_nodes(from_, from, nodes.data(), value::kBatchRows);
      use(std::span<const NodeId>(nodes.data(), n));
      if (n < value::kBatchRows) return;
      from = NodeId{raw(nodes[n - 1]) + 1};
    }
  }

  GraphTransaction& txn_;
  const GraphId from_, to_;
  std::vector<NodeId> new_ids_;  // by node of the graph that is read
  std::vector<std::pair<LabelId, LabelId>> labels_;
};

}  // namespace

void GraphTransaction::copy_graph(GraphId from, GraphId to) {
  WriteState& write = impl_->writer();
  const LogWriter::Change change(write.log);
  if (change.noted()) write.log.copy_graph(from, to);
  GraphCopy(*this, from, to).run();
}

}  // namespace geode::graph
