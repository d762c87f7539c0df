#include "gql/exec/operators/join.hpp"

#include <algorithm>
#include <utility>

namespace geode::gql::exec {

using value::Vector;

JoinOperator::JoinOperator(OperatorPtr left, OperatorPtr right, std::vector<int> left_sources,
                           std::vector<int> right_sources, std::vector<Evaluator> left_keys,
                           std::vector<Evaluator> right_keys, std::size_t right_columns,
                           bool left_first)
    : left_sources_(std::move(left_sources)),
      right_sources_(std::move(right_sources)),
      left_keys_(std::move(left_keys)),
      right_keys_(std::move(right_keys)),
      right_columns_(right_columns),
      left_first_(left_first) {
  add_input(std::move(left));
  add_input(std::move(right));
  out_.columns.resize(left_sources_.size());
}

void JoinOperator::open(ExecutionContext& context) {
  context_ = &context;
  input(0).open(context);
  for (Evaluator& key : left_keys_) key.open(context);
  for (Evaluator& key : right_keys_) key.open(context);
  read_ = false;
  in_ = nullptr;
  charge_ = base::MemoryCharge(context.memory);
}

Batch* JoinOperator::pull_left() {
  if (first_left_) return std::exchange(first_left_, nullptr);
  return input(0).pull();
}

void JoinOperator::read_right() {
  read_ = true;
  first_left_ = left_first_ ? input(0).pull() : nullptr;
  input(1).open(*context_);
  right_.reset(right_columns_);
  keys_.reset(right_keys_.size());
  first_.clear();
  next_.clear();
  while (Batch* batch = input(1).pull()) {
    context_->interrupt->check();
    if (right_keys_.empty()) {
      if (right_columns_ == 0) {
        for (std::uint32_t i = 0; i < batch->row_count(); ++i) right_.append_row({}, 0);
      } else {
        right_.append(*batch);
      }
      charge_.set(right_.bytes());
      continue;
    }
    std::vector<const Vector*> keys, columns;
    for (Evaluator& key : right_keys_) keys.push_back(&key.evaluate(*batch));
    for (const Vector& column : batch->columns) columns.push_back(&column);
    for (std::uint32_t row : batch->rows()) {
      // A null key equals nothing.
      if (std::any_of(keys.begin(), keys.end(),
                      [&](const Vector* key) { return key->get(row).is_null(); }))
        continue;
      bool added = false;
      std::uint32_t key = keys_.insert(keys, row, added);
      if (added) first_.push_back(0);
      next_.push_back(first_[key]);
      first_[key] = static_cast<std::uint32_t>(right_.size()) + 1;
      right_.append_row(columns, row);
    }
    charge_.set(right_.bytes() + keys_.bytes() + next_.size() * 8);
  }
}

Batch* JoinOperator::emit_left(std::vector<std::uint32_t>& rows) {
  for (std::size_t i = 0; i < left_sources_.size(); ++i) {
    if (left_sources_[i] >= 0) out_.columns[i].set_dictionary(in_->columns[left_sources_[i]], rows);
  }
  out_.size = static_cast<std::uint32_t>(rows.size());
  out_.clear_selection();
  return &out_;
}

Batch* JoinOperator::next_cross() {
  if (right_.size() == 0) return nullptr;
  while (true) {
    if (!in_ || chunk_ == right_.chunk_count()) {
      for (Vector& column : out_.columns) column = Vector();
      in_ = pull_left();
      if (!in_) return nullptr;
      position_ = chunk_ = 0;
      right_position_ = 0;
    }
    rows_.clear();
    right_rows_.clear();
    std::uint32_t chunk_rows = right_.chunk_rows(chunk_);
    std::span<const std::uint32_t> left = in_->rows();
    while (position_ < left.size() && rows_.size() < kBatchRows) {
      rows_.push_back(left[position_]);
      right_rows_.push_back(right_position_);
      if (++right_position_ == chunk_rows) {
        right_position_ = 0;
        ++position_;
      }
    }
    const std::vector<Vector>& chunk = right_.chunk(chunk_);
    if (position_ == left.size()) {
      ++chunk_;
      position_ = 0;
    }
    if (rows_.empty()) continue;
    for (std::size_t i = 0; i < right_sources_.size(); ++i) {
      if (right_sources_[i] >= 0)
        out_.columns[i].set_dictionary(chunk[right_sources_[i]], right_rows_);
    }
    return emit_left(rows_);
  }
}

Batch* JoinOperator::next_matching() {
  while (true) {
    rows_.clear();
    right_numbers_.clear();
    while (in_ && rows_.size() < kBatchRows) {
      if (right_position_ != 0) {
        rows_.push_back(in_->rows()[position_ - 1]);
        right_numbers_.push_back(right_position_ - 1);
        right_position_ = next_[right_position_ - 1];
        continue;
      }
      if (position_ == in_->row_count()) break;
      std::uint32_t row = in_->rows()[position_++];
      if (std::any_of(left_key_columns_.begin(), left_key_columns_.end(),
                      [&](const Vector* key) { return key->get(row).is_null(); })) {
        continue;
      }
      std::uint32_t key = keys_.find(left_key_columns_, row);
      if (key != RowSet::kNotFound) right_position_ = first_[key];
    }
    if (!rows_.empty()) {
      right_.gather(right_numbers_, gathered_);
      for (std::size_t i = 0; i < right_sources_.size(); ++i) {
        if (right_sources_[i] >= 0) out_.columns[i] = gathered_[right_sources_[i]];
      }
      return emit_left(rows_);
    }
    for (Vector& column : out_.columns) column = Vector();
    in_ = pull_left();
    if (!in_) return nullptr;
    position_ = 0;
    right_position_ = 0;
    left_key_columns_.clear();
    for (Evaluator& key : left_keys_) left_key_columns_.push_back(&key.evaluate(*in_));
  }
}

Batch* JoinOperator::next() {
  context_->interrupt->check();
  if (!read_) read_right();
  return left_keys_.empty() ? next_cross() : next_matching();
}

}  // namespace geode::gql::exec
