#include <cmath>

#include "gql/exec/evaluate_node.hpp"
#include "gql/function/string_regex.hpp"
#include "value/arithmetic.hpp"
#include "value/compare.hpp"

namespace geode::gql::exec::evaluation {

using ast::BinaryOperator;
using value::Physical;
using value::Vector;

namespace {

/// Nulls of both sides into `out`. False when there are none.
bool merge_nulls(const Vector& a, const Vector& b, Rows rows, Vector& out) {
  if (!a.may_have_nulls() && !b.may_have_nulls()) return false;
  std::uint8_t* nulls = out.mutable_null_bytes();
  for (std::uint32_t row : rows) nulls[row] = a.is_null(row) || b.is_null(row);
  return true;
}

template <class A, class B, class Out, class F>
void loop(const Vector& a, const Vector& b, Rows rows, Out* out, F f) {
  const A* left = a.data<A>();
  const B* right = b.data<B>();
  if (a.is_flat() && b.is_constant()) {
    B constant = right[0];
    if (is_identity(rows)) {
      for (std::size_t i = 0; i < rows.size(); ++i) out[i] = f(left[i], constant);
    } else {
      for (std::uint32_t row : rows) out[row] = f(left[row], constant);
    }
    return;
  }
  for (std::uint32_t row : rows) out[row] = f(left[a.entry(row)], right[b.entry(row)]);
}

template <class A, class B>
void compare_loop(BinaryOperator op, const Vector& a, const Vector& b, Rows rows,
                  std::uint8_t* out) {
  switch (op) {
    case BinaryOperator::kEqual:
      return loop<A, B>(a, b, rows, out, [](const A& x, const B& y) { return x == y; });
    case BinaryOperator::kNotEqual:
      return loop<A, B>(a, b, rows, out, [](const A& x, const B& y) { return x != y; });
    case BinaryOperator::kLess:
      return loop<A, B>(a, b, rows, out, [](const A& x, const B& y) { return x < y; });
    case BinaryOperator::kLessOrEqual:
      return loop<A, B>(a, b, rows, out, [](const A& x, const B& y) { return x <= y; });
    case BinaryOperator::kGreater:
      return loop<A, B>(a, b, rows, out, [](const A& x, const B& y) { return x > y; });
    default:
      return loop<A, B>(a, b, rows, out, [](const A& x, const B& y) { return x >= y; });
  }
}

bool is_equality(BinaryOperator op) {
  return op == BinaryOperator::kEqual || op == BinaryOperator::kNotEqual;
}

bool compare_typed(BinaryOperator op, const Vector& a, const Vector& b, Rows rows, Vector& out) {
  if (a.physical() != b.physical()) return false;
  auto run = [&](auto compare) {
    out.reset(Physical::kBool);
    compare(out.mutable_data<std::uint8_t>());
    merge_nulls(a, b, rows, out);
    return true;
  };
  switch (a.physical()) {
    case Physical::kInt64:
      return run(
          [&](std::uint8_t* to) { compare_loop<std::int64_t, std::int64_t>(op, a, b, rows, to); });
    case Physical::kFloat64:
      return run([&](std::uint8_t* to) { compare_loop<double, double>(op, a, b, rows, to); });
    case Physical::kString:
      // Entries of null rows are unset: the string kernels must not touch them.
      if (a.may_have_nulls() || b.may_have_nulls()) return false;
      return run([&](std::uint8_t* to) {
        compare_loop<std::string_view, std::string_view>(op, a, b, rows, to);
      });
    case Physical::kBool:
      return run(
          [&](std::uint8_t* to) { compare_loop<std::uint8_t, std::uint8_t>(op, a, b, rows, to); });
    case Physical::kNode:
      if (!is_equality(op)) return false;
      return run([&](std::uint8_t* to) { compare_loop<NodeId, NodeId>(op, a, b, rows, to); });
    case Physical::kEdge:
    case Physical::kAny:
      return false;
  }
  return false;
}

/// A coded side is compared entry by entry.
bool compare_coded(Node& node, const Vector& a, const Vector& b, Rows rows) {
  const Vector* sides[] = {&a, &b};
  const Vector* coded = only_coded(sides);
  if (!coded || coded->coded_entries() >= rows.size()) return false;
  const Vector entries = coded->entries();
  Vector made;
  if (!compare_typed(node.expression->binary, coded == &a ? entries : a, coded == &b ? entries : b,
                     identity_rows(coded->coded_entries()), made)) {
    return false;
  }
  node.result.set_rows_as(made, *coded);
  return true;
}

Value compare_values(BinaryOperator op, const Value& a, const Value& b) {
  if (is_equality(op)) {
    std::optional<bool> equal = value::equals(a, b);
    if (!equal) return Value();
    return *equal == (op == BinaryOperator::kEqual);
  }
  std::optional<std::partial_ordering> order = value::compare(a, b);
  if (!order) return Value();
  switch (op) {
    case BinaryOperator::kLess:
      return *order < 0;
    case BinaryOperator::kLessOrEqual:
      return *order <= 0;
    case BinaryOperator::kGreater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

bool arithmetic_typed(const bound::Expression& e, const Vector& a, const Vector& b, Rows rows,
                      Vector& out) {
  if (a.physical() == Physical::kFloat64 && b.physical() == Physical::kFloat64) {
    out.reset(Physical::kFloat64);
    double* to = out.mutable_data<double>();
    switch (e.binary) {
      case BinaryOperator::kAdd:
        loop<double, double>(a, b, rows, to, [](double x, double y) { return x + y; });
        break;
      case BinaryOperator::kSubtract:
        loop<double, double>(a, b, rows, to, [](double x, double y) { return x - y; });
        break;
      case BinaryOperator::kMultiply:
        loop<double, double>(a, b, rows, to, [](double x, double y) { return x * y; });
        break;
      case BinaryOperator::kDivide:
        loop<double, double>(a, b, rows, to, [](double x, double y) { return x / y; });
        break;
      default:
        return false;
    }
    merge_nulls(a, b, rows, out);
    return true;
  }
  if (a.physical() != Physical::kInt64 || b.physical() != Physical::kInt64) return false;
  if (e.binary != BinaryOperator::kAdd && e.binary != BinaryOperator::kSubtract &&
      e.binary != BinaryOperator::kMultiply) {
    return false;
  }
  out.reset(Physical::kInt64);
  std::int64_t* to = out.mutable_data<std::int64_t>();
  const std::int64_t* left = a.data<std::int64_t>();
  const std::int64_t* right = b.data<std::int64_t>();
  bool nulls = merge_nulls(a, b, rows, out);
  for (std::uint32_t row : rows) {
    if (nulls && out.null_bytes()[row]) continue;
    std::int64_t x = left[a.entry(row)], y = right[b.entry(row)];
    bool overflow = e.binary == BinaryOperator::kAdd ? __builtin_add_overflow(x, y, &to[row])
                    : e.binary == BinaryOperator::kSubtract
                        ? __builtin_sub_overflow(x, y, &to[row])
                        : __builtin_mul_overflow(x, y, &to[row]);
    if (overflow)
      throw Error(status::kNumberOutOfRange, "integer overflow", e.position)
          .category("ArithmeticError", "IntegerOverflow");
  }
  return true;
}

Value in_list(const Value& element, const Value& list, Position position) {
  if (list.is_null()) return Value();
  if (list.type() != ValueType::kList) throw_no_list(list, position);
  bool unknown = false;
  for (const Value& candidate : list.as_list()) {
    std::optional<bool> equal = value::equals(element, candidate);
    if (equal == true) return true;
    unknown = unknown || !equal;
  }
  return unknown ? Value() : Value(false);
}

/// x IN list where the list is the same for all rows.
bool test_members(Node& node, ExecutionContext& context, const Vector& a, const Vector& list,
                  Rows rows) {
  if (!list.is_constant() || rows.empty() || list.is_null(0)) return false;
  if (!node.members) {
    // Few values are looked for faster than a long list is hashed.
    constexpr std::size_t kShortList = 64, kRowsToHashFor = 16;
    const Value value = list.get(0);
    if (value.type() != ValueType::kList) return false;
    node.rows_asked += rows.size();
    if (value.as_list().size() > kShortList && node.rows_asked < kRowsToHashFor) return false;
    node.members.emplace(value.as_list(), context.memory);
  }
  const Vector* const sides[] = {&a};
  if (const Vector* coded = only_coded(sides); coded && coded->coded_entries() < rows.size()) {
    Vector made;
    node.members->test(coded->entries(), identity_rows(coded->coded_entries()), made);
    node.result.set_rows_as(made, *coded);
    return true;
  }
  node.members->test(a, rows, node.result);
  return true;
}

Value apply(const bound::Expression& e, const Value& a, const Value& b) {
  switch (e.binary) {
    case BinaryOperator::kEqual:
    case BinaryOperator::kNotEqual:
    case BinaryOperator::kLess:
    case BinaryOperator::kLessOrEqual:
    case BinaryOperator::kGreater:
    case BinaryOperator::kGreaterOrEqual:
      return compare_values(e.binary, a, b);
    case BinaryOperator::kAdd:
      return value::add(a, b);
    case BinaryOperator::kSubtract:
      return value::subtract(a, b);
    case BinaryOperator::kMultiply:
      return value::multiply(a, b);
    case BinaryOperator::kDivide:
      return value::divide(a, b);
    case BinaryOperator::kModulo:
      return value::modulo(a, b);
    case BinaryOperator::kPower:
      return value::power(a, b);
    case BinaryOperator::kConcatenate:
      return value::concatenate(a, b);
    case BinaryOperator::kIn:
      return in_list(a, b, e.position);
    case BinaryOperator::kStartsWith:
    case BinaryOperator::kEndsWith:
    case BinaryOperator::kContains:
    case BinaryOperator::kMatchesRegex: {
      if (a.type() != ValueType::kString || b.type() != ValueType::kString) return Value();
      std::string_view text = a.as_string(), part = b.as_string();
      if (e.binary == BinaryOperator::kStartsWith) return text.starts_with(part);
      if (e.binary == BinaryOperator::kEndsWith) return text.ends_with(part);
      if (e.binary == BinaryOperator::kContains) return text.find(part) != std::string_view::npos;
      return regex_matches(text, part);
    }
    case BinaryOperator::kOr:
    case BinaryOperator::kXor:
    case BinaryOperator::kAnd:
      break;
  }
  throw Error(status::kInternal, "a logical operator where values were expected", e.position);
}

/// AND and OR look at their right side only for the rows the left one does not decide.
const Vector& evaluate_logical(Node& node, ExecutionContext& context, const Batch& batch,
                               Rows rows) {
  BinaryOperator op = node.expression->binary;
  const Vector& left = evaluate(node.children[0], context, batch, rows);
  node.rows_a.clear();
  std::vector<std::uint8_t> left_truth(batch.size, 2);  // 2: unknown
  bool deciding = op == BinaryOperator::kOr;
  for (std::uint32_t row : rows) {
    std::optional<bool> truth = truth_at(left, row, *node.children[0].expression);
    if (truth) left_truth[row] = *truth;
    if (op == BinaryOperator::kXor || truth != deciding) node.rows_a.push_back(row);
  }
  node.rows_b.swap(node.rows_a);
  const Vector* right = nullptr;
  if (!node.rows_b.empty()) right = &evaluate(node.children[1], context, batch, node.rows_b);
  node.result.reset(Physical::kBool);
  std::uint8_t* out = node.result.mutable_data<std::uint8_t>();
  for (std::uint32_t row : rows) out[row] = deciding;
  for (std::uint32_t row : node.rows_b) {
    std::optional<bool> r = truth_at(*right, row, *node.children[1].expression);
    std::uint8_t l = left_truth[row];
    if (op == BinaryOperator::kXor) {
      if (l == 2 || !r) {
        node.result.set_null(row);
      } else {
        out[row] = (l != 0) != *r;
      }
    } else if (r == deciding) {
      out[row] = deciding;
    } else if (l == 2 || !r) {
      node.result.set_null(row);
    } else {
      out[row] = !deciding;
    }
  }
  return node.result;
}

}  // namespace

const Vector& evaluate_binary(Node& node, ExecutionContext& context, const Batch& batch,
                              Rows rows) {
  const bound::Expression& e = *node.expression;
  if (e.binary == BinaryOperator::kAnd || e.binary == BinaryOperator::kOr ||
      e.binary == BinaryOperator::kXor) {
    return evaluate_logical(node, context, batch, rows);
  }
  const Vector& a = evaluate(node.children[0], context, batch, rows);
  const Vector& b = evaluate(node.children[1], context, batch, rows);
  if (e.binary >= BinaryOperator::kEqual && e.binary <= BinaryOperator::kGreaterOrEqual) {
    if (compare_coded(node, a, b, rows)) return node.result;
    if (compare_typed(e.binary, a, b, rows, node.result)) return node.result;
  } else if (e.binary >= BinaryOperator::kAdd && e.binary <= BinaryOperator::kDivide) {
    if (arithmetic_typed(e, a, b, rows, node.result)) return node.result;
  } else if (e.binary == BinaryOperator::kIn && node.children[1].constant) {
    if (test_members(node, context, a, b, rows)) return node.result;
  }
  RowValues values(node);
  try {
    for (std::uint32_t row : rows) values.add(apply(e, a.get(row), b.get(row)));
  } catch (Error& error) {
    if (error.position().line == 0) error.set_position(e.position);
    throw;
  }
  return values.publish(batch, rows);
}

const Vector& evaluate_unary(Node& node, ExecutionContext& context, const Batch& batch, Rows rows) {
  const bound::Expression& e = *node.expression;
  const Vector& operand = evaluate(node.children[0], context, batch, rows);
  if (e.unary == ast::UnaryOperator::kNot) {
    node.result.reset(Physical::kBool);
    std::uint8_t* out = node.result.mutable_data<std::uint8_t>();
    for (std::uint32_t row : rows) {
      std::optional<bool> truth = truth_at(operand, row, e);
      if (truth) {
        out[row] = !*truth;
      } else {
        node.result.set_null(row);
      }
    }
    return node.result;
  }
  node.values.clear();
  try {
    for (std::uint32_t row : rows) {
      Value value = operand.get(row);
      node.values.push_back(e.unary == ast::UnaryOperator::kMinus ? value::negate(value)
                                                                  : std::move(value));
    }
  } catch (Error& error) {
    if (error.position().line == 0) error.set_position(e.position);
    throw;
  }
  return publish(node, node.values, batch, rows);
}

}  // namespace geode::gql::exec::evaluation
