#include "gql/exec/evaluate.hpp"

#include <algorithm>

#include "base/running_limits.hpp"
#include "base/stack.hpp"
#include "gql/exec/evaluate_node.hpp"
#include "value/cast.hpp"
#include "value/compare.hpp"

namespace geode::gql::exec {

using bound::ExpressionKind;
using value::Physical;
using value::Vector;

int column_of(const ColumnMap& columns, bound::VariableId variable) {
  for (const auto& [id, column] : columns) {
    if (id == variable) return column;
  }
  return -1;
}

namespace {

/// The outer columns that the bodies of `expression` read, and the map for those bodies: outer
/// columns, then locals.
std::unique_ptr<NestedBody> make_body(const bound::Expression& expression, const ColumnMap& columns,
                                      std::initializer_list<bound::VariableId> locals,
                                      ColumnMap& inner) {
  auto body = std::make_unique<NestedBody>();
  std::vector<bound::VariableId> outer;
  bound::for_each_free_variable(expression, [&](bound::VariableId variable) {
    if (std::find(outer.begin(), outer.end(), variable) == outer.end()) outer.push_back(variable);
  });
  for (bound::VariableId variable : outer) {
    int column = column_of(columns, variable);
    if (column < 0) continue;
    inner.emplace_back(variable, static_cast<int>(body->outer_columns.size()));
    body->outer_columns.push_back(column);
  }
  int next = static_cast<int>(body->outer_columns.size());
  for (bound::VariableId local : locals) inner.emplace_back(local, next++);
  body->batch.columns.resize(next);
  return body;
}

bool is_deterministic(const bound::Expression& e) {
  return e.kind != ExpressionKind::kFunction || e.function->deterministic ||
         e.function->constant_in_statement;
}

void build(Evaluator::Node& node, const bound::Expression* expression, const ColumnMap& columns,
           SubqueryLowering& lowering) {
  node.expression = expression;
  if (!expression) return;
  const bound::Expression& e = *expression;
  node.children.resize(e.children.size());
  auto build_child = [&](std::size_t i, const ColumnMap& map) {
    build(node.children[i], e.children[i].get(), map, lowering);
  };
  ColumnMap inner;
  switch (e.kind) {
    case ExpressionKind::kVariable:
      node.column = column_of(columns, e.variable);
      if (node.column < 0) {
        throw Error(status::kInternal, "a plan does not carry a variable it needs", e.position);
      }
      return;
    case ExpressionKind::kListComprehension:
    case ExpressionKind::kQuantifier:
      node.body = make_body(e, columns, {e.variable}, inner);
      build_child(0, columns);
      for (std::size_t i = 1; i < e.children.size(); ++i) build_child(i, inner);
      return;
    case ExpressionKind::kReduce:
      node.body = make_body(e, columns, {e.accumulator, e.variable}, inner);
      build_child(0, columns);
      build_child(1, columns);
      build_child(2, inner);
      return;
    case ExpressionKind::kSubquery:
      node.subplan = lowering.lower_subquery(*e.subquery, columns, node.subplan_columns);
      return;
    case ExpressionKind::kAggregate:
      throw Error(status::kInternal, "an aggregate outside of a grouping", e.position);
    case ExpressionKind::kLiteral:
    case ExpressionKind::kParameter:
    case ExpressionKind::kProperty:
    case ExpressionKind::kUnary:
    case ExpressionKind::kBinary:
    case ExpressionKind::kIsNull:
    case ExpressionKind::kIsTruth:
    case ExpressionKind::kLabelTest:
    case ExpressionKind::kIsTyped:
    case ExpressionKind::kFunction:
    case ExpressionKind::kCase:
    case ExpressionKind::kList:
    case ExpressionKind::kRecord:
    case ExpressionKind::kIndex:
    case ExpressionKind::kSlice:
    case ExpressionKind::kCast:
    case ExpressionKind::kPath:
    case ExpressionKind::kNodeOrEdgeEquals:
    case ExpressionKind::kGuard:
      break;
  }
  for (std::size_t i = 0; i < e.children.size(); ++i) build_child(i, columns);
  node.constant = is_deterministic(e) &&
                  std::all_of(node.children.begin(), node.children.end(), [](const auto& child) {
                    return !child.expression || child.constant;
                  });
  node.key = e.key;
}

void open_node(Evaluator::Node& node, ExecutionContext& context) {
  if (!node.expression) return;
  node.constant_known = false;
  node.members.reset();
  node.rows_asked = 0;
  node.charge = base::MemoryCharge(context.memory);
  if (node.expression->kind == ExpressionKind::kLiteral && node.result.is_constant())
    node.constant_known = true;
  if (node.expression->kind == ExpressionKind::kProperty &&
      node.expression->key == bound::kUnknownName) {
    auto key = context.graph ? context.graph->catalog().find_property_key(node.expression->name)
                             : std::nullopt;
    node.key = key ? static_cast<std::uint32_t>(*key) : bound::kUnknownName;
  }
  for (Evaluator::Node& child : node.children) open_node(child, context);
}

const Batch& one_row() {
  static const Batch batch = [] {
    Batch b;
    b.size = 1;
    return b;
  }();
  return batch;
}

}  // namespace

namespace evaluation {

bool is_identity(Rows rows) { return rows.empty() || rows.data() == identity_rows(1).data(); }

const Vector* only_coded(std::span<const Vector* const> operands) {
  const Vector* found = nullptr;
  for (const Vector* operand : operands) {
    if (operand->is_constant()) continue;
    if (found || operand->coded_entries() == 0) return nullptr;
    found = operand;
  }
  return found;
}

const Vector& scatter(Node& node, Vector& dense, const Batch& batch, Rows rows) {
  if (is_identity(rows)) return dense;
  node.positions.assign(batch.size, 0);
  for (std::uint32_t k = 0; k < rows.size(); ++k) node.positions[rows[k]] = k;
  node.result.set_dictionary(dense, node.positions);
  return node.result;
}

RowValues::RowValues(Node& node) : node_(node) {
  node.values.clear();
  // Large values of the last batch make room for those of this one.
  if (node.charge.bytes() == 0) return;
  node.dense = Vector();
  node.result = Vector();
  node.charge.clear();
}

void RowValues::check() {
  unasked_ = 0;
  base::poll_interrupt();
  if (held_ < next_charge_) return;
  node_.charge.set(held_);
  next_charge_ = held_ + kStepBytes;
}

void assign_values(Vector& column, std::span<const Value> values, std::uint64_t held) {
  // Below, typed kernels are worth more than copies of texts.
  constexpr std::uint64_t kSharedBytes = std::uint64_t{8} << 20;
  if (held <= kSharedBytes) {
    column.assign(values);
    return;
  }
  column.reset(Physical::kAny);
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    column.mutable_data<Value>()[i] = values[i];
    if (values[i].is_null()) column.set_null(i);
  }
}

const Vector& RowValues::publish(const Batch& batch, Rows rows) {
  assign_values(node_.dense, node_.values, held_);
  if (held_ >= kStepBytes) {
    node_.values = {};
    node_.charge.set(held_);
  } else {
    node_.charge.clear();
  }
  return scatter(node_, node_.dense, batch, rows);
}

const Vector& publish(Node& node, std::vector<Value>& values, const Batch& batch, Rows rows) {
  node.dense.assign(values);
  return scatter(node, node.dense, batch, rows);
}

std::optional<bool> truth_at(const Vector& vector, std::uint32_t row,
                             const bound::Expression& expression) {
  if (vector.is_null(row)) return std::nullopt;
  if (vector.physical() == Physical::kBool) return vector.at<std::uint8_t>(row) != 0;
  Value value = vector.get(row);
  if (value.is_null()) return std::nullopt;
  if (value.type() == ValueType::kBool) return value.as_bool();
  throw Error(
      status::kInvalidValueType,
      "expected a boolean, got " + std::string(type_name(value.type())) + " " + value.to_string(),
      expression.position)
      .category("TypeError", "InvalidArgumentType");
}

namespace {

const Vector& evaluate_is_null(Node& node, ExecutionContext& context, const Batch& batch,
                               Rows rows) {
  const Vector& operand = evaluate(node.children[0], context, batch, rows);
  node.result.reset(Physical::kBool);
  std::uint8_t* out = node.result.mutable_data<std::uint8_t>();
  bool negated = node.expression->negated;
  for (std::uint32_t row : rows) {
    bool null = operand.is_null(row) ||
                (operand.physical() == Physical::kAny && operand.at<Value>(row).is_null());
    out[row] = null != negated;
  }
  return node.result;
}

const Vector& evaluate_is_truth(Node& node, ExecutionContext& context, const Batch& batch,
                                Rows rows) {
  const Vector& operand = evaluate(node.children[0], context, batch, rows);
  node.result.reset(Physical::kBool);
  std::uint8_t* out = node.result.mutable_data<std::uint8_t>();
  const bound::Expression& e = *node.expression;
  if (operand.physical() == Physical::kBool && operand.is_flat()) {
    const std::uint8_t* data = operand.data<std::uint8_t>();
    const std::uint8_t* nulls = operand.may_have_nulls() ? operand.null_bytes() : nullptr;
    const auto test = [&](auto holds) {
      for (std::uint32_t row : rows) {
        const bool known = nulls == nullptr || nulls[row] == 0;
        out[row] = holds(data[row] != 0, known) != e.negated;
      }
    };
    switch (e.truth) {
      case ast::TruthValue::kTrue:
        test([](bool value, bool known) { return known && value; });
        break;
      case ast::TruthValue::kFalse:
        test([](bool value, bool known) { return known && !value; });
        break;
      case ast::TruthValue::kUnknown:
        test([](bool, bool known) { return !known; });
        break;
    }
    return node.result;
  }
  for (std::uint32_t row : rows) {
    std::optional<bool> truth = truth_at(operand, row, e);
    bool holds = false;
    switch (e.truth) {
      case ast::TruthValue::kTrue:
        holds = truth == true;
        break;
      case ast::TruthValue::kFalse:
        holds = truth == false;
        break;
      case ast::TruthValue::kUnknown:
        holds = !truth;
        break;
    }
    out[row] = holds != e.negated;
  }
  return node.result;
}

const Vector& evaluate_case(Node& node, ExecutionContext& context, const Batch& batch, Rows rows) {
  // Each condition sees only the rows no earlier one took, so that results of other branches raise
  // no errors.
  std::vector<std::uint32_t> left(rows.begin(), rows.end());
  std::vector<Value> by_row(batch.size);
  std::size_t branches = node.children.size() / 2;
  std::vector<std::uint32_t> taken, rest;
  for (std::size_t i = 0; i < branches && !left.empty(); ++i) {
    const Vector& condition = evaluate(node.children[2 * i], context, batch, left);
    taken.clear();
    rest.clear();
    for (std::uint32_t row : left) {
      (truth_at(condition, row, *node.children[2 * i].expression) == true ? taken : rest)
          .push_back(row);
    }
    if (!taken.empty()) {
      const Vector& result = evaluate(node.children[2 * i + 1], context, batch, taken);
      for (std::uint32_t row : taken) by_row[row] = result.get(row);
    }
    left.swap(rest);
  }
  if (!left.empty()) {
    const Vector& result = evaluate(node.children.back(), context, batch, left);
    for (std::uint32_t row : left) by_row[row] = result.get(row);
  }
  node.values.clear();
  for (std::uint32_t row : rows) node.values.push_back(std::move(by_row[row]));
  return publish(node, node.values, batch, rows);
}

/// A row after another: which one fails is not known otherwise.
const Vector& evaluate_guard(Node& node, ExecutionContext& context, const Batch& batch, Rows rows) {
  std::vector<Value> values;
  for (const std::uint32_t row : rows) {
    bool holds = false;
    try {
      const Vector& condition = evaluate(node.children[0], context, batch, {&row, 1});
      holds = truth_at(condition, row, *node.children[0].expression) == true;
    } catch (const Error& error) {
      if (!error.gqlstatus().starts_with("22")) throw;
    }
    values.emplace_back(holds);
  }
  node.values = std::move(values);
  return publish(node, node.values, batch, rows);
}

const Vector& evaluate_kind(Node& node, ExecutionContext& context, const Batch& batch, Rows rows) {
  const bound::Expression& e = *node.expression;
  switch (e.kind) {
    case ExpressionKind::kLiteral:
      node.result.set_constant(e.literal);
      return node.result;
    case ExpressionKind::kParameter:
      node.result.set_constant(context.parameters[e.index]);
      return node.result;
    case ExpressionKind::kVariable:
      return batch.columns[node.column];
    case ExpressionKind::kProperty:
      return evaluate_property(node, context, batch, rows);
    case ExpressionKind::kUnary:
      return evaluate_unary(node, context, batch, rows);
    case ExpressionKind::kBinary:
      return evaluate_binary(node, context, batch, rows);
    case ExpressionKind::kIsNull:
      return evaluate_is_null(node, context, batch, rows);
    case ExpressionKind::kIsTruth:
      return evaluate_is_truth(node, context, batch, rows);
    case ExpressionKind::kLabelTest:
      return evaluate_label_test(node, context, batch, rows);
    case ExpressionKind::kFunction:
      return evaluate_function(node, context, batch, rows);
    case ExpressionKind::kCase:
      return evaluate_case(node, context, batch, rows);
    case ExpressionKind::kList:
    case ExpressionKind::kRecord:
      return evaluate_constructor(node, context, batch, rows);
    case ExpressionKind::kIsTyped:
    case ExpressionKind::kCast:
    case ExpressionKind::kIndex:
    case ExpressionKind::kSlice:
    case ExpressionKind::kNodeOrEdgeEquals:
      return evaluate_by_value(node, context, batch, rows);
    case ExpressionKind::kListComprehension:
      return evaluate_comprehension(node, context, batch, rows);
    case ExpressionKind::kQuantifier:
      return evaluate_quantifier(node, context, batch, rows);
    case ExpressionKind::kReduce:
      return evaluate_reduce(node, context, batch, rows);
    case ExpressionKind::kSubquery:
      return evaluate_subquery(node, context, batch, rows);
    case ExpressionKind::kPath:
      return evaluate_path(node, context, batch, rows);
    case ExpressionKind::kGuard:
      return evaluate_guard(node, context, batch, rows);
    case ExpressionKind::kAggregate:
      break;
  }
  throw Error(status::kInternal, "an aggregate outside of a grouping", e.position);
}

}  // namespace

const Vector& evaluate(Node& node, ExecutionContext& context, const Batch& batch, Rows rows) {
  base::check_stack();
  if (!node.constant) return evaluate_kind(node, context, batch, rows);
  if (!node.constant_known) {
    const Vector& once = evaluate_kind(node, context, one_row(), identity_rows(1));
    if (!once.is_constant()) {
      const Value value = once.get(0);
      // A large text is held once.
      node.dense = Vector();
      node.values.clear();
      node.result.set_constant(value);
    }
    node.constant_known = true;
  }
  return node.result;
}

}  // namespace evaluation

