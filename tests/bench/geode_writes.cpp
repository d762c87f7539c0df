// Durable writes into a database of the social network, which they change.
//
//   geode_writes DATABASE [--only A,B] [--count N] [--wal FOLDER]
//
// With --wal the change log is on, and moved to FOLDER as it is written; a last line says how many
// bytes it took of all that the process wrote.
//
// Prints one JSON line each: INS1 / INS1E one node / edge in a transaction of its own (N of them,
// default 300), INS1X32 the same from 32 threads, INSB / INSBE 1000 of them in a transaction, one
// prepared statement a row, INSUNWIND / INSUNWINDE 1000 of them in one statement.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <geode/geode.hpp>
#include "measure.hpp"

namespace {

constexpr const char* kInsertNode =
    "CREATE (:Person {id: $id, name: $name, gender: 'female', birthday: date('1990-01-01'), "
    "age: 33, isMarried: false})";
constexpr const char* kInsertEdge =
    "MATCH (a:Person {id: $a}), (b:Person {id: $b}) CREATE (a)-[:Follows]->(b)";
constexpr const char* kInsertNodes =
    "UNWIND $rows AS r CREATE (:Person {id: r, name: 'U', gender: 'female', "
    "birthday: date('1990-01-01'), age: 33, isMarried: false})";
constexpr const char* kInsertEdges =
    "UNWIND $rows AS r MATCH (a:Person {id: r.a}), (b:Person {id: r.b}) CREATE (a)-[:Follows]->(b)";
constexpr int kBatch = 1000;
constexpr int kBatches = 10;
constexpr int kThreads = 32;

struct Ends {
  long a = 0, b = 0;
};

/// Pairs of people spread over the graph, the same in every run and for every engine.
Ends ends_of(long batch, long row) {
  return {(batch * 7919 + row * 104729) % 100000 + 1,
          (batch * 15485863 + row * 32452843) % 100000 + 1};
}

class Writes {
 public:
  Writes(geode::Database& database, std::set<std::string> only, int count)
      : database_(database), session_(database.session()), only_(std::move(only)), count_(count) {}

  void run() {
    geode::PreparedStatement node = session_.prepare(kInsertNode);
    geode::PreparedStatement edge = session_.prepare(kInsertEdge);
    single("INS1", [&](int) { insert_node(node, "New"); });
    single("INS1E", [&](int i) { insert_edge(edge, ends_of(99, i)); });
    concurrent();
    batches("INSB", [&](int) {
      session_.execute("START TRANSACTION");
      for (int i = 0; i < kBatch; ++i) insert_node(node, "B");
      session_.execute("COMMIT");
    });
    batches("INSBE", [&](int batch) {
      session_.execute("START TRANSACTION");
      for (int i = 0; i < kBatch; ++i) insert_edge(edge, ends_of(batch, i));
      session_.execute("COMMIT");
    });
    batches("INSUNWIND", [&](int) {
      geode::List rows;
      for (int i = 0; i < kBatch; ++i) rows.emplace_back(next_id_++);
      session_.execute(kInsertNodes, {{"rows", rows}}).consume();
    });
    batches("INSUNWINDE", [&](int batch) {
      geode::List rows;
      for (int i = 0; i < kBatch; ++i) {
        const Ends ends = ends_of(kBatches + batch, i);
        rows.emplace_back(geode::Record{{"a", ends.a}, {"b", ends.b}});
      }
      session_.execute(kInsertEdges, {{"rows", rows}}).consume();
    });
  }

 private:
  void insert_node(geode::PreparedStatement& statement, const char* name) {
    statement.execute({{"id", next_id_++}, {"name", name}}).consume();
  }

  void insert_edge(geode::PreparedStatement& statement, Ends ends) {
    statement.execute({{"a", ends.a}, {"b", ends.b}}).consume();
  }

  bool wanted(const char* name) const { return only_.empty() || only_.contains(name); }

