#include <algorithm>

#include "base/running_limits.hpp"
#include "gql/exec/evaluate_node.hpp"

namespace geode::gql::exec::evaluation {

using value::Physical;
using value::Vector;

namespace {

/// Runs the body of a comprehension over the elements of many lists at once: batches of elements,
/// each beside the outer row it came from.
class ElementBatches {
 public:
  ElementBatches(NestedBody& body, const Batch& outer) : body_(body), outer_(outer) {}

  void add(std::uint32_t row, const Value& element) {
    rows_.push_back(row);
    elements_.push_back(element);
  }
  bool full() const { return rows_.size() == kBatchRows; }
  bool empty() const { return rows_.empty(); }
  const std::vector<std::uint32_t>& outer_rows() const { return rows_; }
  const std::vector<Value>& elements() const { return elements_; }

  const Batch& batch() {
    std::size_t columns = body_.outer_columns.size();
    for (std::size_t i = 0; i < columns; ++i) {
      body_.batch.columns[i].set_dictionary(outer_.columns[body_.outer_columns[i]], rows_);
    }
    body_.batch.columns[columns].assign(elements_);
    body_.batch.size = static_cast<std::uint32_t>(rows_.size());
    body_.batch.clear_selection();
    return body_.batch;
  }
  void clear() {
    rows_.clear();
    elements_.clear();
  }

