// Asks questions of graphs of many shapes and checks each answer against plain arrays, whose time
// is the limit of what the question may cost.
//
//   geode_shapes [--edges N] [--only SHAPE,...] [--seconds S] [--timeout S] [--json]
//
// N (default 20000) is the number of edges of each graph, about. Prints the time of Geode, of the
// arrays and their ratio. Exit status 1 when an answer is wrong, or not there after the time-out of
// 60 seconds.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <geode/geode.hpp>
#include "measure.hpp"
#include "result_text.hpp"
#include "shapes/shape.hpp"

namespace {

using namespace geode::bench;
namespace fs = std::filesystem;

struct Settings {
  std::uint32_t edges = 20'000;
  std::set<std::string> only;
  double seconds = 1;
  double timeout = 60;
  bool json = false;
};

/// A folder that goes with its owner.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "geode-shapes-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw fs::filesystem_error("mkdtemp", {});
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;  // what cannot be removed is left to the system
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void write_nodes(const NodeTable& table, const fs::path& path) {
  std::ofstream file(path);
  file << "id";
  for (const Column& column : table.columns) file << ',' << column.name;
  file << '\n';
  for (std::uint32_t i = 0; i < table.count; ++i) {
    file << (table.ids.empty() ? i : table.ids[i]);
    for (const Column& column : table.columns) {
      if (column.texts.empty()) {
        file << ',' << column.integers[i];
      } else {
        file << ',' << column.texts[i];
      }
    }
    file << '\n';
  }
}

void write_edges(const EdgeTable& table, const fs::path& path) {
  std::ofstream file(path);
  file << "from,to\n";
  for (const auto& [from, to] : *table.ends) file << from << ',' << to << '\n';
}

geode::ImportReport load(geode::Database& database, const Shape& shape, const fs::path& folder) {
  geode::ImportOptions options;
  for (const NodeTable& table : shape.nodes) {
    const fs::path path = folder / ("nodes" + std::to_string(options.nodes.size()) + ".csv");
    write_nodes(table, path);
    options.nodes.push_back({table.labels, path.string(), "id", true});
  }
  for (const EdgeTable& table : shape.edges) {
    const fs::path path = folder / ("edges" + std::to_string(options.edges.size()) + ".csv");
    write_edges(table, path);
    options.edges.push_back(
        {table.label, path.string(), table.from_label, "id", table.to_label, "id"});
  }
  return geode::import_files(database, options);
}

std::string answer_of(geode::PreparedStatement& statement, const geode::Parameters& parameters,
                      const geode::StatementOptions& options) {
  geode::Result result = statement.execute(parameters, options);
  std::vector<geode::ColumnView> columns;
  std::string text;
  while (result.next_batch(columns)) {
    for (std::size_t row = 0; !columns.empty() && row < columns[0].size; ++row) {
      if (!text.empty()) text += ';';
      for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0) text += ',';
        text += value_text(columns[i], row);
      }
    }
  }
  return text;
}

class Table {
 public:
  explicit Table(const Settings& settings) : settings_(settings) {}

  bool run(const Shape& shape) {
    const Folder folder;
    geode::Database database((folder.path() / "shape.geode").string());
    const double begin = cpu_seconds();
    const geode::ImportReport report = load(database, shape, folder.path());
    const double cpu = cpu_seconds() - begin;
    if (!settings_.json) {
      std::printf(
          "%s: %llu nodes, %llu edges, %.3f s to load (%.3f s of processor with the files)\n",
          shape.name.c_str(), static_cast<unsigned long long>(report.nodes),
          static_cast<unsigned long long>(report.edges), report.seconds, cpu);
    }
    geode::Session session = database.session();
    bool good = true;
    for (const ShapeQuestion& question : shape.questions) good &= ask(session, shape, question);
    return good;
  }

  void finish() const {
    if (ratios_ == 0 || settings_.json) return;
    std::printf("geometric mean of geode / arrays: %.3g over %d questions\n",
                std::exp(logarithms_ / ratios_), ratios_);
  }

