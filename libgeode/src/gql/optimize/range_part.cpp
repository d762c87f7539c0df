#include "gql/optimize/range_part.hpp"

#include <algorithm>

#include "gql/optimize/plan_tools.hpp"
#include "graph/chunk/column_chunk.hpp"
#include "value/compare.hpp"

namespace geode::gql::optimize {

namespace {

using ast::BinaryOperator;

bool is_range(BinaryOperator op) {
  return op >= BinaryOperator::kLess && op <= BinaryOperator::kGreaterOrEqual;
}

/// Where a value lies on a line; values of one type in their order.
std::optional<double> position(const Value& value) {
  if (value.type() == ValueType::kFloat64) return value.unchecked_float64();
  std::int64_t integer = 0;
  if (!graph::to_integer(value, integer)) return std::nullopt;
  return static_cast<double>(integer);
}

/// The part of [least, greatest] that lies below `value`.
std::optional<double> part_below(const Value& value, const Value& least, const Value& greatest) {
  const auto to_least = value::compare(value, least), to_greatest = value::compare(value, greatest);
  if (!to_least || !to_greatest) return std::nullopt;
  if (*to_least <= 0) return 0;
  if (*to_greatest >= 0) return 1;
  const auto at = position(value), from = position(least), to = position(greatest);
  if (!at || !from || !to || *to <= *from) return std::nullopt;
  return std::clamp((*at - *from) / (*to - *from), 0.0, 1.0);
}

}  // namespace

std::optional<double> range_part(const graph::GraphTransaction& graph,
                                 const bound::Expression& condition, bound::VariableId variable) {
  /// Statistics may be behind, and some value is mostly sought.
  constexpr double kLeastPart = 0.001;
  if (condition.kind != bound::ExpressionKind::kBinary || !is_range(condition.binary)) return {};
  const bound::Expression& left = *condition.children[0];
  const bound::Expression& right = *condition.children[1];
  const bool flipped = is_property_of(right, variable);
  const bound::Expression& property = flipped ? right : left;
  const bound::Expression& bound = flipped ? left : right;
  if (!is_property_of(property, variable) || bound.kind != bound::ExpressionKind::kLiteral ||
      property.key == bound::kUnknownName) {
    return {};
  }
  const graph::PropertyStatistics statistics =
      graph.property_statistics(catalog::PropertyKeyId{property.key});
  if (!statistics.minimum || !statistics.maximum) return {};
  const auto below = part_below(bound.literal, *statistics.minimum, *statistics.maximum);
  if (!below) return {};
  const bool less =
      condition.binary == BinaryOperator::kLess || condition.binary == BinaryOperator::kLessOrEqual;
  return std::max(kLeastPart, less != flipped ? *below : 1 - *below);
}

}  // namespace geode::gql::optimize
