#pragma once

#include <span>
#include <vector>

#include <geode/value.hpp>

namespace geode::gql::exec {

struct SortDirection {
  bool descending = false;
  bool nulls_first = false;
};

/// Below, above or equal to zero: keys `a` come before, behind or together with keys `b`.
int compare_sort_keys(std::span<const Value> a, std::span<const Value> b,
                      std::span<const SortDirection> directions);

}  // namespace geode::gql::exec
