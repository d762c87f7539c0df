#include "gql/exec/operators/join.hpp"

#include <algorithm>
#include <utility>

namespace geode::gql::exec {

using value::Vector;

namespace {

/// Makes `kept` those of `rows` whose keys are not null: a null key equals nothing.
void with_keys(std::span<const Vector* const> keys, std::span<const std::uint32_t> rows,
               std::vector<std::uint32_t>& kept) {
  kept.clear();
  for (const std::uint32_t row : rows) {
    if (std::none_of(keys.begin(), keys.end(),
                     [&](const Vector* key) { return key->get(row).is_null(); }))
      kept.push_back(row);
  }
}

}  // namespace

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
  spilled_ = left_spilled_ = false;
}

Batch* JoinOperator::pull_left() {
  if (first_left_) return std::exchange(first_left_, nullptr);
  return input(0).pull();
}

void JoinOperator::read_right() {
  read_ = true;
  first_left_ = left_first_ ? input(0).pull() : nullptr;
  input(1).open(*context_);
  right_.reset(*context_, right_columns_);
  matched_.reset(right_columns_);
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
      continue;
    }
    std::vector<const Vector*> keys, columns;
    for (Evaluator& key : right_keys_) keys.push_back(&key.evaluate(*batch));
    for (const Vector& column : batch->columns) columns.push_back(&column);
    with_keys(keys, batch->rows(), rows_);
    if (spilled_) {
      join_.add_right(keys, columns, rows_);
      continue;
    }
    for (std::uint32_t row : rows_) {
      bool added = false;
      std::uint32_t key = keys_.insert(keys, row, added);
      if (added) first_.push_back(0);
      next_.push_back(first_[key]);
      first_[key] = static_cast<std::uint32_t>(matched_.size()) + 1;
      matched_.append_row(columns, row);
    }
    const std::uint64_t bytes = matched_.bytes() + keys_.bytes() + next_.size() * 8;
    if (context_->spill != nullptr && context_->spill->wants(bytes)) spill_right();
    charge_.set(spilled_ ? 0 : bytes);
  }
}

/// Hands what was read of the right side to the join of files, key by key.
void JoinOperator::spill_right() {
  spilled_ = true;
  join_.reset(*context_, right_keys_.size());
  std::vector<Vector> keys, columns;
  std::vector<const Vector*> key_columns, right_columns;
  std::vector<std::uint64_t> rows, key_numbers;
  const auto hand_over = [&] {
    keys_.rows().gather(key_numbers, keys);
    matched_.gather(rows, columns);
    key_columns.clear();
    right_columns.clear();
    for (const Vector& key : keys) key_columns.push_back(&key);
    for (const Vector& column : columns) right_columns.push_back(&column);
    join_.add_right(key_columns, right_columns,
                    identity_rows(static_cast<std::uint32_t>(rows.size())));
    rows.clear();
    key_numbers.clear();
  };
  for (std::uint32_t key = 0; key < first_.size(); ++key) {
    for (std::uint32_t row = first_[key]; row != 0; row = next_[row - 1]) {
      rows.push_back(row - 1);
      key_numbers.push_back(key);
      if (rows.size() == kBatchRows) hand_over();
    }
  }
  if (!rows.empty()) hand_over();
  matched_.reset(right_columns_);
  keys_.reset(right_keys_.size());
  first_ = {};
  next_ = {};
}

Batch* JoinOperator::next_spilled() {
  for (Vector& column : out_.columns) column = Vector();
  if (!left_spilled_) {
    left_spilled_ = true;
    std::vector<const Vector*> keys, columns;
    while (Batch* batch = pull_left()) {
      context_->interrupt->check();
      keys.clear();
      columns.clear();
      for (Evaluator& key : left_keys_) keys.push_back(&key.evaluate(*batch));
      for (const Vector& column : batch->columns) columns.push_back(&column);
      with_keys(keys, batch->rows(), rows_);
      join_.add_left(keys, columns, rows_);
    }
    join_.finish();
  }
  std::uint32_t count = 0;
  if (!join_.next(left_gathered_, gathered_, count)) return nullptr;
  for (std::size_t i = 0; i < out_.columns.size(); ++i) {
    if (left_sources_[i] >= 0) {
      out_.columns[i] = left_gathered_[static_cast<std::size_t>(left_sources_[i])];
    } else if (right_sources_[i] >= 0) {
      out_.columns[i] = gathered_[static_cast<std::size_t>(right_sources_[i])];
    }
  }
  out_.size = count;
  out_.clear_selection();
  return &out_;
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
      matched_.gather(right_numbers_, gathered_);
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
  if (left_keys_.empty()) return next_cross();
  return spilled_ ? next_spilled() : next_matching();
}

}  // namespace geode::gql::exec
