#include "gql/exec/operators/scan.hpp"

#include <algorithm>
#include <cmath>

#include "gql/exec/list_members.hpp"
#include "gql/exec/parallel/morsels.hpp"

namespace geode::gql::exec {

NodeScanOperator::NodeScanOperator(OperatorPtr input, ColumnSources sources, int node_column,
                                   catalog::GraphId graph, std::optional<catalog::LabelId> label,
                                   bool empty, bool by_morsels)
    : out_(std::move(sources)),
      node_column_(node_column),
      graph_(graph),
      label_(label),
      empty_(empty),
      by_morsels_(by_morsels) {
  add_input(std::move(input));
}

void NodeScanOperator::open(ExecutionContext& context) {
  Operator::open(context);
  in_ = nullptr;
  position_ = 0;
  from_ = end_ = NodeId{0};
}

namespace {

/// Ids of a scan ascend, so that the ends of a run tell.
void mark_run(value::Vector& nodes, std::uint32_t count) {
  const NodeId* ids = nodes.data<NodeId>();
  if (raw(ids[count - 1]) - raw(ids[0]) == count - 1) nodes.set_consecutive();
}

}  // namespace

/// A batch is of one morsel.
Batch* NodeScanOperator::next_of_morsels() {
  if (!in_) in_ = input().pull();
  if (!in_) return nullptr;
  while (true) {
    if (from_ >= end_) {
      Morsels::Range range;
      if (!context_->morsels->next(range)) return nullptr;
      from_ = NodeId{range.begin};
      end_ = NodeId{range.end};
      context_->morsel = range.number;
    }
    out_.begin();
    value::Vector& nodes = node_column_ >= 0 ? out_.column(node_column_) : unread_;
    nodes.reset(value::Physical::kNode);
    NodeId* to = nodes.mutable_data<NodeId>();
    const auto capacity =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(kBatchRows, raw(end_) - raw(from_)));
    std::uint32_t count = scan(from_, to, capacity);
    const std::uint32_t found = count;
    while (count > 0 && to[count - 1] >= end_) --count;
    from_ = found == capacity && count == found ? NodeId{raw(to[count - 1]) + 1} : end_;
    if (count == 0) continue;
    mark_run(nodes, count);
    out_.add(in_->rows()[0], count);
    return out_.finish(*in_);
  }
}

Batch* NodeScanOperator::next() {
  if (empty_) return nullptr;
  context_->interrupt->check();
  if (by_morsels_ && context_->morsels != nullptr) return next_of_morsels();
  while (true) {
    if (!in_ || position_ == in_->row_count()) {
      out_.release();
      in_ = input().pull();
      position_ = 0;
      from_ = NodeId{0};
      if (!in_) return nullptr;
    }
    out_.begin();
    value::Vector& nodes = node_column_ >= 0 ? out_.column(node_column_) : unread_;
    nodes.reset(value::Physical::kNode);
    NodeId* to = nodes.mutable_data<NodeId>();
    // Several input rows share one output batch when the scan is short.
    while (!out_.full() && position_ < in_->row_count()) {
      std::uint32_t count = scan(from_, to + out_.size(), out_.room());
      std::uint32_t before = out_.size();
      if (count > 0) {
        from_ = NodeId{raw(to[before + count - 1]) + 1};
        out_.add(in_->rows()[position_], count);
      }
      if (!out_.full()) {
        ++position_;
        from_ = NodeId{0};
      }
    }
    if (out_.size() == 0) continue;
    if (in_->row_count() == 1) mark_run(nodes, out_.size());
    return out_.finish(*in_);
  }
}

IndexSeekOperator::IndexSeekOperator(OperatorPtr input, ColumnSources sources, int node_column,
                                     catalog::IndexId index, Bounds bounds)
    : out_(std::move(sources)),
      node_column_(node_column),
      index_(index),
      bounds_(std::move(bounds)) {
  add_input(std::move(input));
}

