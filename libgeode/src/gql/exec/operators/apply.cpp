#include "gql/exec/operators/apply.hpp"

namespace geode::gql::exec {

using value::Vector;

ApplyOperator::ApplyOperator(OperatorPtr input, std::unique_ptr<Subplan> subplan,
                             plan::ApplyKind kind, bool passes_rows, std::vector<int> outer_sources,
                             std::vector<int> inner_sources)
    : subplan_(std::move(subplan)),
      kind_(kind),
      passes_rows_(passes_rows),
      outer_sources_(std::move(outer_sources)),
      inner_sources_(std::move(inner_sources)) {
  add_input(std::move(input));
  out_.columns.resize(outer_sources_.size());
}

void ApplyOperator::open(ExecutionContext& context) {
  Operator::open(context);
  in_ = nullptr;
}

/// Rows of the input for which the subplan gave nothing, with nulls in its columns.
Batch* ApplyOperator::unmatched() {
  rows_.clear();
  for (std::uint32_t row : in_rows_) {
    if (!matched_[row]) rows_.push_back(row);
  }
  if (rows_.empty()) return nullptr;
  for (std::size_t i = 0; i < outer_sources_.size(); ++i) {
    if (outer_sources_[i] >= 0) {
      out_.columns[i].set_dictionary(in_->columns[outer_sources_[i]], rows_);
    } else {
      out_.columns[i].set_constant(Value());
    }
  }
  out_.size = static_cast<std::uint32_t>(rows_.size());
  out_.clear_selection();
  return &out_;
}

Batch* ApplyOperator::next() {
  while (true) {
    context_->interrupt->check();
    if (!in_) {
      for (Vector& column : out_.columns) column = Vector();
      in_ = input().pull();
      if (!in_) return nullptr;
      in_rows_.assign(in_->rows().begin(), in_->rows().end());
      matched_.assign(in_->size, 0);
      subplan_->start(*context_, *in_, in_rows_);
      if (passes_rows_) {
        // Only the effects are wanted; the rows go on as they are.
        while (subplan_->next()) {
        }
        Batch* outer = in_;
        in_ = nullptr;
        out_.size = outer->size;
        for (std::size_t i = 0; i < outer_sources_.size(); ++i) {
          if (outer_sources_[i] >= 0) out_.columns[i] = outer->columns[outer_sources_[i]];
        }
        out_.set_rows_of(*outer);
        return &out_;
      }
    }
    Batch* inner = subplan_->next();
    if (!inner) {
      Batch* rest = kind_ == plan::ApplyKind::kCall ? nullptr : unmatched();
      in_ = nullptr;
      if (rest) return rest;
      continue;
    }
    rows_.clear();
    inner_rows_.clear();
    for (std::uint32_t row : inner->rows()) {
      std::uint32_t outer = subplan_->outer_row(row);
      matched_[outer] = 1;
      rows_.push_back(outer);
      inner_rows_.push_back(row);
    }
    for (std::size_t i = 0; i < outer_sources_.size(); ++i) {
      if (outer_sources_[i] >= 0) {
        out_.columns[i].set_dictionary(in_->columns[outer_sources_[i]], rows_);
      } else if (inner_sources_[i] >= 0) {
        out_.columns[i].set_dictionary(inner->columns[inner_sources_[i]], inner_rows_);
      }
    }
    out_.size = static_cast<std::uint32_t>(rows_.size());
    out_.clear_selection();
    return &out_;
  }
}

}  // namespace geode::gql::exec
