#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "gql/exec/lower.hpp"
#include "gql/exec/operators/aggregate.hpp"
#include "gql/exec/operators/hop_sources.hpp"
#include "gql/exec/operators/row_expander.hpp"
#include "gql/exec/operators/scan.hpp"
#include "gql/exec/subplan.hpp"

namespace geode::gql::exec {

/// The columns of an operator's output, and where the inputs of another stand among them (-1: not
/// there).
ColumnMap columns_of(const std::vector<bound::VariableId>& outputs);
int position(const std::vector<bound::VariableId>& outputs, bound::VariableId variable);
ColumnSources sources(const std::vector<bound::VariableId>& outputs,
                      const std::vector<bound::VariableId>& inputs);
std::vector<int> positions(const std::vector<bound::VariableId>& outputs,
                           const std::vector<bound::VariableId>& variables);

/// Makes an operator of each logical operator, bottom-up: lower_pattern.cpp of those that match,
/// lower_modification.cpp of those that write, lower_subplan.cpp of those that run a plan for each
/// row, lower.cpp of the others.
class Lowering final : public SubqueryLowering {
 public:
  Lowering(PhysicalPlan& plan, const plan::PatternOrder& order, const PlanRewriter& rewrite,
           std::uint32_t& next_variable, const base::Interrupt& interrupt)
      : plan_(plan),
        order_(order),
        rewrite_(rewrite),
        next_variable_(next_variable),
        interrupt_(interrupt) {}

  OperatorPtr lower(plan::LogicalOp& op);
  std::unique_ptr<Subplan> lower_subquery(const bound::Query& query, const ColumnMap& outer,
                                          std::vector<int>& result_columns) override;

 private:
  /// `imports` stand at `outer_columns` of the outer batch and are the first columns of the
  /// argument.
  std::unique_ptr<Subplan> make_subplan(plan::LogicalOp& root,
                                        const std::vector<bound::VariableId>& imports,
                                        std::vector<int> outer_columns);
  Evaluator evaluator(const bound::ExpressionPtr& expression, const ColumnMap& columns);
  std::optional<Evaluator> optional_evaluator(const bound::ExpressionPtr& expression,
                                              const ColumnMap& columns);
  std::vector<Evaluator> evaluators(const std::vector<bound::ExpressionPtr>& expressions,
                                    const ColumnMap& columns);
  std::unique_ptr<SegmentHops> make_segment(plan::ExpandQuantified& expand,
                                            const std::vector<bound::VariableId>& in,
                                            const std::vector<bound::VariableId>& out);
  SegmentHops::Branch make_branch(plan::ExpandQuantified& expand, std::size_t index,
                                  const std::vector<bound::VariableId>& in);

  std::unique_ptr<AggregateOperator> make_part(plan::LogicalOp& op, plan::Aggregate& aggregate);
  OperatorPtr make_part(plan::LogicalOp& op, plan::Sort& sort, OperatorPtr input);
  /// The rows of copies that make() gives, for the morsels of the scan below `op`.
  OperatorPtr gather(const plan::LogicalOp& op, const plan::Sharing& sharing,
                     const std::function<OperatorPtr()>& make);

  OperatorPtr make(plan::LogicalOp& op, plan::Argument& node);
  OperatorPtr make(plan::LogicalOp& op, plan::NodeScan& node);
  OperatorPtr make(plan::LogicalOp& op, plan::IndexSeek& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Expand& node);
  OperatorPtr make(plan::LogicalOp& op, plan::EdgeEnds& node);
  OperatorPtr make(plan::LogicalOp& op, plan::ExpandQuantified& node);
  OperatorPtr make(plan::LogicalOp& op, plan::SelectPaths& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Filter& node);
  OperatorPtr make(plan::LogicalOp& op, plan::DifferentEdges& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Compute& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Select& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Unwind& node);
  OperatorPtr make(plan::LogicalOp& op, plan::LoadCsv& node);
  OperatorPtr make(plan::LogicalOp& op, plan::ProcedureCall& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Aggregate& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Distinct& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Sort& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Gather& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Limit& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Join& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Apply& node);
  OperatorPtr make(plan::LogicalOp& op, plan::SetOperation& node);
  OperatorPtr make(plan::LogicalOp& op, plan::CountWalks& node);
  OperatorPtr make(plan::LogicalOp& op, plan::CountExpand& node);
  OperatorPtr make(plan::LogicalOp& op, plan::WhenPresent& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Intersect& node);
  OperatorPtr make(plan::LogicalOp& op, plan::CountIntersect& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Insert& node);
  OperatorPtr make(plan::LogicalOp& op, plan::SetProperties& node);
  OperatorPtr make(plan::LogicalOp& op, plan::RemoveProperties& node);
  OperatorPtr make(plan::LogicalOp& op, plan::DeleteElements& node);
  OperatorPtr make(plan::LogicalOp& op, plan::CheckElements& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Merge& node);
  OperatorPtr make(plan::LogicalOp& op, plan::Foreach& node);

  PhysicalPlan& plan_;
  const plan::PatternOrder& order_;
  const PlanRewriter& rewrite_;
  std::uint32_t& next_variable_;
  const base::Interrupt& interrupt_;
  std::vector<bound::VariableId> argument_columns_;
  ArgumentOperator* argument_ = nullptr;
};

}  // namespace geode::gql::exec
