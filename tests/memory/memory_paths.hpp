#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <geode/database.hpp>
#include "temp_directory.hpp"

namespace geode::test {

/// A small graph that a path of the API is tried on, again and again.
struct MemoryFixture {
  MemoryFixture();
  /// A name that no other file of the fixture has.
  std::string new_file(const char* ending);

  TempDirectory directory;
  Database database;
  Session session;
  std::vector<NodeId> nodes;
  std::vector<EdgeId> edges;
  int files = 0;
};

/// One way into the library. It can be taken often.
struct MemoryPath {
  std::string name;
  std::function<void(MemoryFixture&)> run;
};

const std::vector<MemoryPath>& memory_paths();

}  // namespace geode::test