Evaluator::Evaluator(const bound::Expression& expression, const ColumnMap& columns,
                     SubqueryLowering& lowering)
    : root_(std::make_unique<Node>()) {
  build(*root_, &expression, columns, lowering);
}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

void Evaluator::open(ExecutionContext& context) {
  context_ = &context;
  open_node(*root_, context);
}

const Vector& Evaluator::evaluate(const Batch& batch, std::span<const std::uint32_t> rows) {
  return evaluation::evaluate(*root_, *context_, batch, rows);
}

Value Evaluator::evaluate_constant(ExecutionContext& context) {
  open(context);
  return evaluate(one_row(), identity_rows(1)).get(0);
}

void Evaluator::filter(const Batch& batch, std::span<const std::uint32_t> rows,
                       std::vector<std::uint32_t>& out) {
  const Vector& truth = evaluate(batch, rows);
  if (truth.physical() == Physical::kBool && truth.is_flat()) {
    const std::uint8_t* data = truth.data<std::uint8_t>();
    std::size_t size = out.size();
    out.resize(size + rows.size());
    std::uint32_t* to = out.data() + size;
    if (!truth.may_have_nulls()) {
      for (std::uint32_t row : rows) {
        *to = row;
        to += data[row];
      }
    } else {
      const std::uint8_t* nulls = truth.null_bytes();
      for (std::uint32_t row : rows) {
        *to = row;
        to += data[row] & (nulls[row] ^ 1);
      }
    }
    out.resize(to - out.data());
    return;
  }
  if (truth.physical() == Physical::kBool && !truth.may_have_nulls()) {
    const std::uint8_t* data = truth.data<std::uint8_t>();
    for (std::uint32_t row : rows) {
      if (data[truth.entry(row)] != 0) out.push_back(row);
    }
    return;
  }
  for (std::uint32_t row : rows) {
    if (evaluation::truth_at(truth, row, *root_->expression) == true) out.push_back(row);
  }
}

const bound::Expression& Evaluator::expression() const { return *root_->expression; }

}  // namespace geode::gql::exec
