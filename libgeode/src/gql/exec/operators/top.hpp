#pragma once

#include <optional>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/operators/row_store.hpp"
#include "gql/exec/operators/sort_key.hpp"

namespace geode::gql::exec {

/// The first offset + limit rows in the order of the keys, equal rows in the order they came: a
/// heap of that many rows, whose worst one is what a new row has to beat.
class TopOperator final : public Operator {
 public:
  TopOperator(OperatorPtr input, std::vector<Evaluator> keys, std::vector<SortDirection> directions,
              std::optional<Evaluator> offset, Evaluator limit, std::size_t columns);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  struct Row {
    std::vector<Value> keys;
    std::uint64_t number = 0;  // of arrival
    std::uint64_t stored = 0;  // in rows_
    std::uint64_t key_bytes = 0;
  };
  bool before(const Row& a, const Row& b) const;
  void read_all(std::uint64_t wanted);
  void add(const Batch& batch, std::uint32_t row, std::uint64_t wanted);
  /// Of `rows`, those whose first key does not stand behind that of the worst row kept.
  std::span<const std::uint32_t> promising(const value::Vector& key,
                                           std::span<const std::uint32_t> rows);
  void compact();

  std::vector<Evaluator> keys_;
  std::vector<SortDirection> directions_;
  std::optional<Evaluator> offset_;
  Evaluator limit_;
  std::size_t columns_;
  RowStore rows_;
  base::MemoryCharge charge_;
  std::vector<Row> heap_;
  std::uint64_t key_bytes_ = 0;  // of all of heap_
  std::uint64_t number_ = 0;
  std::size_t position_ = 0;
  bool sorted_ = false;
  Row candidate_;
  std::vector<const value::Vector*> key_vectors_, column_vectors_;
  std::vector<std::uint32_t> promising_;
  Batch out_;
  std::vector<std::uint64_t> picked_;
};

}  // namespace geode::gql::exec
