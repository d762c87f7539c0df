#include "gql/exec/operators/modify.hpp"

#include <algorithm>

#include "gql/exec/operators/written_names.hpp"

namespace geode::gql::exec {

using value::EdgeRef;
using value::Physical;
using value::Vector;

ModifyOperator::ModifyOperator(OperatorPtr input, std::size_t input_columns) {
  add_input(std::make_unique<EagerOperator>(std::move(input), input_columns));
}

void ModifyOperator::open(ExecutionContext& context) {
  Operator::open(context);
  done_.clear();
  ran_ = false;
  position_ = 0;
}

Batch* ModifyOperator::next() {
  if (!ran_) {
    ran_ = true;
    while (const Batch* in = input().pull()) {
      context_->interrupt->check();
      process(*in, done_);
    }
  }
  return position_ < done_.size() ? &done_[position_++] : nullptr;
}

void InsertOperator::process(const Batch& in, std::vector<Batch>& out) {
  if (!opened_) {
    opened_ = true;
    inserter_->open(*context_);
  }
  std::vector<std::vector<NodeId>> nodes;
  std::vector<std::vector<EdgeRef>> edges;
  inserter_->insert(in, in.rows(), nodes, edges);
  Batch& made = out.emplace_back();
  made.size = in.size;
  for (const int output : outputs_) {
    auto place = static_cast<std::size_t>(output);
    if (place < in.columns.size()) {
      made.columns.push_back(in.columns[place]);
      continue;
    }
    place -= in.columns.size();
    Vector& vector = made.columns.emplace_back();
    if (place < nodes.size()) {
      vector.reset(Physical::kNode);
      std::copy(nodes[place].begin(), nodes[place].end(), vector.mutable_data<NodeId>());
    } else {
      const std::vector<EdgeRef>& column = edges[place - nodes.size()];
      vector.reset(Physical::kEdge);
      std::copy(column.begin(), column.end(), vector.mutable_data<EdgeRef>());
    }
  }
}

RemoveOperator::RemoveOperator(OperatorPtr input, std::size_t input_columns,
                               const std::vector<bound::RemoveItem>& items,
                               const ColumnMap& columns, SubqueryLowering& lowering)
    : ModifyOperator(std::move(input), input_columns), items_(items) {
  for (const bound::RemoveItem& item : items) {
    targets_.emplace_back(*item.target, columns, lowering);
    std::vector<Evaluator>& names = names_.emplace_back();
    if (item.dynamic_property) names.emplace_back(*item.dynamic_property, columns, lowering);
    for (const bound::ExpressionPtr& labels : item.dynamic_labels)
      names.emplace_back(*labels, columns, lowering);
  }
}

void RemoveOperator::open(ExecutionContext& context) {
  ModifyOperator::open(context);
  for (Evaluator& target : targets_) target.open(context);
  for (std::vector<Evaluator>& names : names_) {
    for (Evaluator& evaluator : names) evaluator.open(context);
  }
}

void RemoveOperator::process(const Batch& in, std::vector<Batch>& out) {
  graph::GraphTransaction& graph = *context_->graph;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const bound::RemoveItem& item = items_[i];
    const Vector& targets = targets_[i].evaluate(in);
    std::vector<Value> elements;
    for (std::uint32_t row : in.rows()) elements.push_back(targets.get(row));
    std::vector<std::vector<Value>> names(names_[i].size());
    for (std::size_t n = 0; n < names.size(); ++n) {
      const Vector& values = names_[i][n].evaluate(in);
      for (std::uint32_t row : in.rows()) names[n].push_back(values.get(row));
    }
    for (std::size_t k = 0; k < elements.size(); ++k) {
      const Value& element = elements[k];
      if (element.is_null()) continue;
      check_element(element, "REMOVE", item.target->position);
      if (item.dynamic_property || !item.property.empty()) {
        auto key = graph.catalog().find_property_key(
            item.dynamic_property ? written_key(names[0][k], item.dynamic_property->position)
                                  : item.property);
        if (!key) continue;
        if (element.type() == ValueType::kNode) {
          graph.set_node_property(element.node_id(), *key, Value());
        } else {
          graph.set_edge_property(element.as_edge().id, *key, Value());
        }
        continue;
      }
      if (element.type() != ValueType::kNode) {
        throw Error(status::kInvalidValueType, "the label of an edge cannot be removed",
                    item.target->position)
            .category("TypeError", "InvalidArgumentType");
      }
      for (const std::string& label : item.labels) graph.remove_label(element.node_id(), label);
      for (std::size_t n = 0; n < names.size(); ++n) {
        for (const std::string& label :
             written_labels(names[n][k], item.dynamic_labels[n]->position))
          graph.remove_label(element.node_id(), label);
      }
    }
  }
  out.push_back(in);
}

