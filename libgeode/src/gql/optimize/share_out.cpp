#include "gql/optimize/share_out.hpp"

#include <algorithm>
#include <vector>

namespace geode::gql::optimize {

using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

/// So many rows may be the first ones of a range: more are not worth finding twice.
constexpr std::int64_t kMostFirstRows = 1024;
/// Ranges that each thread is to have, so that one with more work than others does not decide.
constexpr std::uint64_t kRangesEach = 2;
/// Edges that an operator looks at for a row of which it makes one, roughly.
constexpr double kRowsCounted = 16;

class Sharing {
 public:
  Sharing(const graph::GraphTransaction& graph, std::size_t workers, std::uint64_t morsel_nodes)
      : graph_(graph), workers_(workers), morsel_nodes_(morsel_nodes) {}

  /// A plan is deeper than a stack may be.
  void share(LogicalOp& root) const {
    std::vector<LogicalOp*> left{&root};
    while (!left.empty()) {
      LogicalOp& op = *left.back();
      left.pop_back();
      if (share_at(op)) continue;
      if (is_step(op)) {
        // The rest of a pipeline begins as the whole does.
        LogicalOp* below = &op;
        while (is_step(*below)) below = below->inputs[0].get();
        left.push_back(below);
        continue;
      }
      for (LogicalOpPtr& input : op.inputs) {
        left.push_back(input.get());
        // What runs for the rows of the first input.
        if (runs_by_row(op)) break;
      }
    }
  }

 private:
  bool share_at(LogicalOp& op) const {
    if (auto* aggregate = std::get_if<plan::Aggregate>(&op.node))
      return is_mergeable(*aggregate) && share_pipeline(*op.inputs[0], aggregate->sharing);
    if (auto* distinct = std::get_if<plan::Distinct>(&op.node))
      return share_pipeline(*op.inputs[0], distinct->sharing);
    if (auto* sort = std::get_if<plan::Sort>(&op.node))
      return is_short(*sort) && share_pipeline(*op.inputs[0], sort->sharing);
    if (auto* count = std::get_if<plan::CountWalks>(&op.node)) {
      const std::uint64_t nodes = graph_.node_id_limit();
      count->sharing = {workers_for(nodes, static_cast<double>(nodes)), morsel_nodes_};
      return true;
    }
    plan::Sharing sharing;
    if (!is_step(op) || is_bare(op) || !share_pipeline(op, sharing)) return false;
    gather(op, sharing);
    return true;
  }

  static bool runs_by_row(const LogicalOp& op) {
    return std::holds_alternative<plan::Apply>(op.node) ||
           std::holds_alternative<plan::Foreach>(op.node) ||
           std::holds_alternative<plan::Merge>(op.node);
  }

  /// Looks at one row of its input at a time.
  static bool is_step(const LogicalOp& op) {
    return std::visit(
        [](const auto& node) {
          using T = std::decay_t<decltype(node)>;
          return std::is_same_v<T, plan::Expand> || std::is_same_v<T, plan::EdgeEnds> ||
                 std::is_same_v<T, plan::ExpandQuantified> || std::is_same_v<T, plan::Filter> ||
                 std::is_same_v<T, plan::DifferentEdges> || std::is_same_v<T, plan::Compute> ||
                 std::is_same_v<T, plan::Select> || std::is_same_v<T, plan::Unwind> ||
                 std::is_same_v<T, plan::Intersect> || std::is_same_v<T, plan::CountExpand> ||
                 std::is_same_v<T, plan::CountIntersect> || std::is_same_v<T, plan::IndexSeek> ||
                 std::is_same_v<T, plan::NodeScan>;
        },
        op.node);
  }

  /// A scan alone gives nodes faster than one thread takes them from another.
  static bool is_bare(const LogicalOp& op) {
    const LogicalOp* below = &op;
    while (std::holds_alternative<plan::Select>(below->node)) below = below->inputs[0].get();
    return std::holds_alternative<plan::NodeScan>(below->node);
  }

