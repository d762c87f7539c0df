#include "gql/exec/lowering.hpp"
#include "gql/exec/operators/modify.hpp"

namespace geode::gql::exec {

using bound::VariableId;
using plan::LogicalOp;

OperatorPtr Lowering::make(LogicalOp& op, plan::Insert& insert) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  std::vector<VariableId> all = in;
  for (const bound::InsertNode& node : insert.insert->nodes) all.push_back(node.variable);
  for (const bound::InsertEdge& edge : insert.insert->edges) all.push_back(edge.variable);
  return std::make_unique<InsertOperator>(
      std::move(input), in.size(),
      std::make_unique<PatternInserter>(*insert.insert, columns_of(in), *this, false),
      positions(all, op.outputs));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::SetProperties& set) {
  OperatorPtr input = lower(*op.inputs[0]);
  op.outputs = op.inputs[0]->outputs;
  return std::make_unique<SetOperator>(
      std::move(input), op.outputs.size(),
      std::make_unique<PropertySetter>(*set.items, columns_of(op.outputs), *this));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::RemoveProperties& remove) {
  OperatorPtr input = lower(*op.inputs[0]);
  op.outputs = op.inputs[0]->outputs;
  return std::make_unique<RemoveOperator>(std::move(input), op.outputs.size(), *remove.items,
                                          columns_of(op.outputs), *this);
}

OperatorPtr Lowering::make(LogicalOp& op, plan::DeleteElements& deletion) {
  OperatorPtr input = lower(*op.inputs[0]);
  op.outputs = op.inputs[0]->outputs;
  return std::make_unique<DeleteOperator>(std::move(input), op.outputs.size(), *deletion.deletion,
                                          columns_of(op.outputs), *this);
}

OperatorPtr Lowering::make(LogicalOp& op, plan::CheckElements& check) {
  OperatorPtr input = lower(*op.inputs[0]);
  op.outputs = op.inputs[0]->outputs;
  return std::make_unique<CheckOperator>(
      std::move(input), op.outputs.size(),
      ElementChecks(evaluators(check.check->conditions, columns_of(op.outputs))));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Merge& merge) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId> in = op.inputs[0]->outputs;
  const bound::Merge& m = *merge.merge;
  op.outputs = in;
  op.outputs.insert(op.outputs.end(), m.introduces.begin(), m.introduces.end());
  MergeOperator::Parts parts;
  std::vector<VariableId> imports = argument_variables(*op.inputs[1]);
  std::vector<VariableId> there;
  for (VariableId variable : imports) {
    if (position(in, variable) >= 0) there.push_back(variable);
  }
  parts.match = make_subplan(*op.inputs[1], there, positions(in, there));
  parts.match_columns = positions(op.inputs[1]->outputs, m.introduces);
  parts.inserter = std::make_unique<PatternInserter>(m.insert, columns_of(in), *this, true);
  ColumnMap columns = columns_of(op.outputs);
  for (std::size_t i = 0; i < m.introduces.size(); ++i) {
    int inserted = MergeOperator::kPathColumn;
    for (std::size_t n = 0; n < m.insert.nodes.size(); ++n) {
      if (m.insert.nodes[n].variable == m.introduces[i]) inserted = static_cast<int>(n);
    }
    for (std::size_t e = 0; e < m.insert.edges.size(); ++e) {
      if (m.insert.edges[e].variable == m.introduces[i]) inserted = ~static_cast<int>(e);
    }
    parts.inserted.push_back(inserted);
  }
  for (const auto& [variable, path] : m.insert.paths) {
    parts.paths.emplace_back(position(op.outputs, variable), Evaluator(*path, columns, *this));
  }
  if (!m.on_create.empty())
    parts.on_create = std::make_unique<PropertySetter>(m.on_create, columns, *this);
  if (!m.on_match.empty())
    parts.on_match = std::make_unique<PropertySetter>(m.on_match, columns, *this);
  parts.created = ElementChecks(evaluators(m.created, columns));
  parts.before_match = ElementChecks(evaluators(m.before_match, columns));
  parts.after_match = ElementChecks(evaluators(m.after_match, columns));
  return std::make_unique<MergeOperator>(std::move(input), in.size(), std::move(parts));
}

}  // namespace geode::gql::exec
