#include "gql/exec/operators/sort_key.hpp"

#include "value/compare.hpp"

namespace geode::gql::exec {

int compare_sort_keys(std::span<const Value> a, std::span<const Value> b,
                      std::span<const SortDirection> directions) {
  for (std::size_t i = 0; i < directions.size(); ++i) {
    if (a[i].is_null() || b[i].is_null()) {
      if (a[i].is_null() == b[i].is_null()) continue;
      return a[i].is_null() == directions[i].nulls_first ? -1 : 1;
    }
    const int order = value::order(a[i], b[i]);
    if (order != 0) return directions[i].descending ? -order : order;
  }
  return 0;
}

}  // namespace geode::gql::exec
