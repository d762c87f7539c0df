// Destruction and deep copies. In a copy each structure is copied member by member, in the order of
// its declaration; values, names and enumerations copy themselves.

#include <type_traits>
#include <utility>

#include "gql/syntax/ast/statement.hpp"

namespace geode::gql::ast {
namespace {

template <class T>
requires std::is_copy_constructible_v<T> && std::is_trivially_copyable_v<T> T copy(const T& x) {
  return x;
}
Name copy(const Name& x) { return x; }
Literal copy(const Literal& x) { return x; }
Parameter copy(const Parameter& x) { return x; }
Variable copy(const Variable& x) { return x; }
UseClause copy(const UseClause& x) { return x; }
GraphValue copy(const GraphValue& x) { return x; }

// Declared before the containers, which call them for their elements.
Expression copy(const Expression& x);
LabelExpression copy(const LabelExpression& x);
CaseBranch copy(const CaseBranch& x);
MapProjection::Item copy(const MapProjection::Item& x);
ElementPattern copy(const ElementPattern& x);
NodePattern copy(const NodePattern& x);
EdgePattern copy(const EdgePattern& x);
ParenthesizedPath copy(const ParenthesizedPath& x);
PathTerm copy(const PathTerm& x);
PathPattern copy(const PathPattern& x);
GraphPattern copy(const GraphPattern& x);
MatchClause copy(const MatchClause& x);
SortItem copy(const SortItem& x);
ProjectionItem copy(const ProjectionItem& x);
ValueBinding copy(const ValueBinding& x);
TransactionBatches copy(const TransactionBatches& x);
WrittenLabel copy(const WrittenLabel& x);
SetItem copy(const SetItem& x);
RemoveItem copy(const RemoveItem& x);
LinearQuery copy(const LinearQuery& x);
CompositeQuery copy(const CompositeQuery& x);
Definition copy(const Definition& x);
Query copy(const Query& x);
ForeachClause copy(const ForeachClause& x);
template <class... T>
std::variant<T...> copy(const std::variant<T...>& x);
template <class A, class B>
std::pair<A, B> copy(const std::pair<A, B>& x);

template <class T>
std::unique_ptr<T> copy(const std::unique_ptr<T>& x) {
  return x ? std::make_unique<T>(copy(*x)) : nullptr;
}

template <class T>
std::vector<T> copy(const std::vector<T>& x) {
  std::vector<T> result;
  result.reserve(x.size());
  for (const T& element : x) result.push_back(copy(element));
  return result;
}

template <class T>
requires(!std::is_trivially_copyable_v<std::optional<T>>) std::optional<T> copy(
    const std::optional<T>& x) {
  if (!x) return std::nullopt;
  return copy(*x);
}

template <class A, class B>
std::pair<A, B> copy(const std::pair<A, B>& x) {
  return {copy(x.first), copy(x.second)};
}

// ---- expressions

PropertyAccess copy(const PropertyAccess& x) { return {copy(x.base), x.key}; }
Index copy(const Index& x) { return {copy(x.base), copy(x.index)}; }
Slice copy(const Slice& x) { return {copy(x.base), copy(x.from), copy(x.to)}; }
Unary copy(const Unary& x) { return {x.op, copy(x.operand)}; }
Binary copy(const Binary& x) { return {x.op, copy(x.left), copy(x.right)}; }
IsNull copy(const IsNull& x) { return {copy(x.operand), x.negated}; }
IsTruth copy(const IsTruth& x) { return {copy(x.operand), x.value, x.negated}; }
IsLabeled copy(const IsLabeled& x) { return {copy(x.operand), copy(x.labels), x.negated}; }
IsTyped copy(const IsTyped& x) { return {copy(x.operand), x.type, x.negated}; }
IsNormalized copy(const IsNormalized& x) { return {copy(x.operand), x.form, x.negated}; }
IsDirected copy(const IsDirected& x) { return {copy(x.operand), x.negated}; }
IsEndOf copy(const IsEndOf& x) { return {copy(x.node), copy(x.edge), x.source, x.negated}; }
Between copy(const Between& x) { return {copy(x.operand), copy(x.low), copy(x.high), x.negated}; }
FunctionCall copy(const FunctionCall& x) {
  return {x.name, copy(x.arguments), x.distinct, x.star, copy(x.filter)};
}
CaseBranch copy(const CaseBranch& x) { return {copy(x.when), copy(x.then)}; }
Case copy(const Case& x) { return {copy(x.operand), copy(x.branches), copy(x.otherwise)}; }
ListConstructor copy(const ListConstructor& x) { return {copy(x.elements)}; }
RecordConstructor copy(const RecordConstructor& x) { return {copy(x.fields)}; }
MapProjection::Item copy(const MapProjection::Item& x) { return {x.kind, x.name, copy(x.value)}; }
MapProjection copy(const MapProjection& x) { return {copy(x.base), copy(x.items)}; }
ListComprehension copy(const ListComprehension& x) {
  return {x.variable, copy(x.list), copy(x.condition), copy(x.result)};
}
Quantifier copy(const Quantifier& x) {
  return {x.kind, x.variable, copy(x.list), copy(x.condition)};
}
Reduce copy(const Reduce& x) {
  return {x.accumulator, copy(x.initial), x.variable, copy(x.list), copy(x.result)};
}
PatternComprehension copy(const PatternComprehension& x) {
  return {copy(x.pattern), copy(x.condition), copy(x.result)};
}
PatternPredicate copy(const PatternPredicate& x) { return {copy(x.pattern)}; }
Subquery copy(const Subquery& x) { return {x.kind, copy(x.query)}; }
Cast copy(const Cast& x) { return {copy(x.operand), x.type}; }
ValueBinding copy(const ValueBinding& x) { return {x.variable, x.type, copy(x.value)}; }
LetIn copy(const LetIn& x) { return {copy(x.bindings), copy(x.body)}; }
TableValue copy(const TableValue& x) { return {copy(x.table)}; }
Trim copy(const Trim& x) { return {x.side, copy(x.characters), copy(x.source)}; }
Expression copy(const Expression& x) { return {x.position, copy(x.node)}; }

// ---- patterns

LabelExpression copy(const LabelExpression& x) {
  return {x.kind, x.name, copy(x.left), copy(x.right), copy(x.dynamic), x.any};
}
ElementPattern copy(const ElementPattern& x) {
  return {x.variable,
          copy(x.labels),
          x.has_properties,
          copy(x.properties),
          copy(x.property_parameter),
          copy(x.condition),
          x.position};
}
NodePattern copy(const NodePattern& x) { return {copy(x.element)}; }
EdgePattern copy(const EdgePattern& x) {
  return {copy(x.element), x.direction, x.quantifier, x.cypher_range};
}
ParenthesizedPath copy(const ParenthesizedPath& x) {
  return {x.variable, x.mode, copy(x.term), copy(x.condition), x.quantifier, x.position};
}
PathTerm copy(const PathTerm& x) { return {copy(x.factors), copy(x.alternatives), x.multiset}; }
PathPattern copy(const PathPattern& x) { return {x.variable, x.prefix, copy(x.term), x.position}; }
GraphPattern copy(const GraphPattern& x) {
  return {x.mode, copy(x.paths), x.keep, copy(x.condition), x.yield, x.hints};
}

// ---- clauses

MatchClause copy(const MatchClause& x) {
  return {x.optional, copy(x.pattern), copy(x.block), x.position};
}
FilterClause copy(const FilterClause& x) { return {copy(x.condition), x.position}; }
LetClause copy(const LetClause& x) { return {copy(x.bindings), x.position}; }
ForClause copy(const ForClause& x) {
  return {x.variable, copy(x.list), x.only_lists, x.counter, x.counter_from_one, x.position};
}
SortItem copy(const SortItem& x) { return {copy(x.expression), x.descending, x.nulls}; }
ProjectionItem copy(const ProjectionItem& x) { return {copy(x.expression), x.alias, x.text}; }
OrderAndPage copy(const OrderAndPage& x) {
  return {copy(x.order_by), copy(x.offset), copy(x.limit), x.position};
}
Projection copy(const Projection& x) {
  return {x.distinct,     x.star,       copy(x.items),     copy(x.group_by),
          copy(x.having), copy(x.page), copy(x.condition), x.position};
}
WithClause copy(const WithClause& x) { return {copy(x.projection)}; }
ReturnClause copy(const ReturnClause& x) { return {copy(x.projection), x.finish}; }
PageClause copy(const PageClause& x) { return {copy(x.page)}; }
TransactionBatches copy(const TransactionBatches& x) {
  return {copy(x.rows), x.on_error, x.status, x.position};
}
CallSubquery copy(const CallSubquery& x) {
  return {x.optional, x.scope, copy(x.query), x.position, copy(x.batches)};
}
LoadCsv copy(const LoadCsv& x) {
  return {x.headers, copy(x.source), x.variable, x.separator, x.position};
}
CallProcedure copy(const CallProcedure& x) {
  return {x.optional,   x.name,      copy(x.arguments), x.implicit_arguments, x.yield,
          x.yield_star, x.has_yield, copy(x.condition), x.position,           x.table};
}
InsertClause copy(const InsertClause& x) { return {copy(x.paths), x.cypher, x.position}; }
WrittenLabel copy(const WrittenLabel& x) { return {x.name, copy(x.dynamic)}; }
SetItem copy(const SetItem& x) {
  return {x.kind,        copy(x.target), x.key,     copy(x.key_expression),
          copy(x.value), copy(x.labels), x.position};
}
SetClause copy(const SetClause& x) { return {copy(x.items), x.position}; }
RemoveItem copy(const RemoveItem& x) {
  return {copy(x.target), x.key, copy(x.key_expression), copy(x.labels), x.position};
}
RemoveClause copy(const RemoveClause& x) { return {copy(x.items), x.position}; }
DeleteClause copy(const DeleteClause& x) { return {x.detach, copy(x.targets), x.position}; }
MergeClause copy(const MergeClause& x) {
  return {copy(x.path), copy(x.on_create), copy(x.on_match), x.position};
}
ForeachClause copy(const ForeachClause& x) {
  return {x.variable, copy(x.list), copy(x.body), x.position};
}
LinearQuery copy(const LinearQuery& x) { return {copy(x.clauses)}; }
CompositeQuery copy(const CompositeQuery& x) { return {copy(x.first), copy(x.rest), x.position}; }
Definition copy(const Definition& x) {
  return {x.kind, x.variable, x.type, copy(x.value), x.position};
}
Query copy(const Query& x) { return {copy(x.parts), x.position, x.at, copy(x.definitions)}; }

// Last, so that the copies of all alternatives are known.
template <class... T>
std::variant<T...> copy(const std::variant<T...>& x) {
  return std::visit([](const auto& alternative) { return std::variant<T...>(copy(alternative)); },
                    x);
}

}  // namespace

LabelExpressionPtr make_label(LabelExpression::Kind kind, LabelExpressionPtr left,
                              LabelExpressionPtr right) {
  LabelExpressionPtr label(
      new LabelExpression{kind, {}, std::move(left), std::move(right), nullptr, false});
  return label;
}

ExpressionPtr clone(const Expression& expression) {
  return std::make_unique<Expression>(copy(expression));
}

}  // namespace geode::gql::ast

#define GEODE_DESTROY(type)                                                                \
  void std::default_delete<geode::gql::ast::type>::operator()(geode::gql::ast::type* node) \
      const noexcept {                                                                     \
    delete node;                                                                           \
  }
GEODE_DESTROY(Expression)
GEODE_DESTROY(LabelExpression)
GEODE_DESTROY(PathPattern)
GEODE_DESTROY(PathTerm)
GEODE_DESTROY(Query)
GEODE_DESTROY(ForeachClause)
#undef GEODE_DESTROY
