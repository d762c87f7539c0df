#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "gql/plan/logical_op.hpp"

namespace geode::gql::optimize {

/// A pattern of single one-way steps that begins at one scan and depends on no row from outside.
/// Points into the plan it was read from.
struct PatternTree {
  const plan::NodeScan* scan = nullptr;
  std::vector<const plan::Expand*> expands;
  std::vector<std::pair<bound::VariableId, bound::VariableId>> different;
  std::vector<const bound::Expression*> conditions;
  double rows = 0;  ///< estimated
};

/// Nothing when `top` and what is below it are something else.
std::optional<PatternTree> read_pattern_tree(const plan::LogicalOp& top);

/// The label when this tests a node of `graph` for one label that the graph knows.
std::optional<catalog::LabelId> plain_label(const bound::Expression& condition,
                                            catalog::GraphId graph);

}  // namespace geode::gql::optimize
