#include "gql/exec/operators/select_paths.hpp"

#include <algorithm>
#include <map>

#include "gql/exec/operators/project.hpp"

namespace geode::gql::exec {

std::uint64_t path_count(Evaluator& evaluator, ExecutionContext& context) {
  const std::uint64_t count = page_size(evaluator, context, "the number of paths");
  if (count > 0) return count;
  throw Error(status::kNegativeLimit, "a path search looks for at least one path, got 0",
              evaluator.expression().position);
}

SelectPathsOperator::SelectPathsOperator(OperatorPtr input, int source, int target,
                                         std::vector<int> edges, ast::PathSearch search,
                                         std::uint64_t count,
                                         std::optional<Evaluator> count_parameter,
                                         std::size_t columns)
    : source_(source),
      target_(target),
      edges_(std::move(edges)),
      search_(search),
      count_(count),
      count_parameter_(std::move(count_parameter)),
      columns_(columns) {
  add_input(std::move(input));
}

void SelectPathsOperator::open(ExecutionContext& context) {
  Operator::open(context);
  if (count_parameter_) count_ = path_count(*count_parameter_, context);
  rows_.reset(columns_);
  kept_.clear();
  read_ = false;
  position_ = 0;
  charge_ = base::MemoryCharge(context.memory);
}

void SelectPathsOperator::read() {
  read_ = true;
  std::map<std::pair<std::uint64_t, std::uint64_t>,
           std::vector<std::pair<std::size_t, std::uint64_t>>>
      by_ends;
  while (Batch* batch = input().pull()) {
    context_->interrupt->check();
    for (std::uint32_t row : batch->rows()) {
      NodeId source{}, target{};
      node_at(batch->columns[source_], row, source);
      node_at(batch->columns[target_], row, target);
      std::size_t length = 0;
      for (int column : edges_) {
        value::EdgeRef edge;
        length += edge_at(batch->columns[column], row, edge)
                      ? 1
                      : batch->columns[column].get(row).as_list().size();
      }
      by_ends[{raw(source), raw(target)}].emplace_back(length, rows_.size());
      std::vector<const value::Vector*> columns;
      for (const value::Vector& column : batch->columns) columns.push_back(&column);
      rows_.append_row(columns, row);
    }
    charge_.set(rows_.bytes());
  }
  bool groups =
      search_ == ast::PathSearch::kAllShortest || search_ == ast::PathSearch::kShortestKGroup;
  bool single =
      search_ == ast::PathSearch::kAllShortest || search_ == ast::PathSearch::kAnyShortest;
  std::uint64_t wanted = single ? 1 : count_;
  for (auto& [ends, paths] : by_ends) {
    std::stable_sort(paths.begin(), paths.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::uint64_t taken = 0;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (groups ? (i == 0 || paths[i].first != paths[i - 1].first) : true) ++taken;
      if (taken > wanted) break;
      kept_.push_back(paths[i].second);
    }
  }
  std::sort(kept_.begin(), kept_.end());
}

Batch* SelectPathsOperator::next() {
  if (!read_) read();
  if (position_ == kept_.size()) return nullptr;
  std::size_t count = std::min<std::size_t>(kBatchRows, kept_.size() - position_);
  rows_.gather({kept_.data() + position_, count}, out_.columns);
  position_ += count;
  out_.size = static_cast<std::uint32_t>(count);
  out_.clear_selection();
  return &out_;
}

}  // namespace geode::gql::exec
