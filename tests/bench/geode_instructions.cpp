// What tests/bench/instructions.py counts the instructions of.
//
//   geode_instructions make FOLDER           a small social network, always the same, in FOLDER
//   geode_instructions run FOLDER QUESTION   one of its questions, or `import`
//
// Only what runs inside geode_measured_loop() counts; everything before it is warm-up.

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <geode/geode.hpp>
#include "numbers.hpp"

extern "C" {
/// Under this name valgrind switches counting on and off. Not inlined, and not to be cloned.
[[gnu::noinline, gnu::noclone]] void geode_measured_loop(const std::function<void()>& work) {
  work();
  asm volatile("" ::: "memory");
}
}

namespace {

using geode::bench::Numbers;

constexpr std::uint32_t kPeople = 20'000;
constexpr std::uint32_t kFollowed = 12;
constexpr std::uint32_t kImportedRows = 100'000;

geode::Options small_map() {
  geode::Options options;
  // An emulated process has less address space than the default asks for.
  options.map_size_bytes = std::uint64_t{1} << 30;
  return options;
}

void write_people(const std::string& path, std::uint32_t count) {
  std::ofstream file(path);
  Numbers numbers(1);
  file << "id,name,gender,age,isMarried\n";
  for (std::uint32_t i = 1; i <= count; ++i) {
    file << i << ",Person " << numbers.below(100'000) << ','
         << (numbers.below(2) == 0 ? "female" : "male") << ',' << 18 + numbers.below(50) << ','
         << (numbers.below(2) == 0 ? "true" : "false") << '\n';
  }
}

/// A quarter of the edges goes to a hundredth of the people.
void write_follows(const std::string& path) {
  std::ofstream file(path);
  Numbers numbers(2);
  file << "from,to\n";
  for (std::uint32_t from = 1; from <= kPeople; ++from) {
    for (std::uint32_t i = 0; i < kFollowed; ++i) {
      const std::uint32_t range = i % 4 == 0 ? kPeople / 100 : kPeople;
      std::uint32_t to = 1 + numbers.below(range);
      if (to == from) to = from % kPeople + 1;
      file << from << ',' << to << '\n';
    }
  }
}

void import_people(const std::string& database_file, const std::string& people) {
  geode::Database database(database_file, small_map());
  geode::ImportOptions options;
  options.nodes = {{{"Person"}, people, "", true}};
  geode::import_files(database, options);
}

void make(const std::string& folder) {
  write_people(folder + "/people.csv", kPeople);
  write_people(folder + "/rows.csv", kImportedRows);
  write_follows(folder + "/follows.csv");
  geode::Database database(folder + "/small.geode", small_map());
  geode::ImportOptions options;
  options.nodes = {{{"Person"}, folder + "/people.csv", "", true}};
  options.edges = {{"Follows", folder + "/follows.csv", "Person", "", "Person", ""}};
  geode::import_files(database, options);
}

/// All rows, read as a program would read them. Returns their number, so that nothing is left out.
std::size_t read(geode::Result result, std::vector<geode::ColumnView>& columns) {
  std::size_t rows = 0;
  while (result.next_batch(columns)) rows += columns.empty() ? 0 : columns[0].size;
  return rows;
}

struct Question {
  const char* name;
  const char* text;
  int repetitions;
};

constexpr Question kQuestions[] = {
    {"LOOKUP", "MATCH (p:Person {id: $id}) RETURN p.name AS name, p.age AS age", 2000},
    {"HOP2",
     "MATCH (a:Person {id: $id})-[:Follows]->(b:Person)-[:Follows]->(c:Person) "
     "RETURN count(*) AS n",
     500},
    {"SCAN",
     "MATCH (p:Person) WHERE p.age > 30 AND p.isMarried = true "
     "RETURN p.gender AS g, count(*) AS n, avg(p.age) AS a ORDER BY g",
     10},
    {"Q8", "MATCH (a:Person)-[:Follows]->(b:Person)-[:Follows]->(c:Person) RETURN count(*) AS n",
     10},
};

void ask(const std::string& folder, const Question& question) {
  geode::Options options = small_map();
  options.create_if_missing = false;
  geode::Database database(folder + "/small.geode", options);
  geode::Session session = database.session();
  geode::PreparedStatement statement = session.prepare(question.text);
  const bool by_id = !statement.parameters().empty();
  std::vector<geode::ColumnView> columns;
  std::size_t rows = 0;
  const auto loop = [&] {
    Numbers numbers(3);
    geode::Parameters parameters;
    for (int i = 0; i < question.repetitions; ++i) {
      if (by_id) parameters.set("id", 1 + static_cast<int>(numbers.below(kPeople)));
      rows += read(statement.execute(parameters), columns);
    }
  };
  loop();
  geode_measured_loop(loop);
  if (rows == 0) throw std::runtime_error("the question has no answer");
}

void run(const std::string& folder, const std::string& name) {
  if (name == "import") {
    geode_measured_loop([&] { import_people(folder + "/import.geode", folder + "/rows.csv"); });
    return;
  }
  for (const Question& question : kQuestions) {
    if (name == question.name) return ask(folder, question);
  }
  throw std::runtime_error("no question " + name);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string action = argc > 1 ? argv[1] : "";
  try {
    if (action == "make" && argc == 3) {
      make(argv[2]);
    } else if (action == "run" && argc == 4) {
      run(argv[2], argv[3]);
    } else {
      std::fprintf(stderr, "usage: geode_instructions make FOLDER | run FOLDER QUESTION\n");
      return 2;
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "geode_instructions: %s\n", error.what());
    return 1;
  }
}