  /// The scan that a pipeline begins with, and the most rows that an operator of it looks at; null
  /// when it begins otherwise.
  static plan::NodeScan* scan_of(LogicalOp& op, double& rows) {
    LogicalOp* below = &op;
    while (is_step(*below) || std::holds_alternative<plan::WhenPresent>(below->node)) {
      LogicalOp& input = *below->inputs[0];
      const bool counts = std::holds_alternative<plan::CountIntersect>(below->node) ||
                          std::holds_alternative<plan::ExpandQuantified>(below->node);
      rows = std::max(rows, counts ? input.rows * kRowsCounted : below->rows);
      if (std::holds_alternative<plan::Argument>(input.node))
        return std::get_if<plan::NodeScan>(&below->node);
      below = &input;
    }
    return nullptr;
  }

  bool share_pipeline(LogicalOp& op, plan::Sharing& sharing) const {
    double rows = 0;
    plan::NodeScan* scan = scan_of(op, rows);
    if (scan == nullptr || scan->empty) return false;
    const std::uint64_t nodes =
        scan->label ? graph_.node_count(*scan->label) : graph_.node_count(scan->graph);
    const std::size_t workers = workers_for(nodes, rows);
    if (workers == 1) return false;
    scan->by_morsels = true;
    // As many nodes as make the rows that would be worth a thread if each made one.
    const double rows_each = std::max(1.0, rows / static_cast<double>(nodes));
    sharing.workers = workers;
    sharing.least_nodes = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(static_cast<double>(morsel_nodes_) / rows_each));
    sharing.label = scan->label;
    return true;
  }

  std::size_t workers_for(std::uint64_t nodes, double rows) const {
    const double ranges = std::max(rows, static_cast<double>(nodes)) /
                          static_cast<double>(morsel_nodes_) / kRangesEach;
    const std::uint64_t most = std::min<std::uint64_t>(workers_, nodes / kRangesEach);
    return static_cast<std::size_t>(
        std::clamp(ranges, 1.0, std::max(1.0, static_cast<double>(most))));
  }

  static bool is_mergeable(const plan::Aggregate& aggregate) {
    return std::all_of(aggregate.aggregates.begin(), aggregate.aggregates.end(),
                       [](const auto& call) {
                         const AggregateFunction& function = *call.second->aggregate;
                         return function.combine && !function.in_order && !function.maker &&
                                !call.second->distinct;
                       });
  }

  /// Of offset and limit, both must be short numbers in the text.
  static bool is_short(const plan::Sort& sort) {
    const auto is_few = [](const bound::ExpressionPtr& rows) {
      return rows->kind == bound::ExpressionKind::kLiteral &&
             rows->literal.type() == ValueType::kInt64 &&
             rows->literal.unchecked_int64() <= kMostFirstRows;
    };
    return sort.limit && is_few(sort.limit) && (!sort.offset || is_few(sort.offset));
  }

  static void gather(LogicalOp& op, const plan::Sharing& sharing) {
    auto pipeline = std::make_unique<LogicalOp>();
    pipeline->node = std::move(op.node);
    pipeline->inputs = std::move(op.inputs);
    pipeline->outputs = op.outputs;
    pipeline->rows = op.rows;
    op.node = plan::Gather{sharing};
    op.inputs.clear();
    op.inputs.push_back(std::move(pipeline));
  }

  const graph::GraphTransaction& graph_;
  const std::size_t workers_;
  const std::uint64_t morsel_nodes_;
};

}  // namespace

void share_out(LogicalOp& root, const graph::GraphTransaction& graph, std::size_t workers,
               std::uint64_t morsel_nodes) {
  if (workers > 1 && !plan::modifies(root)) Sharing(graph, workers, morsel_nodes).share(root);
}

}  // namespace geode::gql::optimize
