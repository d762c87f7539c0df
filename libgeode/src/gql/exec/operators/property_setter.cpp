#include "gql/exec/operators/property_setter.hpp"

#include <algorithm>

#include "gql/exec/operators/pattern_inserter.hpp"
#include "gql/exec/operators/written_names.hpp"

namespace geode::gql::exec {

using value::Vector;

namespace {

/// Whether a value may depend on what an earlier row of the same SET wrote.
bool reads_graph(const bound::Expression& e) {
  switch (e.kind) {
    case bound::ExpressionKind::kProperty:
    case bound::ExpressionKind::kLabelTest:
    case bound::ExpressionKind::kFunction:
    case bound::ExpressionKind::kIndex:
    case bound::ExpressionKind::kSubquery:
      return true;
    default:
      return std::any_of(e.children.begin(), e.children.end(),
                         [](const auto& child) { return child && reads_graph(*child); });
  }
}

}  // namespace

void check_element(const Value& value, const char* clause, Position position) {
  if (value.type() == ValueType::kNode || value.type() == ValueType::kEdge) return;
  throw Error(status::kInvalidValueType,
              std::string(clause) + " expects a node or an edge, got " +
                  std::string(type_name(value.type())),
              position)
      .category("TypeError", "InvalidArgumentType");
}

PropertySetter::PropertySetter(const std::vector<bound::SetItem>& items, const ColumnMap& columns,
                               SubqueryLowering& lowering) {
  for (const bound::SetItem& item : items) {
    Item& added = items_.emplace_back();
    added.item = &item;
    added.target.emplace_back(*item.target, columns, lowering);
    if (item.value) {
      added.value.emplace_back(*item.value, columns, lowering);
      reads_graph_ = reads_graph_ || reads_graph(*item.value);
    }
    const auto add_names = [&](const bound::ExpressionPtr& names) {
      added.names.emplace_back(*names, columns, lowering);
      reads_graph_ = reads_graph_ || reads_graph(*names);
    };
    if (item.dynamic_name) add_names(item.dynamic_name);
    for (const bound::ExpressionPtr& names : item.dynamic_labels) add_names(names);
  }
}

void PropertySetter::open(ExecutionContext& context) {
  context_ = &context;
  for (Item& item : items_) {
    item.target[0].open(context);
    if (!item.value.empty()) item.value[0].open(context);
    for (Evaluator& names : item.names) names.open(context);
  }
}

void PropertySetter::apply(const Batch& batch, std::span<const std::uint32_t> rows) {
  std::size_t step = reads_graph_ ? 1 : rows.size();
  std::vector<std::vector<Read>> reads(items_.size());
  for (std::size_t begin = 0; begin < rows.size(); begin += step) {
    base::MemoryCharge charge(context_->memory);
    std::span<const std::uint32_t> part = rows.subspan(begin, step);
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const Vector& targets = items_[i].target[0].evaluate(batch, part);
      reads[i].clear();
      for (std::uint32_t row : part) reads[i].push_back({targets.get(row), Value(), {}});
      for (Evaluator& evaluator : items_[i].names) {
        const Vector& names = evaluator.evaluate(batch, part);
        for (std::size_t k = 0; k < part.size(); ++k)
          reads[i][k].names.push_back(names.get(part[k]));
      }
      if (items_[i].value.empty()) continue;
      const Vector& values = items_[i].value[0].evaluate(batch, part);
      // One value for all rows is one object.
      const Value constant = values.is_constant() ? values.get(part[0]) : Value();
      for (std::size_t k = 0; k < part.size(); ++k) {
        reads[i][k].value = values.is_constant() ? constant : values.get(part[k]);
        if (values.physical() != value::Physical::kString || values.is_constant()) continue;
        charge.add(reads[i][k].value.heap_bytes());
      }
    }
    for (std::size_t k = 0; k < part.size(); ++k) {
      for (std::size_t i = 0; i < items_.size(); ++i) write(items_[i], reads[i][k]);
    }
  }
}

void PropertySetter::set_property(const Value& target, const std::string& name, const Value& value,
                                  Position position) {
  check_storable(value, name, position);
  charge_large_value(value);
  catalog::PropertyKeyId key = context_->graph->intern_property_key(name);
  if (target.type() == ValueType::kNode) {
    context_->graph->set_node_property(target.node_id(), key, value);
  } else {
    context_->graph->set_edge_property(target.as_edge().id, key, value);
  }
}

void PropertySetter::replace_properties(const Value& target, const Value& value, bool keep_others,
                                        Position position) {
  const GraphAccess& access = *context_->functions.graph;
  auto properties_of = [&](const Value& element) {
    return element.type() == ValueType::kNode ? access.node_properties(element.node_id())
                                              : access.edge_properties(element.as_edge());
  };
  Record properties;
  if (value.type() == ValueType::kRecord) {
    properties = value.as_record();
  } else if (value.type() == ValueType::kNode || value.type() == ValueType::kEdge) {
    properties = properties_of(value);
  } else if (!value.is_null()) {
    throw Error(
        status::kInvalidValueType,
        "SET expects a record, a node or an edge, got " + std::string(type_name(value.type())),
        position)
        .category("TypeError", "InvalidArgumentType");
  } else if (keep_others) {
    return;
  }
  if (!keep_others) {
    for (const auto& [name, old] : properties_of(target)) {
      bool stays = std::any_of(properties.begin(), properties.end(),
                               [&](const auto& field) { return field.first == name; });
      if (!stays) set_property(target, name, Value(), position);
    }
  }
  for (const auto& [name, field] : properties) set_property(target, name, field, position);
}

void PropertySetter::write(const Item& item, const Read& read) {
  if (read.target.is_null()) return;
  const bound::SetItem& set = *item.item;
  Position position = set.target->position;
  check_element(read.target, "SET", position);
  switch (set.kind) {
    case ast::SetItem::Kind::kProperty:
      set_property(
          read.target,
          set.dynamic_name ? written_key(read.names[0], set.dynamic_name->position) : set.name,
          read.value, set.value->position);
      return;
    case ast::SetItem::Kind::kAllProperties:
    case ast::SetItem::Kind::kAddProperties:
      replace_properties(read.target, read.value, set.kind == ast::SetItem::Kind::kAddProperties,
                         set.value->position);
      return;
    case ast::SetItem::Kind::kLabels:
      if (read.target.type() != ValueType::kNode) {
        throw Error(status::kInvalidValueType, "the label of an edge cannot be changed", position)
            .category("TypeError", "InvalidArgumentType");
      }
      for (const std::string& label : set.labels) {
        context_->graph->add_label(read.target.node_id(), label);
      }
      for (std::size_t i = 0; i < read.names.size(); ++i) {
        for (const std::string& label :
             written_labels(read.names[i], set.dynamic_labels[i]->position))
          context_->graph->add_label(read.target.node_id(), label);
      }
      return;
  }
}

}  // namespace geode::gql::exec
