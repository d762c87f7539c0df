#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/list_members.hpp"

namespace geode::gql::exec {

using Rows = std::span<const std::uint32_t>;

/// A comprehension, quantifier or reduction: its body runs over a batch of list elements beside the
/// outer columns it reads.
struct NestedBody {
  std::vector<int>
      outer_columns;  ///< of the outer batch, in order; the local variables come behind them
  Batch batch;
};

/// One node of a compiled expression, with the buffers it uses again and again.
struct Evaluator::Node {
  const bound::Expression* expression = nullptr;  ///< null: an operand that was left out
  std::vector<Node> children;
  int column = -1;
  /// Reads no column: evaluated once a run, for one row.
  bool constant = false;
  bool constant_known = false;
  std::uint32_t key = bound::kUnknownName;
  value::Vector result, dense;
  std::vector<std::uint32_t> rows_a, rows_b, positions;
  std::vector<std::uint64_t> ids;
  std::vector<Value> values;
  base::MemoryCharge charge;  ///< of what `values`, `dense` and `result` hold on the heap
  std::uint64_t rows_asked = 0;
  std::optional<ListMembers> members;  ///< of the list of IN, when it is the same for all rows
  std::unique_ptr<NestedBody> body;
  std::unique_ptr<Subplan> subplan;
  std::vector<int> subplan_columns;
};

namespace evaluation {

using Node = Evaluator::Node;

const value::Vector& evaluate(Node& node, ExecutionContext& context, const Batch& batch, Rows rows);

/// Makes `column` these values, which take `held` bytes on the heap: large texts are shared with
/// them, not copied.
void assign_values(value::Vector& column, std::span<const Value> values, std::uint64_t held);

/// Takes the values of rows one by one into a node, where they stay until it is evaluated again.
/// What they hold on the heap is charged as it grows, and the time limit asked for.
class RowValues {
 public:
  explicit RowValues(Node& node);
  void add(Value value) {
    held_ += value.heap_bytes();
    node_.values.push_back(std::move(value));
    if (held_ >= next_charge_ || ++unasked_ == kRowsBetweenChecks) check();
  }
  /// Of values that are still being made.
  void hold(std::uint64_t bytes) {
    held_ += bytes;
    if (held_ >= next_charge_ || ++unasked_ == kRowsBetweenChecks) check();
  }
  /// They are in their rows, and are charged there.
  void let_go() { held_ = 0; }
  /// Hands out value k as that of row rows[k].
  const value::Vector& publish(const Batch& batch, Rows rows);

 private:
  static constexpr std::uint32_t kRowsBetweenChecks = 64;
  static constexpr std::uint64_t kStepBytes = std::uint64_t{256} << 10;
  void check();

  Node& node_;
  std::uint64_t held_ = 0;
  std::uint64_t next_charge_ = kStepBytes;
  std::uint32_t unasked_ = 0;
};

/// Hands out `values[k]` as the value of row rows[k].
const value::Vector& publish(Node& node, std::vector<Value>& values, const Batch& batch, Rows rows);
/// The same for a dense vector whose entry k belongs to rows[k].
const value::Vector& scatter(Node& node, value::Vector& dense, const Batch& batch, Rows rows);
bool is_identity(Rows rows);
/// The one of the operands that is coded, when all others are constant; null otherwise.
const value::Vector* only_coded(std::span<const value::Vector* const> operands);

/// True, false, or nothing for null. Throws 22G03 for anything else.
std::optional<bool> truth_at(const value::Vector& vector, std::uint32_t row,
                             const bound::Expression& expression);

// evaluate_operators.cpp
const value::Vector& evaluate_binary(Node& node, ExecutionContext& context, const Batch& batch,
                                     Rows rows);
const value::Vector& evaluate_unary(Node& node, ExecutionContext& context, const Batch& batch,
                                    Rows rows);
// evaluate_functions.cpp
const value::Vector& evaluate_function(Node& node, ExecutionContext& context, const Batch& batch,
                                       Rows rows);
// evaluate_values.cpp: lists and records, and what looks at one value at a time
const value::Vector& evaluate_constructor(Node& node, ExecutionContext& context, const Batch& batch,
                                          Rows rows);
const value::Vector& evaluate_by_value(Node& node, ExecutionContext& context, const Batch& batch,
                                       Rows rows);
// evaluate_elements.cpp
const value::Vector& evaluate_property(Node& node, ExecutionContext& context, const Batch& batch,
                                       Rows rows);
const value::Vector& evaluate_label_test(Node& node, ExecutionContext& context, const Batch& batch,
                                         Rows rows);
const value::Vector& evaluate_path(Node& node, ExecutionContext& context, const Batch& batch,
                                   Rows rows);
Value index_value(const Value& base, const Value& index, const ExecutionContext& context,
                  Position position);
Value slice_value(const Value& base, const Value* from, const Value* to, Position position);
// evaluate_nested.cpp
const value::Vector& evaluate_comprehension(Node& node, ExecutionContext& context,
                                            const Batch& batch, Rows rows);
const value::Vector& evaluate_quantifier(Node& node, ExecutionContext& context, const Batch& batch,
                                         Rows rows);
const value::Vector& evaluate_reduce(Node& node, ExecutionContext& context, const Batch& batch,
                                     Rows rows);
const value::Vector& evaluate_subquery(Node& node, ExecutionContext& context, const Batch& batch,
                                       Rows rows);

}  // namespace evaluation
}  // namespace geode::gql::exec
