#pragma once

#include <compare>
#include <optional>

#include <geode/value.hpp>

namespace geode::value {

/// `a = b` of the language: true, false, or unknown (nullopt) when a null decides.
///
/// Numbers are compared exactly, whatever their types; NaN equals nothing; values of different
/// types are not equal. Lists and records are compared element by element with the same three
/// values. Points of time are equal when they are the same instant, whatever zone they are shown
/// in. Nodes and edges are equal by identity.
std::optional<bool> equals(const Value& a, const Value& b);

/// What `<`, `<=`, `>` and `>=` of the language see. nullopt: unknown, as one side is null or the
/// types have no order between them (records, nodes, edges, paths and durations have none even
/// among themselves); unordered: NaN is involved, and every comparison is false.
std::optional<std::partial_ordering> compare(const Value& a, const Value& b);

/// The one total order of ORDER BY, min, max and sorted indexes, ascending:
/// records, nodes, edges, lists, paths, zoned datetimes, local datetimes, dates, zoned times, local
/// times, durations, strings, bytes, booleans, numbers, NaN, null. Negative, 0 or positive. 0
/// exactly when same().
int order(const Value& a, const Value& b);

/// Whether DISTINCT and GROUP BY see one value: null is the same as null, NaN as NaN, 1 as 1.0.
bool same(const Value& a, const Value& b);

/// Exact order of an integer and a float that is not NaN: no rounding of the integer.
int order_numbers(std::int64_t a, double b);

}  // namespace geode::value
