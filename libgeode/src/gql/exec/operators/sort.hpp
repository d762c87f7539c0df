#pragma once

#include <optional>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/operators/row_store.hpp"
#include "gql/exec/operators/sort_key.hpp"

namespace geode::gql::exec {

/// Orders all rows by keys in the total order of values; equal rows keep their order. With a limit
/// only the first offset + limit rows are held, in a heap.
class SortOperator final : public Operator {
 public:
  SortOperator(OperatorPtr input, std::vector<Evaluator> keys,
               std::vector<SortDirection> directions, std::optional<Evaluator> offset,
               std::optional<Evaluator> limit, std::size_t columns);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  struct Row {
    std::vector<Value> keys;
    std::uint64_t number = 0;  // of arrival
    std::uint64_t stored = 0;  // in rows_
    std::uint64_t key_bytes = 0;

    void account() {
      key_bytes = keys.size() * sizeof(Value);
      for (const Value& key : keys) key_bytes += key.heap_bytes();
    }
  };
  bool before(const Row& a, const Row& b) const;
  void read_all();
  void read_top(std::uint64_t wanted);
  void compact(std::vector<Row>& heap);

  std::vector<Evaluator> keys_;
  std::vector<SortDirection> directions_;
  std::optional<Evaluator> offset_, limit_;
  std::size_t columns_;
  RowStore rows_;
  base::MemoryCharge charge_;
  std::vector<Row> order_;
  std::uint64_t key_bytes_ = 0;  // of all of order_
  std::size_t position_ = 0;
  bool sorted_ = false;
  Batch out_;
  std::vector<std::uint64_t> picked_;
};

}  // namespace geode::gql::exec
