#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "runner.hpp"

namespace {

constexpr std::string_view kUsage =
    "usage: gqltest [--rewrite] [--optimizer=on|off] [--spill] [--workers=N] FILE|FOLDER...\n"
    "Runs .gqltest files; the format is described in CONTRIBUTING.md.\n";

void collect(const std::string& argument, std::vector<std::string>& files) {
  if (!std::filesystem::is_directory(argument)) {
    files.push_back(argument);
    return;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argument)) {
    if (entry.path().extension() == ".gqltest") files.push_back(entry.path().string());
  }
}

}  // namespace

int main(int argc, char** argv) {
  geode::test::RunnerOptions options;
  options.database.worker_threads = 1;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--rewrite") {
      options.rewrite = true;
    } else if (argument == "--optimizer=off" || argument == "--optimizer=on") {
      options.database.optimize = argument.ends_with("on");
    } else if (argument == "--spill") {
      // Whatever keeps rows writes them to a file, as if one were too many.
      options.database.spill_threshold_bytes = 1;
    } else if (argument.starts_with("--workers=")) {
      // Node by node, so that small graphs are shared out too.
      options.database.worker_threads = std::stoul(std::string(argument.substr(10)));
      options.database.morsel_nodes = 1;
    } else if (argument.starts_with("-")) {
      std::cerr << kUsage;
      return 2;
    } else {
      collect(std::string(argument), files);
    }
  }
  if (files.empty()) {
    std::cerr << kUsage;
    return 2;
  }
  std::sort(files.begin(), files.end());

  geode::test::Tally total;
  for (const std::string& file : files) {
    try {
      const geode::test::Tally tally = geode::test::run_case_file(file, options);
      total.passed += tally.passed;
      total.failed += tally.failed;
    } catch (const std::exception& error) {
      std::cout << error.what() << "\n";
      ++total.failed;
    }
  }
  std::cout << total.passed << " passed, " << total.failed << " failed\n";
  return total.failed == 0 ? 0 : 1;
}