 private:
  NestedBody& body_;
  const Batch& outer_;
  std::vector<std::uint32_t> rows_;
  std::vector<Value> elements_;
};

/// Visits every element of the lists of `rows` in batches; `run` sees a full ElementBatches.
template <class F>
void for_each_element(const Vector& lists, const bound::Expression& e, Rows rows,
                      ElementBatches& elements, F run) {
  for (std::uint32_t row : rows) {
    Value list = lists.get(row);
    if (list.is_null()) continue;
    if (list.type() != ValueType::kList) {
      throw Error(status::kInvalidValueType,
                  "expected a list, got " + std::string(type_name(list.type())), e.position)
          .category("TypeError", "InvalidArgumentType");
    }
    for (const Value& element : list.as_list()) {
      elements.add(row, element);
      if (elements.full()) {
        base::poll_interrupt();
        run();
        elements.clear();
      }
    }
  }
  if (!elements.empty()) run();
}

}  // namespace

const Vector& evaluate_comprehension(Node& node, ExecutionContext& context, const Batch& batch,
                                     Rows rows) {
  const Vector& lists = evaluate(node.children[0], context, batch, rows);
  std::vector<List> results(batch.size);
  RowValues held(node);
  const auto keep = [&](std::uint32_t row, Value value) {
    List& list = results[row];
    const std::size_t before = list.capacity();
    // Numbers and the like hold nothing.
    const std::size_t bytes = value.type() < ValueType::kString ? 0 : value.heap_bytes();
    list.push_back(std::move(value));
    if (bytes > 0 || list.capacity() != before)
      held.hold(bytes + (list.capacity() - before) * sizeof(Value));
  };
  Node& condition = node.children[1];
  Node& result = node.children[2];
  ElementBatches elements(*node.body, batch);
  std::vector<std::uint32_t> kept;
  for_each_element(lists, *node.expression, rows, elements, [&] {
    const Batch& inner = elements.batch();
    kept.assign(identity_rows(inner.size).begin(), identity_rows(inner.size).end());
    if (condition.expression) {
      const Vector& truth = evaluate(condition, context, inner, identity_rows(inner.size));
      std::erase_if(
          kept, [&](std::uint32_t i) { return truth_at(truth, i, *condition.expression) != true; });
    }
    if (kept.empty()) return;
    if (!result.expression) {
      for (std::uint32_t i : kept) keep(elements.outer_rows()[i], elements.elements()[i]);
      return;
    }
    const Vector& values = evaluate(result, context, inner, kept);
    for (std::uint32_t i : kept) keep(elements.outer_rows()[i], values.get(i));
  });
  held.let_go();
  for (std::uint32_t row : rows) {
    held.add(lists.get(row).is_null() ? Value() : Value(std::move(results[row])));
  }
  return held.publish(batch, rows);
}

const Vector& evaluate_quantifier(Node& node, ExecutionContext& context, const Batch& batch,
                                  Rows rows) {
  struct Counts {
    std::uint32_t yes = 0, no = 0, unknown = 0;
  };
  const Vector& lists = evaluate(node.children[0], context, batch, rows);
  std::vector<Counts> counts(batch.size);
  Node& condition = node.children[1];
  ElementBatches elements(*node.body, batch);
  for_each_element(lists, *node.expression, rows, elements, [&] {
    const Batch& inner = elements.batch();
    const Vector& truth = evaluate(condition, context, inner, identity_rows(inner.size));
    for (std::uint32_t i = 0; i < inner.size; ++i) {
      Counts& count = counts[elements.outer_rows()[i]];
      std::optional<bool> holds = truth_at(truth, i, *condition.expression);
      ++(!holds ? count.unknown : *holds ? count.yes : count.no);
    }
  });
  node.values.clear();
  for (std::uint32_t row : rows) {
    if (lists.get(row).is_null()) {
      node.values.emplace_back();
      continue;
    }
    const Counts& count = counts[row];
    std::optional<bool> holds;
    switch (node.expression->quantifier) {
      case ast::QuantifierKind::kAll:
        if (count.no)
          holds = false;
        else if (!count.unknown)
          holds = true;
        break;
      case ast::QuantifierKind::kAny:
        if (count.yes)
          holds = true;
        else if (!count.unknown)
          holds = false;
        break;
      case ast::QuantifierKind::kNone:
        if (count.yes)
          holds = false;
        else if (!count.unknown)
          holds = true;
        break;
      case ast::QuantifierKind::kSingle:
        if (count.yes > 1)
          holds = false;
        else if (!count.unknown)
          holds = count.yes == 1;
        break;
    }
    node.values.push_back(holds ? Value(*holds) : Value());
  }
  return publish(node, node.values, batch, rows);
}

const Vector& evaluate_reduce(Node& node, ExecutionContext& context, const Batch& batch,
                              Rows rows) {
  RowValues values(node);
  const Vector& initial = evaluate(node.children[0], context, batch, rows);
  const Vector& lists = evaluate(node.children[1], context, batch, rows);
  std::vector<Value> totals(batch.size), list_values(batch.size);
  for (std::uint32_t row : rows) {
    list_values[row] = lists.get(row);
    if (list_values[row].is_null()) continue;
    list_values[row].as_list();
    totals[row] = initial.get(row);
  }
  // Step k folds element k of every list that has one.
  NestedBody& body = *node.body;
  std::size_t columns = body.outer_columns.size();
  std::vector<std::uint32_t> active;
  std::vector<Value> accumulators, elements;
  base::MemoryCharge held(context.memory);
  for (std::size_t k = 0;; ++k) {
    active.clear();
    accumulators.clear();
    elements.clear();
    for (std::uint32_t row : rows) {
      if (list_values[row].is_null() || list_values[row].as_list().size() <= k) continue;
      active.push_back(row);
      accumulators.push_back(totals[row]);
      elements.push_back(list_values[row].as_list()[k]);
    }
    if (active.empty()) break;
    base::poll_interrupt();
    for (std::size_t i = 0; i < columns; ++i) {
      body.batch.columns[i].set_dictionary(batch.columns[body.outer_columns[i]], active);
    }
    assign_values(body.batch.columns[columns], accumulators, held.bytes());
    body.batch.columns[columns + 1].assign(elements);
    body.batch.size = static_cast<std::uint32_t>(active.size());
    const Vector& next =
        evaluate(node.children[2], context, body.batch, identity_rows(body.batch.size));
    std::uint64_t bytes = 0;
    for (std::uint32_t i = 0; i < active.size(); ++i) {
      totals[active[i]] = next.get(i);
      bytes += totals[active[i]].heap_bytes();
    }
    // Beside the totals there are those before them.
    held.set(2 * bytes);
  }
  for (std::uint32_t row : rows) values.add(std::move(totals[row]));
  return values.publish(batch, rows);
}

const Vector& evaluate_subquery(Node& node, ExecutionContext& context, const Batch& batch,
                                Rows rows) {
  ast::SubqueryKind kind = node.expression->subquery_kind;
  std::vector<std::int64_t> counts(batch.size);
  std::vector<Value> single(kind == ast::SubqueryKind::kValue ? batch.size : 0);
  const bool makes_list = kind == ast::SubqueryKind::kCollect || kind == ast::SubqueryKind::kTable;
  std::vector<List> lists(makes_list ? batch.size : 0);
  RowValues held(node);
  const auto keep = [&](std::uint32_t row, Value value) {
    const std::size_t before = lists[row].capacity();
    const std::size_t bytes = value.heap_bytes();
    lists[row].push_back(std::move(value));
    held.hold(bytes + (lists[row].capacity() - before) * sizeof(Value));
  };
  Subplan& subplan = *node.subplan;
  std::vector<std::uint32_t> copy(rows.begin(), rows.end());
  subplan.start(context, batch, copy);
  while (Batch* inner = subplan.next()) {
    for (std::uint32_t i : inner->rows()) {
      std::uint32_t row = subplan.outer_row(i);
      ++counts[row];
      if (kind == ast::SubqueryKind::kValue) {
        if (counts[row] > 1) {
          throw Error(status::kDataException, "a value subquery gave more than one row",
                      node.expression->position)
              .category("ArgumentError", "InvalidArgumentValue");
        }
        single[row] = inner->columns[node.subplan_columns[0]].get(i);
      } else if (kind == ast::SubqueryKind::kCollect) {
        keep(row, inner->columns[node.subplan_columns[0]].get(i));
      } else if (kind == ast::SubqueryKind::kTable) {
        Record record;
        for (std::size_t k = 0; k < node.subplan_columns.size(); ++k) {
          record.emplace_back(node.expression->field_names[k],
                              inner->columns[node.subplan_columns[k]].get(i));
        }
        keep(row, std::move(record));
      }
    }
  }
  held.let_go();
  for (std::uint32_t row : rows) {
    switch (kind) {
      case ast::SubqueryKind::kExists:
        held.add(counts[row] > 0);
        break;
      case ast::SubqueryKind::kCount:
        held.add(counts[row]);
        break;
      case ast::SubqueryKind::kValue:
        held.add(std::move(single[row]));
        break;
      case ast::SubqueryKind::kCollect:
      case ast::SubqueryKind::kTable:
        held.add(std::move(lists[row]));
        break;
    }
  }
  return held.publish(batch, rows);
}

}  // namespace geode::gql::exec::evaluation
