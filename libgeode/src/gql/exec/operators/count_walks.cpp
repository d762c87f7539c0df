#include "gql/exec/operators/count_walks.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include "gql/exec/row_filter.hpp"

namespace geode::gql::exec {

namespace {

/// Lists of neighbours asked for at once.
constexpr std::uint32_t kLists = 512;

}  // namespace

void throw_too_many_paths() {
  throw Error(status::kNumberOutOfRange, "the number of paths does not fit into 64 bits");
}

CountWalksOperator::CountWalksOperator(OperatorPtr argument, catalog::GraphId graph,
                                       std::vector<Positions> positions,
                                       std::vector<plan::CountWalks::Step> steps,
                                       StepPairs different, const plan::Sharing& sharing)
    : graph_(graph),
      sharing_(sharing),
      workers_(positions.size()),
      steps_(std::move(steps)),
      different_(std::move(different)) {
  add_input(std::move(argument));
  for (std::size_t i = 0; i < positions.size(); ++i)
    workers_[i].positions = std::move(positions[i]);
  masks_.resize(steps_.size() + 1);
  out_.columns.resize(1);
}

void CountWalksOperator::open(ExecutionContext& context) {
  Operator::open(context);
  done_ = false;
  charge_ = base::MemoryCharge(context.memory);
}

namespace {

void open_conditions(CountWalksOperator::Positions& positions, ExecutionContext& context) {
  for (CountWalksOperator::PositionTest& position : positions) {
    for (Evaluator& condition : position.conditions) condition.open(context);
  }
}

}  // namespace

void CountWalksOperator::begin_workers() {
  at_work_ = 1;
  if (context_->parallel != nullptr) {
    while (at_work_ < workers_.size() && workers_[at_work_].context.begin(*context_, ranges_))
      ++at_work_;
  }
  open_conditions(workers_[0].positions, *context_);
  for (std::size_t i = 1; i < at_work_; ++i) {
    ExecutionContext& context = workers_[i].context.context();
    const graph::GraphTransaction::Use use(*context.graph);
    open_conditions(workers_[i].positions, context);
  }
}

void CountWalksOperator::for_ranges(const std::function<void(const Range&)>& work) {
  if (at_work_ == 1) {
    work({*context_->graph, workers_[0].positions, *context_->interrupt, 0, limit_});
    return;
  }
  share_nodes(sharing_, *context_->graph, ranges_);
  run_workers(*context_->parallel, *context_, at_work_, [&](std::size_t worker) {
    graph::GraphTransaction& graph =
        worker == 0 ? *context_->graph : *workers_[worker].context.context().graph;
    Morsels::Range range;
    try {
      const graph::GraphTransaction::Use use(graph);
      while (ranges_.next(range))
        work({graph, workers_[worker].positions, *context_->interrupt, range.begin, range.end});
    } catch (...) {
      ranges_.finish();
      throw;
    }
  });
}

graph::Direction CountWalksOperator::side(std::size_t step, bool forward) const {
  const bool out = (steps_[step].direction == plan::ExpandDirection::kOut) == forward;
  return out ? graph::Direction::kOut : graph::Direction::kIn;
}

bool CountWalksOperator::ends_have_label(std::size_t step, bool start,
                                         catalog::LabelId label) const {
  const auto& labels = steps_[step].labels;
  return std::all_of(labels.begin(), labels.end(), [&](catalog::EdgeLabelId edge_label) {
    return context_->graph->all_at_label(edge_label, side(step, start), label);
  });
}

bool CountWalksOperator::is_implied(std::size_t position) const {
  const PositionTest& test = workers_[0].positions[position];
  if (!test.conditions.empty()) return false;
  // Edges are within one graph.
  if (!test.label) return true;
  return (position < steps_.size() && ends_have_label(position, true, *test.label)) ||
         (position > 0 && ends_have_label(position - 1, false, *test.label));
}

void CountWalksOperator::mark_passing(const Range& range, std::size_t position, Mask& mask) const {
  PositionTest& test = range.positions[position];
  Batch batch;
  batch.columns.resize(1);
  NodeId from{range.begin};
  RowFilter filter;
  while (raw(from) < range.end) {
    range.interrupt.check();
    batch.columns[0].reset(value::Physical::kNode);
    NodeId* nodes = batch.columns[0].mutable_data<NodeId>();
    const auto room =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(kBatchRows, range.end - raw(from)));
    std::uint32_t count = test.label ? range.graph.scan_nodes(*test.label, from, nodes, room)
                                     : range.graph.scan_nodes(graph_, from, nodes, room);
    while (count > 0 && raw(nodes[count - 1]) >= range.end) --count;
    if (count == 0) break;
    from = NodeId{raw(nodes[count - 1]) + 1};
    batch.size = count;
    // Ids ascend, so that the ends tell.
    if (raw(nodes[count - 1]) - raw(nodes[0]) == count - 1) batch.columns[0].set_consecutive();
    const std::span<const std::uint32_t> left = filter.filter(test.conditions, batch);
    for (std::uint32_t row : left) mask[raw(nodes[row])] = 1;
  }
}

