#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gql/plan/logical_op.hpp"

namespace geode::gql::plan {

/// What PROFILE measured of one operator; the time includes the operators below it.
struct OperatorFigures {
  std::uint64_t rows = 0;
  std::chrono::nanoseconds time{0};
};
using FiguresOf = std::function<std::optional<OperatorFigures>(const LogicalOp&)>;

/// A plan as a tree: one operator a line, inputs below it and indented. With figures behind each
/// line: the estimated rows and, when given, what was measured.
std::string explain(const LogicalOp& root, const std::vector<bound::VariableInfo>& variables,
                    const FiguresOf& figures = {});

/// An expression in the language's own form, for plans and messages.
std::string describe(const bound::Expression& expression,
                     const std::vector<bound::VariableInfo>& variables);

}  // namespace geode::gql::plan
