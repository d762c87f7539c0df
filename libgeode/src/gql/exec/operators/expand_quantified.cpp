#include "gql/exec/operators/expand_quantified.hpp"

#include <algorithm>

#include "gql/exec/operators/select_paths.hpp"

namespace geode::gql::exec {

using value::edge_value;

namespace {
/// Lists are charged for in parts of this size.
constexpr std::uint64_t kChargedAtOnce = 64 << 10;
}  // namespace

ExpandQuantifiedOperator::ExpandQuantifiedOperator(OperatorPtr input, ColumnSources sources,
                                                   const plan::ExpandQuantified& expand,
                                                   Columns columns, std::optional<Evaluator> count,
                                                   std::unique_ptr<EdgeHops> edge_hops,
                                                   std::unique_ptr<SegmentHops> segment_hops)
    : out_(std::move(sources)),
      columns_(std::move(columns)),
      limits_{expand.minimum, expand.maximum, expand.mode, expand.different_edges},
      kind_(expand.kind),
      search_(expand.search),
      count_(expand.count),
      count_parameter_(std::move(count)),
      undirected_(!plan::is_one_way(expand.direction)),
      reversed_(expand.reversed),
      repeated_(!expand.segment || expand.segment->repeated),
      edge_hops_(std::move(edge_hops)),
      segment_hops_(std::move(segment_hops)) {
  add_input(std::move(input));
  lists_.resize(1 + columns_.groups.size());
}

HopSource& ExpandQuantifiedOperator::hops() const {
  if (segment_hops_) return *segment_hops_;
  return *edge_hops_;
}

void ExpandQuantifiedOperator::open(ExecutionContext& context) {
  Operator::open(context);
  in_ = nullptr;
  position_ = 0;
  active_ = false;
  for (std::vector<Value>& list : lists_) list.clear();
  list_bytes_ = 0;
  charge_ = base::MemoryCharge(context.memory);
  if (count_parameter_) count_ = path_count(*count_parameter_, context);
  if (segment_hops_) segment_hops_->open(context);
  if (edge_hops_) edge_hops_->open(context);
}

bool ExpandQuantifiedOperator::next_row() {
  while (position_ < in_->row_count()) {
    std::uint32_t row = in_->rows()[position_++];
    if (!node_at(in_->columns[columns_.from], row, source_)) continue;
    target_.reset();
    if (columns_.into >= 0) {
      NodeId target{};
      if (!node_at(in_->columns[columns_.into], row, target)) continue;
      target_ = target;
    }
    if (edge_hops_) edge_hops_->set_row(*in_, row);
    if (segment_hops_) segment_hops_->set_row(*in_, row);
    begin_source();
    return true;
  }
  return false;
}

void ExpandQuantifiedOperator::begin_source() {
  std::uint64_t node_limit = context_->graph->node_id_limit();
  const base::Interrupt& interrupt = *context_->interrupt;
  found_position_ = 0;
  switch (kind_) {
    case plan::PathKind::kEnumerate:
      enumeration_.start(hops(), source_, limits_);
      return;
    case plan::PathKind::kReach:
      reach(hops(), source_, limits_, undirected_, marks_, node_limit, interrupt, reached_);
      if (target_) {
        bool there = std::find(reached_.begin(), reached_.end(), *target_) != reached_.end();
        reached_.clear();
        if (there) reached_.push_back(*target_);
      }
      return;
    case plan::PathKind::kShortest:
      if (target_ && *target_ != source_ && search_ == ast::PathSearch::kAnyShortest &&
          limits_.minimum <= 1 && edge_hops_) {
        found_.clear();
        if (auto path = shortest_between(hops(), source_, *target_, limits_, marks_, other_marks_,
                                         node_limit, interrupt)) {
          found_.push_back(std::move(*path));
        }
        return;
      }
      shortest_paths(hops(), source_, target_, limits_, search_, count_, undirected_, marks_,
                     node_limit, interrupt, found_);
      return;
  }
}

bool ExpandQuantifiedOperator::next_path() {
  switch (kind_) {
    case plan::PathKind::kEnumerate:
      if (!enumeration_.next(target_, *context_->interrupt)) return false;
      path_ = &enumeration_.hops();
      end_ = enumeration_.end();
      return true;
    case plan::PathKind::kReach:
      if (found_position_ == reached_.size()) return false;
      end_ = reached_[found_position_++];
      return true;
    case plan::PathKind::kShortest:
      if (found_position_ == found_.size()) return false;
      path_ = &found_[found_position_++];
      end_ = path_->empty() ? source_ : path_->back().to;
      return true;
  }
  return false;
}

void ExpandQuantifiedOperator::keep(std::size_t list, Value value) {
  list_bytes_ += sizeof(Value) + value.heap_bytes();
  if (list_bytes_ >= charge_.bytes() + kChargedAtOnce) charge_.set(list_bytes_);
  lists_[list].push_back(std::move(value));
}

void ExpandQuantifiedOperator::emit() {
  if (columns_.edges >= 0) {
    std::vector<value::EdgeRef> edges;
    for (const Hop& hop : *path_) hops().edges(hop, edges);
    if (reversed_) std::reverse(edges.begin(), edges.end());
    List list;
    list.reserve(edges.size());
    for (const value::EdgeRef& edge : edges) list.push_back(edge_value(edge));
    keep(0, Value(std::move(list)));
  }
  for (std::size_t i = 0; i < columns_.groups.size(); ++i) {
    if (columns_.groups[i] < 0) continue;
    if (!repeated_) {
      keep(i + 1, segment_hops_->part(path_->front()).inner[i]);
      continue;
    }
    List list;
    for (const Hop& hop : *path_) {
      const Value& value = segment_hops_->part(hop).inner[i];
      if (!value.is_null()) list.push_back(value);
    }
    if (reversed_) std::reverse(list.begin(), list.end());
    keep(i + 1, Value(std::move(list)));
  }
}

Batch* ExpandQuantifiedOperator::next() {
  context_->interrupt->check();
  while (true) {
    out_.begin();
    NodeId* to = nullptr;
    if (columns_.to >= 0) {
      out_.column(columns_.to).reset(value::Physical::kNode);
      to = out_.column(columns_.to).mutable_data<NodeId>();
    }
    for (std::vector<Value>& list : lists_) list.clear();
    list_bytes_ = 0;
    charge_.clear();
    while (in_ && !out_.full()) {
      if (!active_ && !(active_ = next_row())) break;
      if (!next_path()) {
        active_ = false;
        continue;
      }
      if (to) to[out_.size()] = end_;
      emit();
      out_.add(in_->rows()[position_ - 1]);
    }
    if (out_.size() > 0) {
      if (columns_.edges >= 0) out_.column(columns_.edges).assign(lists_[0]);
      for (std::size_t i = 0; i < columns_.groups.size(); ++i) {
        if (columns_.groups[i] >= 0) out_.column(columns_.groups[i]).assign(lists_[i + 1]);
      }
      return out_.finish(*in_);
    }
    out_.release();
    in_ = input().pull();
    position_ = 0;
    if (!in_) return nullptr;
  }
}

}  // namespace geode::gql::exec
