#pragma once

#include <memory>
#include <vector>

#include "gql/exec/operators/eager.hpp"
#include "gql/exec/operators/pattern_inserter.hpp"
#include "gql/exec/operators/property_setter.hpp"
#include "gql/exec/subplan.hpp"

namespace geode::gql::exec {

/// Base of operators that change the graph: reads all its input first, changes everything, then
/// hands out its rows, so that a clause never sees its own effects and the next one sees all of
/// them.
class ModifyOperator : public Operator {
 public:
  void open(ExecutionContext& context) override;

 protected:
  explicit ModifyOperator(OperatorPtr input, std::size_t input_columns);
  /// Changes the graph for the rows of one chunk and appends the output for it.
  virtual void process(const Batch& in, std::vector<Batch>& out) = 0;
  Batch* next() override;

 private:
  std::vector<Batch> done_;
  bool ran_ = false;
  std::size_t position_ = 0;
};

class InsertOperator final : public ModifyOperator {
 public:
  /// `outputs`: for each column of the result its place among those of the input, the new nodes
  /// and the new edges.
  InsertOperator(OperatorPtr input, std::size_t input_columns,
                 std::unique_ptr<PatternInserter> inserter, std::vector<int> outputs)
      : ModifyOperator(std::move(input), input_columns),
        inserter_(std::move(inserter)),
        outputs_(std::move(outputs)) {}
  void open(ExecutionContext& context) override {
    ModifyOperator::open(context);
    opened_ = false;
  }

 protected:
  void process(const Batch& in, std::vector<Batch>& out) override;

 private:
  std::unique_ptr<PatternInserter> inserter_;
  std::vector<int> outputs_;
  bool opened_ = false;
};

class SetOperator final : public ModifyOperator {
 public:
  SetOperator(OperatorPtr input, std::size_t input_columns, std::unique_ptr<PropertySetter> setter)
      : ModifyOperator(std::move(input), input_columns), setter_(std::move(setter)) {}
  void open(ExecutionContext& context) override {
    ModifyOperator::open(context);
    setter_->open(context);
  }

 protected:
  void process(const Batch& in, std::vector<Batch>& out) override {
    setter_->apply(in, in.rows());
    out.push_back(in);
  }

 private:
  std::unique_ptr<PropertySetter> setter_;
};

class RemoveOperator final : public ModifyOperator {
 public:
  RemoveOperator(OperatorPtr input, std::size_t input_columns,
                 const std::vector<bound::RemoveItem>& items, const ColumnMap& columns,
                 SubqueryLowering& lowering);
  void open(ExecutionContext& context) override;

 protected:
  void process(const Batch& in, std::vector<Batch>& out) override;

 private:
  const std::vector<bound::RemoveItem>& items_;
  std::vector<Evaluator> targets_;
  std::vector<std::vector<Evaluator>> names_;  ///< of an item's property, or of its labels
};

class DeleteOperator final : public ModifyOperator {
 public:
  DeleteOperator(OperatorPtr input, std::size_t input_columns, const bound::Delete& deletion,
                 const ColumnMap& columns, SubqueryLowering& lowering);
  void open(ExecutionContext& context) override;

 protected:
  void process(const Batch& in, std::vector<Batch>& out) override;

 private:
  void collect(const Value& value, Position position);
  bool detach_;
  std::vector<Evaluator> targets_, seen_edges_;
  std::vector<NodeId> nodes_;
  std::vector<value::EdgeRef> edges_;
};

/// Conditions on elements that were changed, over columns.
class ElementChecks {
 public:
  ElementChecks() = default;
  explicit ElementChecks(std::vector<Evaluator> conditions) : conditions_(std::move(conditions)) {}
  bool empty() const { return conditions_.empty(); }
  void open(ExecutionContext& context);
  /// Throws Error 42X04 when one is not true for every row.
  void require(const Batch& rows);

 private:
  std::vector<Evaluator> conditions_;
};

/// What rights and policies ask of changed elements; rows pass unchanged.
class CheckOperator final : public ModifyOperator {
 public:
  CheckOperator(OperatorPtr input, std::size_t input_columns, ElementChecks checks)
      : ModifyOperator(std::move(input), input_columns), checks_(std::move(checks)) {}
  void open(ExecutionContext& context) override {
    ModifyOperator::open(context);
    checks_.open(context);
  }

 protected:
  void process(const Batch& in, std::vector<Batch>& out) override {
    checks_.require(in);
    out.push_back(in);
  }

 private:
  ElementChecks checks_;
};

/// MERGE: for each row the matches of its pattern, or else what was inserted for it. A row sees
/// what earlier rows inserted.
class MergeOperator final : public ModifyOperator {
 public:
  struct Parts {
    std::unique_ptr<Subplan> match;
    std::unique_ptr<PatternInserter> inserter;
    std::unique_ptr<PropertySetter> on_create,
        on_match;  ///< over the output's columns; may be null
    ElementChecks created, before_match, after_match;
    std::vector<int>
        match_columns;  ///< output columns behind the input's: column of the match's result
    /// Output columns behind the input's: index of the inserted node (>= 0), or ~index of the
    /// inserted edge; kPathColumn: a path.
    std::vector<int> inserted;
    /// Path variables: (output column, expression over the output's columns).
    std::vector<std::pair<int, Evaluator>> paths;
  };
  static constexpr int kPathColumn = 1 << 30;
  MergeOperator(OperatorPtr input, std::size_t input_columns, Parts parts)
      : ModifyOperator(std::move(input), input_columns), parts_(std::move(parts)) {}
  void open(ExecutionContext& context) override;

 protected:
  void process(const Batch& in, std::vector<Batch>& out) override;

 private:
  void set(PropertySetter* setter, ElementChecks* before, ElementChecks& after, const Batch& in,
           const std::vector<std::uint32_t>& sources,
           const std::vector<std::vector<Value>>& columns, std::size_t begin);
  Parts parts_;
  bool opened_ = false;
};

/// FOREACH: the body runs for each element of a list; rows pass unchanged.
class ForeachOperator final : public ModifyOperator {
 public:
  ForeachOperator(OperatorPtr input, std::size_t input_columns, Evaluator list,
                  std::unique_ptr<Subplan> body, std::vector<int> outer_columns);
  void open(ExecutionContext& context) override;

 protected:
  void process(const Batch& in, std::vector<Batch>& out) override;

 private:
  Evaluator list_;
  std::unique_ptr<Subplan> body_;
  std::vector<int> outer_columns_;
};

}  // namespace geode::gql::exec
