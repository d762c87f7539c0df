#include <algorithm>

#include "gql/exec/evaluate_node.hpp"

namespace geode::gql::exec::evaluation {

using value::Physical;
using value::Vector;

namespace {

constexpr std::size_t kLargeText = std::size_t{1} << 20;

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

}  // namespace

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

}  // namespace geode::gql::exec::evaluation
