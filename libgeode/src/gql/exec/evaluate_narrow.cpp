#include <optional>

#include "gql/exec/evaluate_node.hpp"
#include "graph/column_test.hpp"

namespace geode::gql::exec {

using ast::BinaryOperator;
using bound::ExpressionKind;
using evaluation::Node;
using graph::ValueTest;
using value::Vector;

namespace {

/// With fewer rows nothing is gained.
constexpr std::uint32_t kLeastRows = 64;
/// Elements of a list that are looked for one after another.
constexpr std::size_t kShortList = 8;

bool is_property(const Node& node) {
  return node.expression && node.expression->kind == ExpressionKind::kProperty &&
         node.key != bound::kUnknownName &&
         node.children[0].expression->kind == ExpressionKind::kVariable;
}

/// `constant op property` when `flipped`.
std::optional<ValueTest::Kind> kind_of(BinaryOperator op, bool flipped) {
  using Kind = ValueTest::Kind;
  switch (op) {
    case BinaryOperator::kEqual:
      return Kind::kEqual;
    case BinaryOperator::kNotEqual:
      return Kind::kNotEqual;
    case BinaryOperator::kLess:
      return flipped ? Kind::kGreater : Kind::kLess;
    case BinaryOperator::kLessOrEqual:
      return flipped ? Kind::kGreaterOrEqual : Kind::kLessOrEqual;
    case BinaryOperator::kGreater:
      return flipped ? Kind::kLess : Kind::kGreater;
    case BinaryOperator::kGreaterOrEqual:
      return flipped ? Kind::kLessOrEqual : Kind::kGreaterOrEqual;
    case BinaryOperator::kIn:
      if (!flipped) return Kind::kAmong;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

/// The property that a condition asks for, and what of it is a constant; null: it is no such
/// condition.
struct Parts {
  const Node* property = nullptr;
  Node* constant = nullptr;  ///< null: a truth value is asked for
  ValueTest::Kind kind = ValueTest::Kind::kEqual;
  bool truth = true;
};

Parts parts_of(Node& root) {
  const bound::Expression& e = *root.expression;
  if (is_property(root)) return {&root};
  if (e.kind == ExpressionKind::kUnary && e.unary == ast::UnaryOperator::kNot &&
      is_property(root.children[0])) {
    return {&root.children[0], nullptr, ValueTest::Kind::kEqual, false};
  }
  if (e.kind == ExpressionKind::kIsTruth && !e.negated && e.truth != ast::TruthValue::kUnknown &&
      is_property(root.children[0])) {
    return {&root.children[0], nullptr, ValueTest::Kind::kEqual, e.truth == ast::TruthValue::kTrue};
  }
  if (e.kind != ExpressionKind::kBinary) return {};
  for (const bool flipped : {false, true}) {
    Node& property = root.children[flipped ? 1 : 0];
    Node& constant = root.children[flipped ? 0 : 1];
    const auto kind = kind_of(e.binary, flipped);
    if (kind && constant.constant && is_property(property)) return {&property, &constant, *kind};
  }
  return {};
}

/// Makes the constants of a test; false when they are not such that it can be made.
bool add_constants(const Value& value, ValueTest& test) {
  if (test.kind != ValueTest::Kind::kAmong) {
    test.constants.push_back(value);
    return !value.is_null();
  }
  if (value.type() != ValueType::kList || value.as_list().size() > kShortList) return false;
  // Whether a value is equal to null is not known, which is not true.
  for (const Value& element : value.as_list()) {
    if (!element.is_null()) test.constants.push_back(element);
  }
  return true;
}

}  // namespace

bool Evaluator::narrow(const Batch& batch, std::uint8_t* mask) {
  const Parts parts = parts_of(*root_);
  // A statement that writes may have changed rows of the column.
  if (parts.property == nullptr || batch.size < kLeastRows || context_->graph == nullptr ||
      context_->graph->writable())
    return false;
  const Vector& nodes = batch.columns[parts.property->children[0].column];
  if (nodes.physical() != value::Physical::kNode || !nodes.is_flat() || nodes.may_have_nulls())
    return false;
  const NodeId* ids = nodes.data<NodeId>();
  ValueTest test{parts.kind, {}};
  if (parts.constant == nullptr) {
    test.constants.emplace_back(parts.truth);
  } else {
    const Vector& constant =
        evaluation::evaluate(*parts.constant, *context_, batch, identity_rows(1));
    if (!add_constants(constant.get(0), test)) return false;
  }
  const graph::Column& column =
      context_->graph->node_column(catalog::PropertyKeyId{parts.property->key});
  if (nodes.is_consecutive())
    return graph::keep_passing(column, raw(ids[0]), batch.size, test, mask);
  static_assert(sizeof(NodeId) == sizeof(std::uint64_t));
  return graph::keep_passing(column, reinterpret_cast<const std::uint64_t*>(ids), batch.size, test,
                             mask);
}

}  // namespace geode::gql::exec
