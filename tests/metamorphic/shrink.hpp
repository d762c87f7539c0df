#pragma once

#include <functional>
#include <vector>

#include "query.hpp"

namespace geode::metamorphic {

/// Every query that is one step simpler: without a clause, a path, an element, a condition, with a
/// part of an expression in place of the whole. Some of them have no meaning: a variable may lack.
std::vector<model::Query> simpler(const model::Query& query);
/// Every graph without one edge, one node, one label or one property.
std::vector<model::Graph> simpler(const model::Graph& graph);

/// Goes to simpler ones for as long as they fail too.
template <class Subject>
void shrink(Subject& subject, const std::function<bool(const Subject&)>& fails) {
  std::size_t at = 0;
  while (true) {
    // Those before `at` did not fail for the subject before; most of them will not for this one.
    std::vector<Subject> candidates = simpler(subject);
    bool found = false;
    for (std::size_t i = 0; i < candidates.size() && !found; ++i) {
      const std::size_t index = (at + i) % candidates.size();
      if (!fails(candidates[index])) continue;
      subject = std::move(candidates[index]);
      at = index;
      found = true;
    }
    if (!found) return;
  }
}

}  // namespace geode::metamorphic
