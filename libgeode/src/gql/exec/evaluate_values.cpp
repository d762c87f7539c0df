#include "gql/exec/evaluate_node.hpp"
#include "gql/function/statement_clock.hpp"
#include "value/cast.hpp"
#include "value/compare.hpp"

namespace geode::gql::exec::evaluation {

using bound::ExpressionKind;
using value::Vector;

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

namespace {

/// CAST, whose errors are at the place of the whole expression.
Value cast_at(const Value& value, const bound::Expression& e, const FunctionContext& functions) {
  const value::Clock clock = clock_of(functions);
  try {
    return value::cast(value, e.declared_type, clock);
  } catch (Error& error) {
    if (error.position().line == 0) error.set_position(e.position);
    throw;
  }
}

}  // namespace

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

}  // namespace geode::gql::exec::evaluation
