#pragma once

#include <string>

#include <geode/options.hpp>

namespace geode::test {

struct RunnerOptions {
  Options database;
  /// Replace what the file expects by what came.
  bool rewrite = false;
};

struct Tally {
  int passed = 0;
  int failed = 0;
};

/// Runs the records of one .gqltest file in order, in one session on a database in memory. Failures
/// are printed on standard output with file and line.
Tally run_case_file(const std::string& path, const RunnerOptions& options);

}  // namespace geode::test
