#include "gql/optimize/choose_scan.hpp"

#include <algorithm>
#include <optional>

#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

using Op = ast::BinaryOperator;

Op mirrored(Op op) {
  switch (op) {
    case Op::kLess:
      return Op::kGreater;
    case Op::kLessOrEqual:
      return Op::kGreaterOrEqual;
    case Op::kGreater:
      return Op::kLess;
    case Op::kGreaterOrEqual:
      return Op::kLessOrEqual;
    default:
      return op;
  }
}

/// A comparison of a property of the scanned node with something that is known before the scan.
struct Comparison {
  std::size_t condition = 0;
  std::uint32_t key = 0;
  Op op{};
  const bound::Expression* value = nullptr;
};

std::vector<Comparison> comparisons(const plan::Filter& filter, const plan::NodeScan& scan,
                                    const std::vector<bound::VariableId>& before) {
  std::vector<Comparison> out;
  for (std::size_t i = 0; i < filter.conditions.size(); ++i) {
    const bound::Expression& e = *filter.conditions[i];
    const bool compares = e.kind == bound::ExpressionKind::kBinary && e.binary >= Op::kEqual &&
                          e.binary <= Op::kGreaterOrEqual && e.binary != Op::kNotEqual;
    const bool among = e.kind == bound::ExpressionKind::kBinary && e.binary == Op::kIn;
    if (!compares && !among) continue;
    for (int side : {0, 1}) {
      if (among && side == 1) break;
      const bound::Expression& property = *e.children[side];
      const bound::Expression& value = *e.children[1 - side];
      if (!is_property_of(property, scan.variable) || property.key == bound::kUnknownName ||
          !covers(before, value) || !is_deterministic(value)) {
        continue;
      }
      out.push_back({i, property.key, side == 0 ? e.binary : mirrored(e.binary), &value});
      break;
    }
  }
  return out;
}

std::optional<plan::IndexSeek> equality_seek(const catalog::IndexDefinition& index,
                                             const std::vector<Comparison>& found,
                                             std::vector<std::size_t>& used) {
  plan::IndexSeek seek;
  used.clear();
  for (catalog::PropertyKeyId key : index.keys) {
    auto match = std::find_if(found.begin(), found.end(), [&](const Comparison& comparison) {
      return comparison.op == Op::kEqual && comparison.key == static_cast<std::uint32_t>(key);
    });
    if (match == found.end()) return std::nullopt;
    seek.equal.push_back(bound::clone(*match->value));
    used.push_back(match->condition);
  }
  return seek;
}

/// The condition stays: a list that turns out to be long is not looked for in the index.
std::optional<plan::IndexSeek> among_seek(const catalog::IndexDefinition& index,
                                          const std::vector<Comparison>& found) {
  if (index.keys.size() != 1) return std::nullopt;
  for (const Comparison& comparison : found) {
    if (comparison.op != Op::kIn || comparison.key != static_cast<std::uint32_t>(index.keys[0]))
      continue;
    plan::IndexSeek seek;
    seek.among = bound::clone(*comparison.value);
    return seek;
  }
  return std::nullopt;
}

/// How many elements a list has that is not known yet.
double list_size(const bound::Expression& list) {
  constexpr double kUnknownSize = 10;
  if (list.kind == bound::ExpressionKind::kLiteral && list.literal.type() == ValueType::kList)
    return static_cast<double>(list.literal.as_list().size());
  return list.kind == bound::ExpressionKind::kList ? static_cast<double>(list.children.size())
                                                   : kUnknownSize;
}

std::optional<plan::IndexSeek> range_seek(const catalog::IndexDefinition& index,
                                          const std::vector<Comparison>& found) {
  plan::IndexSeek seek;
  for (const Comparison& comparison : found) {
    if (comparison.key != static_cast<std::uint32_t>(index.keys[0])) continue;
    bool low = comparison.op == Op::kGreater || comparison.op == Op::kGreaterOrEqual;
    bool high = comparison.op == Op::kLess || comparison.op == Op::kLessOrEqual;
    bool inclusive = comparison.op == Op::kGreaterOrEqual || comparison.op == Op::kLessOrEqual;
    if (low && !seek.low) {
      seek.low = bound::clone(*comparison.value);
      seek.low_inclusive = inclusive;
    } else if (high && !seek.high) {
      seek.high = bound::clone(*comparison.value);
      seek.high_inclusive = inclusive;
    }
  }
  if (!seek.low && !seek.high) return std::nullopt;
  return seek;
}

