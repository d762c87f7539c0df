#pragma once

#include <string>

#include "generate.hpp"

namespace geode::model {

/// A statement that changes the graph, and the graph it leaves behind.
struct Update {
  std::string text;
  Graph after;
  /// The GQLSTATUS it must fail with, leaving the graph as it was; "" when it succeeds.
  std::string error;
};

/// Throws TooMuchWork when the statement would change too much.
Update random_update(Random& random, const Graph& graph);

}  // namespace geode::model