DeleteOperator::DeleteOperator(OperatorPtr input, std::size_t input_columns,
                               const bound::Delete& deletion, const ColumnMap& columns,
                               SubqueryLowering& lowering)
    : ModifyOperator(std::move(input), input_columns), detach_(deletion.detach) {
  for (const bound::ExpressionPtr& target : deletion.targets)
    targets_.emplace_back(*target, columns, lowering);
  for (const bound::ExpressionPtr& edges : deletion.seen_edges)
    seen_edges_.emplace_back(*edges, columns, lowering);
}

void DeleteOperator::open(ExecutionContext& context) {
  ModifyOperator::open(context);
  for (Evaluator& target : targets_) target.open(context);
  for (Evaluator& edges : seen_edges_) edges.open(context);
}

void DeleteOperator::collect(const Value& value, Position position) {
  switch (value.type()) {
    case ValueType::kNull:
      return;
    case ValueType::kNode:
      nodes_.push_back(value.node_id());
      return;
    case ValueType::kEdge: {
      const Edge& edge = value.as_edge();
      edges_.push_back({edge.id, edge.source, edge.target});
      return;
    }
    case ValueType::kPath:
      for (const Value& node : value.as_path().nodes) collect(node, position);
      for (const Value& edge : value.as_path().edges) collect(edge, position);
      return;
    case ValueType::kList:
      for (const Value& element : value.as_list()) collect(element, position);
      return;
    default:
      throw Error(
          status::kInvalidValueType,
          "DELETE expects nodes, edges or paths, got " + std::string(type_name(value.type())),
          position)
          .category("TypeError", "InvalidArgumentType");
  }
}

void DeleteOperator::process(const Batch& in, std::vector<Batch>& out) {
  nodes_.clear();
  edges_.clear();
  for (Evaluator& target : targets_) {
    const Vector& values = target.evaluate(in);
    for (std::uint32_t row : in.rows()) collect(values.get(row), target.expression().position);
  }
  std::vector<EdgeId> seen;
  for (Evaluator& edges : seen_edges_) {
    const Vector& lists = edges.evaluate(in);
    for (std::uint32_t row : in.rows()) {
      const Value list = lists.get(row);
      if (list.is_null()) continue;
      for (const Value& edge : list.as_list()) seen.push_back(edge.as_edge().id);
    }
  }
  std::sort(seen.begin(), seen.end());
  for (const EdgeRef& edge : edges_) context_->graph->delete_edge(edge);
  for (NodeId node : nodes_) {
    if (!seen_edges_.empty()) context_->graph->delete_unseen_edges(node, seen);
    context_->graph->delete_node(node, detach_);
  }
  out.push_back(in);
}

void MergeOperator::open(ExecutionContext& context) {
  ModifyOperator::open(context);
  opened_ = false;
}

void ElementChecks::open(ExecutionContext& context) {
  for (Evaluator& condition : conditions_) condition.open(context);
}

void ElementChecks::require(const Batch& rows) {
  std::vector<std::uint32_t> passing;
  for (Evaluator& condition : conditions_) {
    passing.clear();
    condition.filter(rows, rows.rows(), passing);
    if (passing.size() == rows.row_count()) continue;
    throw Error(status::kAccessDenied,
                "a new or changed element is not within what the user may write");
  }
}

void MergeOperator::set(PropertySetter* setter, ElementChecks* before, ElementChecks& after,
                        const Batch& in, const std::vector<std::uint32_t>& sources,
                        const std::vector<std::vector<Value>>& columns, std::size_t begin) {
  const bool checked = !after.empty() || (before != nullptr && !before->empty());
  if ((!setter && !checked) || begin == sources.size()) return;
  Batch rows;
  std::span<const std::uint32_t> part(sources.data() + begin, sources.size() - begin);
  for (std::size_t at = 0; at < part.size(); at += kBatchRows) {
    std::size_t count = std::min<std::size_t>(kBatchRows, part.size() - at);
    rows.columns.resize(in.columns.size() + columns.size());
    for (std::size_t i = 0; i < in.columns.size(); ++i)
      rows.columns[i].set_dictionary(in.columns[i], part.subspan(at, count));
    for (std::size_t i = 0; i < columns.size(); ++i) {
      rows.columns[in.columns.size() + i].assign({columns[i].data() + begin + at, count});
    }
    rows.size = static_cast<std::uint32_t>(count);
    if (before != nullptr) {
      before->open(*context_);
      before->require(rows);
    }
    if (setter) {
      setter->open(*context_);
      setter->apply(rows, rows.rows());
    }
    after.open(*context_);
    after.require(rows);
  }
}

