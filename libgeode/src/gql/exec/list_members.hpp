#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include <geode/error.hpp>
#include "base/memory_budget.hpp"
#include "value/hash.hpp"
#include "value/vector.hpp"

namespace geode::gql::exec {

/// What IN says of a right side that is no list.
[[noreturn]] void throw_no_list(const Value& value, Position position);

/// The elements of one list, for asking of many values whether they are among them: `x IN list` of
/// the language, without comparing x with each element.
class ListMembers {
 public:
  ListMembers(const List& list, base::MemoryBudget* memory);

  /// Nothing: unknown, because a null decides.
  std::optional<bool> contains(const Value& value) const;
  /// Sets out (reset to booleans) at these rows.
  void test(const value::Vector& values, std::span<const std::uint32_t> rows,
            value::Vector& out) const;

 private:
  struct Hash {
    std::size_t operator()(const Value& value) const { return value::hash(value); }
  };
  struct Same {
    bool operator()(const Value& a, const Value& b) const;
  };
  bool contains_integer(std::int64_t value) const;

  bool empty_ = true;
  bool has_null_ = false;
  /// All elements but nulls are integers, and stand in integers_ alone.
  bool only_integers_ = true;
  std::vector<std::int64_t> integers_;  ///< a table of open addressing, or all when they are few
  std::vector<std::uint8_t> taken_;     ///< places of the table
  std::unordered_set<Value, Hash, Same> simple_;
  /// Those that are compared one by one: equality within them has three values, or is not that of
  /// hashes.
  std::vector<Value> others_;
  base::MemoryCharge charge_;
};

}  // namespace geode::gql::exec
