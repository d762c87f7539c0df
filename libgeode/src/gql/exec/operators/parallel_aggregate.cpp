#include "gql/exec/operators/parallel_aggregate.hpp"

namespace geode::gql::exec {

ParallelAggregateOperator::ParallelAggregateOperator(
    std::vector<std::unique_ptr<AggregateOperator>> parts, const plan::Sharing& sharing,
    Needs needs)
    : sharing_(sharing), needs_(std::move(needs)), contexts_(parts.size()) {
  for (std::unique_ptr<AggregateOperator>& part : parts) {
    parts_.push_back(part.get());
    add_input(std::move(part));
  }
}

void ParallelAggregateOperator::open(ExecutionContext& context) {
  context_ = &context;
  done_ = false;
}

bool ParallelAggregateOperator::read() {
  if (context_->parallel == nullptr || !all_present(*context_->graph, needs_)) return false;
  ParallelRun& run = *context_->parallel;
  share_nodes(sharing_, *context_->graph, morsels_);
  contexts_[0].begin_first(*context_, morsels_);
  std::size_t workers = 1;
  while (workers < parts_.size() && contexts_[workers].begin(*context_, morsels_)) ++workers;
  if (workers == 1) return false;
  std::vector<std::uint8_t> took_part(workers, 0);
  std::atomic<bool> too_many_groups{false};
  run_workers(run, *context_, workers, [&](std::size_t worker) {
    try {
      ExecutionContext& context = contexts_[worker].context();
      const graph::GraphTransaction::Use use(*context.graph);
      parts_[worker]->open(context);
      took_part[worker] = 1;
      if (parts_[worker]->read_part(context_->spill)) return;
      too_many_groups = true;
      morsels_.finish();
    } catch (...) {
      morsels_.finish();
      throw;
    }
  });
  std::vector<AggregateOperator*> parts;
  for (std::size_t worker = 0; worker < workers; ++worker) {
    if (took_part[worker] == 0) continue;
    if (too_many_groups) {
      parts_[worker]->forget();
    } else {
      contexts_[worker].give_warnings(*context_);
      parts.push_back(parts_[worker]);
    }
  }
  if (too_many_groups) return false;
  if (parts.size() > 1) parts[0]->absorb(parts);
  return true;
}

Batch* ParallelAggregateOperator::next() {
  if (!done_) {
    done_ = true;
    if (!read()) parts_[0]->open(*context_);
  }
  return parts_[0]->pull();
}

}  // namespace geode::gql::exec
