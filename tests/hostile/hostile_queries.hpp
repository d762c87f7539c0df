#pragma once

#include <string>
#include <vector>

namespace geode::test {

/// A statement that wants more than anybody has. It may answer, or end with a clear error.
struct HostileQuery {
  std::string name;
  std::string text;
};

/// Reads the graph that hostile_test makes; `csv_path` is a file of two columns it made.
std::vector<HostileQuery> hostile_queries(const std::string& csv_path);

}  // namespace geode::test