void MergeOperator::process(const Batch& in, std::vector<Batch>& out) {
  if (!opened_) {
    opened_ = true;
    parts_.inserter->open(*context_);
  }
  std::vector<std::uint32_t> sources;
  std::vector<std::vector<Value>> columns(parts_.match_columns.size());
  std::vector<std::vector<NodeId>> nodes;
  std::vector<std::vector<EdgeRef>> edges;
  for (std::uint32_t row : in.rows()) {
    std::size_t begin = sources.size();
    parts_.match->start(*context_, in, {&row, 1});
    while (Batch* match = parts_.match->next()) {
      for (std::uint32_t found : match->rows()) {
        sources.push_back(row);
        for (std::size_t i = 0; i < columns.size(); ++i) {
          columns[i].push_back(match->columns[parts_.match_columns[i]].get(found));
        }
      }
    }
    if (sources.size() > begin) {
      set(parts_.on_match.get(), &parts_.before_match, parts_.after_match, in, sources, columns,
          begin);
      continue;
    }
    parts_.inserter->insert(in, {&row, 1}, nodes, edges);
    sources.push_back(row);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      int inserted = parts_.inserted[i];
      if (inserted == kPathColumn) {
        columns[i].emplace_back();
      } else if (inserted >= 0) {
        columns[i].push_back(Value::node_reference(nodes[inserted][0]));
      } else {
        columns[i].push_back(value::edge_value(edges[~inserted][0]));
      }
    }
    for (auto& [column, path] : parts_.paths) {
      Batch one;
      one.columns.resize(in.columns.size() + columns.size());
      for (std::size_t i = 0; i < in.columns.size(); ++i)
        one.columns[i].set_dictionary(in.columns[i], {&row, 1});
      for (std::size_t i = 0; i < columns.size(); ++i)
        one.columns[in.columns.size() + i].set_constant(columns[i].back());
      one.size = 1;
      path.open(*context_);
      columns[column - in.columns.size()].back() = path.evaluate(one).get(0);
    }
    set(parts_.on_create.get(), nullptr, parts_.created, in, sources, columns, begin);
  }
  for (std::size_t begin = 0; begin < sources.size(); begin += kBatchRows) {
    std::size_t count = std::min<std::size_t>(kBatchRows, sources.size() - begin);
    Batch& part = out.emplace_back();
    part.columns.resize(in.columns.size() + columns.size());
    for (std::size_t i = 0; i < in.columns.size(); ++i) {
      part.columns[i].set_dictionary(in.columns[i], {sources.data() + begin, count});
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      part.columns[in.columns.size() + i].assign({columns[i].data() + begin, count});
    }
    part.size = static_cast<std::uint32_t>(count);
  }
}

ForeachOperator::ForeachOperator(OperatorPtr input, std::size_t input_columns, Evaluator list,
                                 std::unique_ptr<Subplan> body, std::vector<int> outer_columns)
    : ModifyOperator(std::move(input), input_columns),
      list_(std::move(list)),
      body_(std::move(body)),
      outer_columns_(std::move(outer_columns)) {}

void ForeachOperator::open(ExecutionContext& context) {
  ModifyOperator::open(context);
  list_.open(context);
}

void ForeachOperator::process(const Batch& in, std::vector<Batch>& out) {
  const Vector& lists = list_.evaluate(in);
  std::vector<Value> values;
  for (std::uint32_t row : in.rows()) values.push_back(lists.get(row));
  std::uint32_t k = 0;
  for (std::uint32_t row : in.rows()) {
    const Value& list = values[k++];
    if (list.is_null()) continue;
    const List& elements = list.as_list();
    for (std::size_t begin = 0; begin < elements.size(); begin += kBatchRows) {
      std::size_t count = std::min<std::size_t>(kBatchRows, elements.size() - begin);
      Batch inner;
      std::vector<std::uint32_t> rows(count, row);
      inner.columns.resize(outer_columns_.size() + 1);
      for (std::size_t i = 0; i < outer_columns_.size(); ++i) {
        inner.columns[i].set_dictionary(in.columns[outer_columns_[i]], rows);
      }
      inner.columns.back().assign({elements.data() + begin, count});
      inner.size = static_cast<std::uint32_t>(count);
      body_->start(*context_, inner, identity_rows(inner.size));
      while (body_->next()) {
      }
    }
  }
  out.push_back(in);
}

}  // namespace geode::gql::exec