void CountWalksOperator::build_mask(std::size_t position, Mask& mask) {
  const PositionTest& test = workers_[0].positions[position];
  mask.assign(limit_, 0);
  if (test.label && test.conditions.empty()) {
    context_->graph->label_mask(*test.label, mask);
    return;
  }
  for_ranges([&](const Range& range) { mark_passing(range, position, mask); });
}

template <class SumOf>
NodeSums CountWalksOperator::sum_lists(std::size_t step, bool forward, std::size_t position,
                                       SumOf sum_of) {
  NodeSums sums(limit_);
  // Threads write to one vector each its own nodes, as long as 32 bits are enough.
  std::atomic<bool> too_large{false};
  const auto add_range = [&](const Range& range) {
    std::array<graph::Neighbours, kLists> lists;
    for (catalog::EdgeLabelId label : steps_[step].labels) {
      const graph::Adjacency& adjacency = range.graph.adjacency(label, side(step, forward));
      for (std::uint64_t first = range.begin; first < range.end; first += kLists) {
        if (first % (64 * kLists) == 0) range.interrupt.check();
        const auto count =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(kLists, range.end - first));
        adjacency.lists(NodeId{first}, count, lists.data());
        for (std::uint32_t i = 0; i < count; ++i) {
          const std::uint64_t node = first + i;
          if (lists[i].size == 0 || !passes(position, node)) continue;
          std::uint64_t sum = 0;
          if (__builtin_add_overflow(sums[node], sum_of(lists[i]), &sum)) throw_too_many_paths();
          if (at_work_ == 1) {
            sums.set(node, sum);
          } else if (sum >> 32 == 0) {
            sums.narrow()[node] = static_cast<std::uint32_t>(sum);
          } else {
            too_large.store(true, std::memory_order_relaxed);
          }
        }
      }
    }
  };
  for_ranges(add_range);
  if (too_large) {
    const std::size_t at_work = std::exchange(at_work_, 1);
    sums = NodeSums(limit_);
    for_ranges(add_range);
    at_work_ = at_work;
  }
  return sums;
}

NodeSums CountWalksOperator::step_counts(std::size_t step, bool forward, std::size_t ends) {
  const std::size_t from = forward ? ends - 1 : ends + 1;
  if (!masks_[ends].empty()) {
    const Mask& mask = masks_[ends];
    return sum_lists(step, forward, from, [&](const graph::Neighbours& list) {
      std::uint64_t sum = 0;
      for (std::uint32_t i = 0; i < list.size; ++i) sum += mask[list.nodes[i]];
      return sum;
    });
  }
  if (steps_[step].labels.size() == 1) {
    NodeSums sums(limit_);
    for_ranges([&](const Range& range) {
      const std::span<std::uint32_t> degrees =
          std::span(sums.narrow()).subspan(range.begin, range.end - range.begin);
      range.graph.adjacency(steps_[step].labels[0], side(step, forward))
          .degrees(NodeId{range.begin}, degrees);
      if (masks_[from].empty()) return;
      const std::uint8_t* mask = masks_[from].data() + range.begin;
      for (std::size_t i = 0; i < degrees.size(); ++i) degrees[i] *= mask[i];
    });
    return sums;
  }
  return sum_lists(step, forward, from,
                   [](const graph::Neighbours& list) { return std::uint64_t{list.size}; });
}

NodeSums CountWalksOperator::sum_over(std::size_t step, std::size_t position,
                                      const NodeSums& ends) {
  if (ends.is_narrow()) {
    return sum_lists(step, true, position,
                     [values = ends.narrow().data()](const graph::Neighbours& list) {
                       // At most 2^32 neighbours of at most 2^32 each.
                       std::uint64_t sum = 0;
                       for (std::uint32_t i = 0; i < list.size; ++i) sum += values[list.nodes[i]];
                       return sum;
                     });
  }
  return sum_lists(step, true, position,
                   [values = ends.wide().data()](const graph::Neighbours& list) {
                     std::uint64_t sum = 0;
                     for (std::uint32_t i = 0; i < list.size; ++i) {
                       if (__builtin_add_overflow(sum, values[list.nodes[i]], &sum))
                         throw_too_many_paths();
                     }
                     return sum;
                   });
}

