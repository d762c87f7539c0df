#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>

#include "gql/function/registry.hpp"

namespace geode::gql {

/// Registers one function under each of `names`. Its signature is written without the name: "(text
/// STRING) :: INT".
void add_scalar(FunctionRegistry& registry, std::initializer_list<std::string_view> names,
                ScalarFunction function);
void add_aggregate(FunctionRegistry& registry, std::initializer_list<std::string_view> names,
                   AggregateFunction function);

inline value::Type text_type() { return value::Type::of(ValueType::kString); }
inline value::Type integer_type() { return value::Type::of(ValueType::kInt64); }
inline value::Type float_type() { return value::Type::of(ValueType::kFloat64); }
inline value::Type boolean_type() { return value::Type::of(ValueType::kBool); }
inline value::Type list_type() { return value::Type::of(ValueType::kList); }
inline value::Type record_type() { return value::Type::of(ValueType::kRecord); }
inline value::Type node_type() { return value::Type::of(ValueType::kNode); }
inline value::Type edge_type() { return value::Type::of(ValueType::kEdge); }
inline value::Type path_type() { return value::Type::of(ValueType::kPath); }
inline value::Type element_type() { return value::Type::of(ValueType::kNode, ValueType::kEdge); }
template <class... Types>
value::Type any_of(Types... types) {
  return value::Type::of_kinds((value::Type::bit(types) | ...));
}

// Parts of a family that have a file of their own; called by the register_* function of the family.
void register_string_search_functions(FunctionRegistry& registry);
void register_extreme_aggregates(FunctionRegistry& registry);
void register_collecting_aggregates(FunctionRegistry& registry);
void register_statistic_aggregates(FunctionRegistry& registry);
void register_percentile_aggregates(FunctionRegistry& registry);

/// The longest string a function makes: beyond it a query is more likely wrong than in need of it.
inline constexpr std::size_t kMaxTextBytes = std::size_t{256} << 20;
/// The same for lists that range() makes.
inline constexpr std::size_t kMaxListElements = std::size_t{1} << 27;

/// The type of the first argument, for functions that give what they take.
value::Type type_of_first(std::span<const value::Type> arguments);

/// One call as an implementation reads it: arguments by type, and errors in one wording.
class Call {
 public:
  Call(std::string_view function, std::span<const Value> arguments, const FunctionContext& context)
      : function_(function), arguments_(arguments), context_(context) {}

  std::size_t size() const { return arguments_.size(); }
  const Value& operator[](std::size_t index) const { return arguments_[index]; }
  const FunctionContext& context() const { return context_; }

  std::string_view string(std::size_t index) const;
  std::int64_t integer(std::size_t index) const;
  /// An INT64 or FLOAT64.
  double number(std::size_t index) const;
  const List& list(std::size_t index) const;
  const Path& path(std::size_t index) const;
  /// The snapshot; throws when the call stands where no graph is, as in a constant.
  const GraphAccess& graph() const;

  /// "left() expects a string as its first argument, got INT64"
  [[noreturn]] void refuse(std::size_t index, std::string_view expected) const;
  /// A value of the right type that is out of range: "left() <message>", an ArgumentError.
  [[noreturn]] void refuse_value(std::string_view gqlstatus, std::string_view detail,
                                 std::string_view message) const;

 private:
  std::string_view function_;
  std::span<const Value> arguments_;
  const FunctionContext& context_;
};

}  // namespace geode::gql