  void single(const char* name, const std::function<void(int)>& write) {
    if (!wanted(name)) return;
    const double wall = geode::bench::wall_seconds(), cpu = geode::bench::cpu_seconds();
    for (int i = 0; i < count_; ++i) write(i);
    const double each = (geode::bench::wall_seconds() - wall) / count_;
    report(name, each, (geode::bench::cpu_seconds() - cpu) / count_, 1 / each, "tx_per_s");
  }

  void batches(const char* name, const std::function<void(int)>& write) {
    if (!wanted(name)) return;
    std::vector<double> walls, cpus;
    for (int i = 0; i < kBatches; ++i) {
      const double wall = geode::bench::wall_seconds(), cpu = geode::bench::cpu_seconds();
      write(i);
      walls.push_back(geode::bench::wall_seconds() - wall);
      cpus.push_back(geode::bench::cpu_seconds() - cpu);
    }
    const double wall = geode::bench::median(walls);
    report(name, wall, geode::bench::median(cpus), kBatch / wall, "rows_per_s");
  }

  /// Each thread with a session of its own; together they write 32 times as much as INS1.
  void concurrent() {
    if (!wanted("INS1X32")) return;
    const double wall = geode::bench::wall_seconds(), cpu = geode::bench::cpu_seconds();
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      const long first = next_id_;
      next_id_ += count_;
      threads.emplace_back([this, first] {
        geode::Session session = database_.session();
        geode::PreparedStatement statement = session.prepare(kInsertNode);
        for (int i = 0; i < count_; ++i) {
          statement.execute({{"id", first + i}, {"name", "T"}}).consume();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    const double total = kThreads * static_cast<double>(count_);
    const double each = (geode::bench::wall_seconds() - wall) / total;
    report("INS1X32", each, (geode::bench::cpu_seconds() - cpu) / total, 1 / each, "tx_per_s");
  }

  static void report(const char* name, double wall, double cpu, double rate, const char* unit) {
    std::printf(
        "{\"engine\":\"geode\",\"query\":\"%s\",\"median_s\":%.9g,\"cpu_s\":%.9g,\"%s\":%.1f}\n",
        name, wall, cpu, unit, rate);
    std::fflush(stdout);
  }

  geode::Database& database_;
  geode::Session session_;
  std::set<std::string> only_;
  int count_;
  long next_id_ = 10'000'000;
};

/// Of the files in a folder.
std::uint64_t bytes_in(const std::string& folder) {
  std::uint64_t out = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) out += entry.file_size();
  }
  return out;
}

/// That this process has had written to disks.
std::uint64_t written_bytes() {
  std::ifstream io("/proc/self/io");
  for (std::string name; io >> name;) {
    std::uint64_t value = 0;
    io >> value;
    if (name == "write_bytes:") return value;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::set<std::string> only;
  int count = 300;
  geode::Options options;
  options.create_if_missing = false;
  for (int i = 2; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--only") == 0) {
      std::istringstream names(argv[i + 1]);
      for (std::string name; std::getline(names, name, ',');) only.insert(name);
    } else if (std::strcmp(argv[i], "--count") == 0) {
      count = std::atoi(argv[i + 1]);
    } else if (std::strcmp(argv[i], "--wal") == 0) {
      options.change_log = geode::ChangeLog::kOn;
      options.wal_directory = argv[i + 1];
    }
  }
  if (argc % 2 != 0 || count < 1) {
    std::fprintf(stderr, "usage: geode_writes DATABASE [--only A,B] [--count N] [--wal FOLDER]\n");
    return 2;
  }
  try {
    {
      geode::Database database(argv[1], options);
      Writes(database, std::move(only), count).run();
    }
    if (!options.wal_directory.empty()) {
      std::printf("{\"log_bytes\":%llu,\"written_bytes\":%llu}\n",
                  static_cast<unsigned long long>(bytes_in(options.wal_directory)),
                  static_cast<unsigned long long>(written_bytes()));
    }
    return 0;
  } catch (const geode::Error& error) {
    std::fprintf(stderr, "geode_writes: %s\n", error.what());
    return 1;
  }
}