void choose(LogicalOpPtr& op, const graph::GraphTransaction& graph) {
  auto* filter = std::get_if<plan::Filter>(&op->node);
  if (!filter) return;
  auto* scan = std::get_if<plan::NodeScan>(&op->inputs[0]->node);
  if (!scan || !scan->label || scan->empty) return;
  const std::optional<bound::ScanHint> hint = scan->hint;
  if (hint && !hint->index) return;
  const auto eligible = [&](const catalog::IndexDefinition& index) {
    return index.label == *scan->label && (!hint || index.id == *hint->index);
  };
  LogicalOp& below = *op->inputs[0];
  std::vector<Comparison> found = comparisons(*filter, *scan, below.inputs[0]->outputs);
  if (found.empty()) return;
  const catalog::IndexDefinition* best = nullptr;
  std::optional<plan::IndexSeek> seek;
  std::vector<std::size_t> used;
  for (const catalog::IndexDefinition& index : graph.catalog().indexes()) {
    if (!eligible(index)) continue;
    std::vector<std::size_t> conditions;
    std::optional<plan::IndexSeek> equality = equality_seek(index, found, conditions);
    bool unique = index.kind == catalog::IndexKind::kUnique;
    if (!equality || (best && !unique)) continue;
    best = &index;
    seek = std::move(equality);
    used = std::move(conditions);
    if (unique) break;
  }
  for (const auto find : {among_seek, range_seek}) {
    for (const catalog::IndexDefinition& index : graph.catalog().indexes()) {
      if (seek || !eligible(index)) continue;
      seek = find(index, found);
      best = &index;
    }
  }
  if (!seek) return;
  const double of_one =
      best->kind == catalog::IndexKind::kUnique
          ? 1.0 / std::max<double>(1, static_cast<double>(graph.node_count(*scan->label)))
          : 1.0 / std::max(1.0, graph.property_statistics(best->keys[0]).distinct);
  const double fraction = seek->among           ? std::min(1.0, of_one * list_size(*seek->among))
                          : seek->equal.empty() ? 1.0 / 3
                                                : of_one;
  seek->variable = scan->variable;
  seek->index = best->id;
  seek->label = best->label;
  seek->index_name = best->name;
  double rows =
      below.inputs[0]->rows * static_cast<double>(graph.node_count(*scan->label)) * fraction;
  below.node = std::move(*seek);
  below.rows = op->rows = rows;
  std::sort(used.begin(), used.end(), std::greater<>());
  for (std::size_t condition : used)
    filter->conditions.erase(filter->conditions.begin() + static_cast<std::ptrdiff_t>(condition));
  if (filter->conditions.empty()) {
    LogicalOpPtr input = std::move(op->inputs[0]);
    op = std::move(input);
  }
}

void exchange(LogicalOp& a, LogicalOp& b) {
  std::swap(a.node, b.node);
  std::swap(a.inputs, b.inputs);
  std::swap(a.outputs, b.outputs);
  std::swap(a.rows, b.rows);
}

}  // namespace

void choose_scan(LogicalOp& root, const graph::GraphTransaction& graph) {
  // The root may be the filter itself: RETURN of all that a pattern found needs no operator above.
  LogicalOpPtr whole = std::make_unique<LogicalOp>();
  exchange(root, *whole);
  choose(whole, graph);
  for_each_op_below(*whole, [&](LogicalOpPtr& op) { choose(op, graph); });
  exchange(root, *whole);
  for_each_op_below(root, [](LogicalOpPtr& op) {
    const auto* scan = std::get_if<plan::NodeScan>(&op->node);
    if (!scan || !scan->hint || !scan->hint->index) return;
    throw Error(status::kSyntaxError,
                "this hint cannot be followed: no condition gives the index a value to look for",
                scan->hint->position)
        .category("SyntaxError", "InvalidHint")
        .hint("compare a property of the index with something that is known before")
        .phase(Phase::kCompile);
  });
}

}  // namespace geode::gql::optimize