void IndexSeekOperator::open(ExecutionContext& context) {
  Operator::open(context);
  in_ = nullptr;
  position_ = 0;
  found_.clear();
  found_position_ = 0;
  for (Evaluator& key : bounds_.equal) key.open(context);
  if (bounds_.among) bounds_.among->open(context);
  if (bounds_.low) bounds_.low->open(context);
  if (bounds_.high) bounds_.high->open(context);
}

namespace {

/// Neither null nor NaN equals anything; the index would find them.
bool equals_nothing(const Value& key) {
  return key.is_null() ||
         (key.type() == ValueType::kFloat64 && std::isnan(key.unchecked_float64()));
}

}  // namespace

/// For a list that is long, all nodes of the label: the condition above looks at each of them.
void IndexSeekOperator::seek_among(const Value& list) {
  constexpr std::uint64_t kNodesForAnElement = 4;
  graph::GraphTransaction& graph = *context_->graph;
  if (list.is_null()) return;
  if (list.type() != ValueType::kList) throw_no_list(list, bounds_.among->expression().position);
  if (list.as_list().size() > graph.node_count(bounds_.label) / kNodesForAnElement) {
    NodeId from{0};
    std::size_t before = 0;
    do {
      before = found_.size();
      found_.resize(before + kBatchRows);
      found_.resize(before +
                    graph.scan_nodes(bounds_.label, from, found_.data() + before, kBatchRows));
      if (found_.size() > before) from = NodeId{raw(found_.back()) + 1};
      context_->interrupt->check();
    } while (found_.size() > before);
    return;
  }
  for (const Value& key : list.as_list()) {
    if (equals_nothing(key)) continue;
    graph.seek_equal(index_, {&key, 1}, found_);
    context_->interrupt->check();
  }
  std::sort(found_.begin(), found_.end());
  found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
}

void IndexSeekOperator::seek(std::uint32_t row) {
  found_.clear();
  found_position_ = 0;
  auto value_of = [&](Evaluator& evaluator) {
    return evaluator.evaluate(*in_, {&row, 1}).get(row);
  };
  if (!bounds_.equal.empty()) {
    keys_.clear();
    for (Evaluator& key : bounds_.equal) {
      keys_.push_back(value_of(key));
      if (equals_nothing(keys_.back())) return;
    }
    context_->graph->seek_equal(index_, keys_, found_);
    return;
  }
  if (bounds_.among) return seek_among(value_of(*bounds_.among));
  graph::IndexRange range;
  if (bounds_.low) range.low = value_of(*bounds_.low);
  if (bounds_.high) range.high = value_of(*bounds_.high);
  if ((range.low && range.low->is_null()) || (range.high && range.high->is_null())) return;
  range.low_inclusive = bounds_.low_inclusive;
  range.high_inclusive = bounds_.high_inclusive;
  context_->graph->seek_range(index_, range, found_);
}

Batch* IndexSeekOperator::next() {
  context_->interrupt->check();
  while (true) {
    if (!in_ || (position_ == in_->row_count() && found_position_ == found_.size())) {
      out_.release();
      in_ = input().pull();
      position_ = 0;
      found_.clear();
      found_position_ = 0;
      if (!in_) return nullptr;
    }
    out_.begin();
    value::Vector& nodes = node_column_ >= 0 ? out_.column(node_column_) : unread_;
    nodes.reset(value::Physical::kNode);
    NodeId* to = nodes.mutable_data<NodeId>();
    while (!out_.full()) {
      if (found_position_ == found_.size()) {
        if (position_ == in_->row_count()) break;
        seek(in_->rows()[position_++]);
        continue;
      }
      std::uint32_t count = static_cast<std::uint32_t>(
          std::min<std::size_t>(out_.room(), found_.size() - found_position_));
      std::copy_n(found_.begin() + found_position_, count, to + out_.size());
      out_.add(in_->rows()[position_ - 1], count);
      found_position_ += count;
    }
    if (out_.size() > 0) return out_.finish(*in_);
  }
}

}  // namespace geode::gql::exec
