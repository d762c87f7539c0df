#pragma once

#include <optional>
#include <string_view>

#include "gql/syntax/ast/expression.hpp"
#include "value/value_type.hpp"

namespace geode::gql {

/// The type of `left op right`; absent when no values of these types can ever be combined.
std::optional<value::Type> binary_type(ast::BinaryOperator op, const value::Type& left,
                                       const value::Type& right);
std::optional<value::Type> unary_type(ast::UnaryOperator op, const value::Type& operand);
/// The type of `base.key`, whatever the key.
std::optional<value::Type> property_type(const value::Type& base);
/// The type of `base[index]`.
std::optional<value::Type> index_type(const value::Type& base);

/// False when a value of `actual` that is not null can never be one of `allowed`.
bool fits(const value::Type& actual, const value::Type& allowed);
bool fits(const value::Type& actual, ValueType allowed);

}  // namespace geode::gql
