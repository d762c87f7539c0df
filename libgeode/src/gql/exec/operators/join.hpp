#pragma once

#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/spill/spilled_join.hpp"

namespace geode::gql::exec {

/// Every left row beside every right row, or, with keys, beside those whose keys are equal. The
/// right side is held. When it is too large for that, it is read from a temporary file for each
/// batch of left rows; with keys, both sides are sorted by them in files, and the order of the left
/// rows is lost.
class JoinOperator final : public Operator {
 public:
  /// left_sources / right_sources: output column i is that column of the side, -1 for the other
  /// side.
  JoinOperator(OperatorPtr left, OperatorPtr right, std::vector<int> left_sources,
               std::vector<int> right_sources, std::vector<Evaluator> left_keys,
               std::vector<Evaluator> right_keys, std::size_t right_columns, bool left_first);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  Batch* pull_left();
  void read_right();
  Batch* next_cross();
  Batch* next_matching();
  void spill_right();
  Batch* next_spilled();
  Batch* emit_left(std::vector<std::uint32_t>& rows);

  std::vector<int> left_sources_, right_sources_;
  std::vector<Evaluator> left_keys_, right_keys_;
  std::size_t right_columns_;
  RowBuffer right_;
  RowStore matched_;  // the right side when there are keys
  RowSet keys_;
  std::vector<std::uint32_t> first_, next_;  // chains of right rows with one key, + 1
  base::MemoryCharge charge_;
  /// The left side changes the graph, and does all of it before it hands out its first batch: the
  /// right side must see it.
  bool left_first_;
  Batch* first_left_ = nullptr;
  bool read_ = false;
  Batch* in_ = nullptr;
  std::size_t position_ = 0, chunk_ = 0;
  std::uint32_t right_position_ = 0;
  std::vector<const value::Vector*> left_key_columns_;
  Batch out_;
  std::vector<std::uint32_t> rows_, right_rows_;
  std::vector<std::uint64_t> right_numbers_;
  std::vector<value::Vector> gathered_, left_gathered_;
  bool spilled_ = false, left_spilled_ = false;
  SpilledJoin join_;
};

}  // namespace geode::gql::exec