/// A chain of one step.
std::uint64_t CountWalksOperator::count_edges() {
  if (masks_[0].empty() && masks_[1].empty()) {
    std::uint64_t edges = 0;
    for (catalog::EdgeLabelId label : steps_[0].labels) edges += context_->graph->edge_count(label);
    return edges;
  }
  const NodeSums sums = step_counts(0, true, 1);
  std::uint64_t total = 0;
  for (std::uint64_t node = 0; node < limit_; ++node) total += passes(0, node) ? sums[node] : 0;
  return total;
}

bool CountWalksOperator::has_plain_degrees(std::size_t step, std::size_t ends) const {
  return masks_[ends].empty() && steps_[step].labels.size() == 1;
}

/// Two steps through nodes, in blocks that stay in the cache.
unsigned __int128 CountWalksOperator::multiply_degrees() {
  constexpr std::uint64_t kBlock = 2048;
  const graph::Adjacency& in = context_->graph->adjacency(steps_[0].labels[0], side(0, false));
  const graph::Adjacency& out = context_->graph->adjacency(steps_[1].labels[0], side(1, true));
  std::array<std::uint32_t, kBlock> inward, onward;
  unsigned __int128 total = 0;
  for (std::uint64_t first = 0; first < limit_; first += kBlock) {
    const auto n = static_cast<std::size_t>(std::min(kBlock, limit_ - first));
    in.degrees(NodeId{first}, {inward.data(), n});
    out.degrees(NodeId{first}, {onward.data(), n});
    if (!masks_[1].empty()) {
      for (std::size_t i = 0; i < n; ++i) inward[i] *= masks_[1][first + i];
    }
    std::uint32_t most = 0;
    for (std::size_t i = 0; i < n; ++i) most = std::max(most, inward[i] | onward[i]);
    // Of 2048 products of numbers below 2^26 the sum fits into 64 bits.
    if (most >> 26 == 0) {
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < n; ++i) sum += std::uint64_t{inward[i]} * onward[i];
      total += sum;
    } else {
      for (std::size_t i = 0; i < n; ++i)
        total += static_cast<unsigned __int128>(inward[i]) * onward[i];
    }
  }
  return total;
}

unsigned __int128 CountWalksOperator::product_sum(const NodeSums& inward, const NodeSums& onward) {
  unsigned __int128 total = 0;
  std::mutex mutex;
  for_ranges([&](const Range& range) {
    unsigned __int128 sum = 0;
    for (std::uint64_t node = range.begin; node < range.end; ++node) {
      if (passes(1, node)) sum += static_cast<unsigned __int128>(inward[node]) * onward[node];
    }
    const std::lock_guard lock(mutex);
    total += sum;
  });
  return total;
}

std::uint64_t CountWalksOperator::count() {
  limit_ = context_->graph->node_id_limit();
  charge_.set(limit_ * (masks_.size() + 3 * sizeof(std::uint64_t)));
  begin_workers();
  for (std::size_t i = 0; i < masks_.size(); ++i) {
    masks_[i].clear();
    if (!is_implied(i)) build_mask(i, masks_[i]);
  }
  const std::size_t last = steps_.size();
  if (last == 1) return count_edges();
  unsigned __int128 total = 0;
  if (last == 2 && has_plain_degrees(0, 0) && has_plain_degrees(1, 2)) {
    total = multiply_degrees();
  } else {
    NodeSums onward = step_counts(last - 1, true, last);
    for (std::size_t step = last - 1; step-- > 1;) onward = sum_over(step, step, onward);
    total = product_sum(step_counts(0, false, 0), onward);
  }
  if (!different_.empty()) total -= repeated_edges();
  if (total >> 63 != 0) throw_too_many_paths();
  return static_cast<std::uint64_t>(total);
}

Batch* CountWalksOperator::next() {
  if (done_) return nullptr;
  done_ = true;
  out_.columns[0].reset(value::Physical::kInt64);
  out_.columns[0].mutable_data<std::int64_t>()[0] = static_cast<std::int64_t>(count());
  charge_.clear();
  out_.size = 1;
  out_.clear_selection();
  return &out_;
}

}  // namespace geode::gql::exec
