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

constexpr std::size_t kLargeText = std::size_t{1} << 20;

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

const Vector& call_function(Node& node, ExecutionContext& context,
                            const std::vector<const Vector*>& arguments, const Batch& batch,
                            Rows rows) {
  const ScalarFunction& function = *node.expression->function;
  context.functions.position = node.expression->position;
  if (function.vectorized && function.vectorized(arguments, rows, node.result, context.functions))
    return node.result;
  std::vector<Value> row_arguments(arguments.size());
  // A large text is copied out of its column to be an argument.
  base::MemoryCharge copied(context.memory);
  RowValues values(node);
  for (std::uint32_t row : rows) {
    bool null = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      row_arguments[i] = arguments[i]->get(row);
      null = null || row_arguments[i].is_null();
      if (arguments[i]->physical() == Physical::kString && !row_arguments[i].is_null() &&
          row_arguments[i].as_string().size() > kLargeText)
        copied.set(std::max<std::uint64_t>(copied.bytes(), row_arguments[i].as_string().size()));
      // A program sees nodes and edges whole.
      if (function.callback) row_arguments[i] = resolve(row_arguments[i], *context.graph);
    }
    if (null && function.null_in_null_out) {
      values.add({});
      continue;
    }
    try {
      values.add(function.call(row_arguments, context.functions));
    } catch (Error& error) {
      if (error.position().line == 0) error.set_position(node.expression->position);
      throw;
    }
  }
  return values.publish(batch, rows);
}

/// Calls the function once for each entry of `coded`, the one argument that is not the same for all
/// rows. False when that raised an error: the entry may be one that no row has.
bool call_by_entry(Node& node, ExecutionContext& context, std::vector<const Vector*> arguments,
                   const Vector& coded) {
  const Vector like = coded;
  const Vector entries = coded.entries();
  std::replace(arguments.begin(), arguments.end(), &coded, &entries);
  Batch batch;
  batch.size = coded.coded_entries();
  try {
    const Vector made = call_function(node, context, arguments, batch, identity_rows(batch.size));
    node.result.set_rows_as(made, like);
    return true;
  } catch (const Error&) {
    return false;
  }
}

const Vector& evaluate_function(Node& node, ExecutionContext& context, const Batch& batch,
                                Rows rows) {
  std::vector<const Vector*> arguments;
  arguments.reserve(node.children.size());
  for (Node& child : node.children) arguments.push_back(&evaluate(child, context, batch, rows));
  const Vector* coded = only_coded(arguments);
  if (coded && node.expression->function->deterministic && coded->coded_entries() < rows.size()) {
    if (call_by_entry(node, context, arguments, *coded)) return node.result;
  }
  return call_function(node, context, arguments, batch, rows);
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

const Vector& evaluate_constructor(Node& node, ExecutionContext& context, const Batch& batch,
                                   Rows rows) {
  std::vector<const Vector*> parts;
  for (Node& child : node.children) parts.push_back(&evaluate(child, context, batch, rows));
  RowValues values(node);
  for (std::uint32_t row : rows) {
    if (node.expression->kind == ExpressionKind::kList) {
      List list;
      list.reserve(parts.size());
      for (const Vector* part : parts) list.push_back(part->get(row));
      values.add(std::move(list));
    } else {
      Record record;
      record.reserve(parts.size());
      for (std::size_t i = 0; i < parts.size(); ++i) {
        record.emplace_back(node.expression->field_names[i], parts[i]->get(row));
      }
      values.add(std::move(record));
    }
  }
  return values.publish(batch, rows);
}

/// CAST, whose errors are at the place of the whole expression.
Value cast_at(const Value& value, const bound::Expression& e, const FunctionContext& functions) {
  const value::Clock clock{functions.now_seconds, functions.now_nanoseconds,
                           functions.time_zone.empty() ? "Z" : functions.time_zone};
  try {
    return value::cast(value, e.declared_type, clock);
  } catch (Error& error) {
    if (error.position().line == 0) error.set_position(e.position);
    throw;
  }
}

const Vector& evaluate_by_value(Node& node, ExecutionContext& context, const Batch& batch,
                                Rows rows) {
  const bound::Expression& e = *node.expression;
  std::vector<const Vector*> parts;
  for (Node& child : node.children) {
    parts.push_back(child.expression ? &evaluate(child, context, batch, rows) : nullptr);
  }
  RowValues values(node);
  const bool reads_elements = e.declared_type.reads_elements();
  const auto belongs = [&](const Value& value) {
    return value::belongs(reads_elements ? resolve(value, *context.graph) : value, e.declared_type);
  };
  for (std::uint32_t row : rows) {
    Value base = parts[0]->get(row);
    if (e.kind == ExpressionKind::kIndex) {
      values.add(index_value(base, parts[1]->get(row), context, e.position));
    } else if (e.kind == ExpressionKind::kSlice) {
      Value from = parts[1] ? parts[1]->get(row) : Value(),
            to = parts[2] ? parts[2]->get(row) : Value();
      values.add(
          slice_value(base, parts[1] ? &from : nullptr, parts[2] ? &to : nullptr, e.position));
    } else if (e.kind == ExpressionKind::kIsTyped) {
      values.add(belongs(base) != e.negated);
    } else if (e.kind == ExpressionKind::kCast) {
      // An element is of a type or is not; nothing can be made of it that is.
      const bool kept = e.checked || (reads_elements && !base.is_null());
      if (kept && !belongs(base)) {
        throw Error(status::kInvalidValueType,
                    resolve(base, *context.graph).to_string() + " is not of the type " +
                        e.declared_type.name(),
                    e.position)
            .category("TypeError", "InvalidArgumentType");
      }
      values.add(kept ? base : cast_at(base, e, context.functions));
    } else {
      Value other = parts[1]->get(row);
      values.add(base.is_null() || other.is_null() ? Value() : Value(value::same(base, other)));
    }
  }
  return values.publish(batch, rows);
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