 private:
  bool ask(geode::Session& session, const Shape& shape, const ShapeQuestion& question) {
    geode::PreparedStatement statement = session.prepare(question.text);
    geode::StatementOptions options;
    options.timeout = std::chrono::milliseconds(static_cast<int>(settings_.timeout * 1000));
    std::string answer, expected;
    Times mine;
    try {
      mine = measure(settings_.seconds,
                     [&] { answer = answer_of(statement, question.parameters, options); });
    } catch (const geode::Error& error) {
      fail(shape, question, error);
      return false;
    }
    const Times limit = measure(settings_.seconds, [&] { expected = question.limit(); });
    const bool right = answer == expected;
    const double ratio = mine.cpu / limit.cpu;
    logarithms_ += std::log(ratio);
    ++ratios_;
    if (settings_.json) {
      const nlohmann::json line{{"shape", shape.name}, {"query", question.name},
                                {"geode_s", mine.cpu}, {"limit_s", limit.cpu},
                                {"ratio", ratio},      {"first_s", mine.first},
                                {"ok", right}};
      std::printf("%s\n", line.dump().c_str());
    } else {
      std::printf("  %-18s %12.1f us %12.1f us %9.1f  %s\n", question.name.c_str(), mine.cpu * 1e6,
                  limit.cpu * 1e6, ratio, right ? "ok" : "WRONG");
    }
    if (!right) {
      std::printf("    answer   %s\n    expected %s\n", answer.substr(0, 400).c_str(),
                  expected.substr(0, 400).c_str());
    }
    std::fflush(stdout);
    return right;
  }

  void fail(const Shape& shape, const ShapeQuestion& question, const geode::Error& error) const {
    if (settings_.json) {
      const nlohmann::json line{
          {"shape", shape.name}, {"query", question.name}, {"error", error.what()}};
      std::printf("%s\n", line.dump().c_str());
    } else {
      std::printf("  %-18s %s\n", question.name.c_str(), error.what());
    }
    std::fflush(stdout);
  }

  const Settings& settings_;
  double logarithms_ = 0;
  int ratios_ = 0;
};

bool parse(int argc, char** argv, Settings& settings) {
  for (int i = 1; i < argc; ++i) {
    const bool more = i + 1 < argc;
    if (std::strcmp(argv[i], "--json") == 0) {
      settings.json = true;
    } else if (more && std::strcmp(argv[i], "--edges") == 0) {
      settings.edges = static_cast<std::uint32_t>(std::strtoul(argv[++i], nullptr, 10));
    } else if (more && std::strcmp(argv[i], "--seconds") == 0) {
      settings.seconds = std::atof(argv[++i]);
    } else if (more && std::strcmp(argv[i], "--timeout") == 0) {
      settings.timeout = std::atof(argv[++i]);
    } else if (more && std::strcmp(argv[i], "--only") == 0) {
      std::istringstream names(argv[++i]);
      for (std::string name; std::getline(names, name, ',');) settings.only.insert(name);
    } else {
      return false;
    }
  }
  return settings.edges >= 1000 && settings.edges <= 100'000'000;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  if (!parse(argc, argv, settings)) {
    std::fprintf(stderr,
                 "usage: geode_shapes [--edges N] [--only SHAPE,...] [--seconds S] [--timeout S] "
                 "[--json]\n");
    return 2;
  }
  constexpr std::pair<const char*, Shape (*)(std::uint32_t)> kShapes[] = {
      {"power_law", power_law}, {"grid", grid}, {"bipartite", bipartite},
      {"chain", chain},         {"hubs", hubs}, {"many_labels", many_labels},
      {"strings", strings},     {"wide", wide},
  };
  try {
    Table table(settings);
    bool good = true;
    for (const auto& [name, make] : kShapes) {
      if (settings.only.empty() || settings.only.contains(name))
        good &= table.run(make(settings.edges));
    }
    table.finish();
    return good ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "geode_shapes: %s\n", error.what());
    return 1;
  }
}
