#include "gql/exec/operators/hop_sources.hpp"

#include <algorithm>
#include <unordered_map>

#include "value/compare.hpp"
#include "value/hash.hpp"

namespace geode::gql::exec {

using value::EdgeRef;
using value::Physical;

EdgeHops::EdgeHops(std::vector<catalog::EdgeLabelId> labels, plan::ExpandDirection direction,
                   std::vector<Evaluator> conditions, std::vector<int> outer_columns)
    : labels_(std::move(labels)),
      direction_(direction),
      conditions_(std::move(conditions)),
      outer_columns_(std::move(outer_columns)) {
  inner_.columns.resize(outer_columns_.size() + 1);
}

void EdgeHops::open(ExecutionContext& context) {
  forward_ = edge_sides(*context.graph, labels_, direction_);
  backward_ = edge_sides(*context.graph, labels_, plan::reversed(direction_));
  for (Evaluator& condition : conditions_) condition.open(context);
}

void EdgeHops::set_row(const Batch& batch, std::uint32_t row) {
  batch_ = &batch;
  row_ = row;
}

void EdgeHops::hops(NodeId from, bool backward, std::vector<Hop>& out) {
  std::size_t begin = out.size();
  for (const EdgeSide& side : backward ? backward_ : forward_) {
    graph::Neighbours list = side.adjacency->neighbours(from);
    auto label = static_cast<std::uint32_t>(side.adjacency->label());
    for (std::uint32_t i = 0; i < list.size; ++i) {
      NodeId to{list.nodes[i]};
      if (side.skip_loops && to == from) continue;
      EdgeId id = make_edge_id(label, list.edge_number(i));
      out.push_back({side.edge(id, from, to), to, 0});
    }
  }
  if (!conditions_.empty()) filter(out, begin);
}

std::uint64_t EdgeHops::hop_count(NodeId from, bool backward) const {
  std::uint64_t count = 0;
  for (const EdgeSide& side : backward ? backward_ : forward_)
    count += side.adjacency->degree(from);
  return count;
}

void EdgeHops::filter(std::vector<Hop>& hops, std::size_t begin) {
  std::size_t to = begin;
  for (std::size_t at = begin; at < hops.size(); at += kBatchRows) {
    std::uint32_t count =
        static_cast<std::uint32_t>(std::min<std::size_t>(kBatchRows, hops.size() - at));
    rows_.assign(count, row_);
    for (std::size_t i = 0; i < outer_columns_.size(); ++i) {
      inner_.columns[i].set_dictionary(batch_->columns[outer_columns_[i]], rows_);
    }
    inner_.columns.back().reset(Physical::kEdge);
    EdgeRef* edges = inner_.columns.back().mutable_data<EdgeRef>();
    for (std::uint32_t i = 0; i < count; ++i) edges[i] = hops[at + i].edge;
    inner_.size = count;
    kept_.assign(identity_rows(count).begin(), identity_rows(count).end());
    std::vector<std::uint32_t> passed;
    for (Evaluator& condition : conditions_) {
      passed.clear();
      condition.filter(inner_, kept_, passed);
      kept_.swap(passed);
    }
    for (std::uint32_t i : kept_) hops[to++] = hops[at + i];
  }
  hops.resize(to);
}

SegmentHops::SegmentHops(std::vector<Branch> branches, bool distinct, bool reversed)
    : branches_(std::move(branches)),
      distinct_(distinct && branches_.size() > 1),
      reversed_(reversed) {
  for (Branch& branch : branches_) {
    branch.start.columns.resize(branch.outer_columns.size() + 1);
    branch.start.size = 1;
  }
}

void SegmentHops::open(ExecutionContext& context) {
  context_ = &context;
  charge_ = base::MemoryCharge(context.memory);
  forget(0);
}

void SegmentHops::set_row(const Batch& batch, std::uint32_t row) {
  batch_ = &batch;
  row_ = row;
  forget(0);
}

void SegmentHops::forget(std::size_t mark) {
  parts_.resize(mark);
  charge_.set(held_bytes());
}

void SegmentHops::hops(NodeId from, bool, std::vector<Hop>& out) {
  const std::size_t begin = out.size();
  for (Branch& branch : branches_) append(branch, from, out);
  if (distinct_) remove_duplicates(out, begin);
}

/// Of a part without what it holds: it, the blocks of its vectors, and its hop, whose vector grows
/// by as much again.
constexpr std::uint64_t kBlockBytes = 16;
constexpr std::uint64_t kPartBytes = sizeof(SegmentHops::Part) + 3 * kBlockBytes + 2 * sizeof(Hop);

void SegmentHops::append(Branch& branch, NodeId from, std::vector<Hop>& out) {
  for (std::size_t i = 0; i < branch.outer_columns.size(); ++i) {
    branch.start.columns[i].set_dictionary(batch_->columns[branch.outer_columns[i]], {&row_, 1});
  }
  branch.start.columns.back().set_constant(Value::node_reference(from));
  branch.subplan->start(*context_, branch.start, identity_rows(1));
  const std::vector<bound::PathExport>& exports = branch.segment->exports;
  while (Batch* batch = branch.subplan->next()) {
    context_->interrupt->check();
    for (std::uint32_t row : batch->rows()) {
      Hop hop;
      if (!node_at(batch->columns[branch.to_column], row, hop.to)) continue;
      hop.detail = static_cast<std::uint32_t>(parts_.size());
      Part part;
      part.branch = branch.index;
      for (int column : branch.edge_columns) {
        EdgeRef edge;
        if (edge_at(batch->columns[column], row, edge)) {
          part.edges.push_back(edge);
          continue;
        }
        const Value list = batch->columns[column].get(row);
        for (const Value& element : list.as_list()) {
          const Edge& e = element.as_edge();
          part.edges.push_back({e.id, e.source, e.target});
        }
      }
      // Walked from its end, a segment is handed out in the order of the walk.
      if (reversed_) std::reverse(part.edges.begin(), part.edges.end());
      for (std::size_t i = 0; i < exports.size(); ++i) {
        const int column = branch.inner_columns[i];
        Value value = column < 0 ? Value() : batch->columns[column].get(row);
        if (exports[i].list && exports[i].sources[branch.index].wrapped && !value.is_null()) {
          value = Value(List{std::move(value)});
        } else if (exports[i].list && value.is_null() && !branch.segment->repeated) {
          value = Value(List{});
        }
        part.inner.push_back(std::move(value));
      }
      std::uint64_t bytes = held_bytes() + kPartBytes + part.edges.size() * sizeof(EdgeRef);
      for (const Value& value : part.inner) bytes += sizeof(Value) + value.heap_bytes();
      part.bytes_so_far = bytes;
      parts_.push_back(std::move(part));
      out.push_back(hop);
    }
    charge_.set(held_bytes());
  }
}

void SegmentHops::remove_duplicates(std::vector<Hop>& hops, std::size_t begin) const {
  const auto hash_of = [this](const Hop& hop) {
    const Part& part = parts_[hop.detail];
    std::uint64_t hash = value::hash_node(hop.to);
    for (const EdgeRef& edge : part.edges)
      hash = value::combine_hash(hash, value::hash_edge(edge.id));
    for (const Value& value : part.inner) hash = value::combine_hash(hash, value::hash(value));
    return hash;
  };
  const auto same = [this](const Hop& a, const Hop& b) {
    const Part& p = parts_[a.detail];
    const Part& q = parts_[b.detail];
    return p.branch != q.branch && a.to == b.to &&
           std::equal(p.edges.begin(), p.edges.end(), q.edges.begin(), q.edges.end(),
                      [](const EdgeRef& x, const EdgeRef& y) { return x.id == y.id; }) &&
           std::equal(p.inner.begin(), p.inner.end(), q.inner.begin(),
                      [](const Value& x, const Value& y) { return value::same(x, y); });
  };
  std::unordered_multimap<std::uint64_t, std::size_t> seen;
  std::size_t to = begin;
  for (std::size_t at = begin; at < hops.size(); ++at) {
    const std::uint64_t hash = hash_of(hops[at]);
    const auto [first, last] = seen.equal_range(hash);
    if (std::any_of(first, last,
                    [&](const auto& entry) { return same(hops[entry.second], hops[at]); })) {
      continue;
    }
    hops[to] = hops[at];
    seen.emplace(hash, to++);
  }
  hops.resize(to);
}

void SegmentHops::edges(const Hop& hop, std::vector<EdgeRef>& out) const {
  const Part& part = parts_[hop.detail];
  out.insert(out.end(), part.edges.begin(), part.edges.end());
}

}  // namespace geode::gql::exec
