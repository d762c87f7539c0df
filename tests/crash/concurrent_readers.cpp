// Threads that read while one writes. Each snapshot must be consistent. Times are given without a
// writer, with one of another database (which takes the same processor and disk time, and is what
// this machine costs), and with one of the database that is read.
//
//   concurrent_readers [--seconds N] [--people N] [--readers N]

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <geode/database.hpp>
#include "graph_check.hpp"
#include "temp_directory.hpp"

namespace geode::test {
namespace {

using Clock = std::chrono::steady_clock;

/// Money moves between accounts and is neither made nor lost.
constexpr std::int64_t kAccounts = 64;
constexpr std::int64_t kBalance = 1000;

struct Settings {
  double seconds = 1.5;
  std::int64_t people = 2000;
  int readers = 8;
};

struct Times {
  std::vector<double> microseconds;
  double at(double part) {
    if (microseconds.empty()) return 0;
    const auto place =
        static_cast<std::ptrdiff_t>(part * static_cast<double>(microseconds.size() - 1));
    std::nth_element(microseconds.begin(), microseconds.begin() + place, microseconds.end());
    return microseconds[static_cast<std::size_t>(place)];
  }
};

/// What the threads of one phase share.
struct Phase {
  std::atomic<bool> stop{false};
  std::atomic<bool> failed{false};
  std::atomic<std::uint64_t> commits{0};
  std::mutex mutex;
  std::string failure;
  Times points, hops;

  void fail(const std::string& what) {
    const std::lock_guard lock(mutex);
    if (failure.empty()) failure = what;
    failed = true;
    stop = true;
  }
};

void fill(Database& database, std::int64_t people) {
  database.execute("CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE");
  database.execute("CREATE CONSTRAINT account_id FOR (a:Account) REQUIRE a.id IS UNIQUE");
  std::mt19937_64 random(1);
  Transaction transaction = database.begin_write();
  std::vector<NodeId> nodes;
  for (std::int64_t id = 0; id < people; ++id) {
    nodes.push_back(transaction.insert_node(
        {"Person"}, {{"id", Value(id)}, {"mirror", Value(-id)}, {"degree", 10}}));
  }
  for (std::size_t from = 0; from < nodes.size(); ++from) {
    for (int i = 0; i < 10; ++i) {
      // To another node: a path does not take a loop twice, and each has 100 paths of two edges.
      const std::size_t to = (from + 1 + random() % (nodes.size() - 1)) % nodes.size();
      transaction.insert_edge(nodes[from], nodes[to], "Knows");
    }
  }
  for (std::int64_t id = 0; id < kAccounts; ++id) {
    transaction.insert_node({"Account"}, {{"id", Value(id)}, {"balance", Value(kBalance)}});
  }
  transaction.commit();
}

void write(Database database, std::int64_t people, Phase& phase) {
  try {
    Session session = database.session();
    PreparedStatement move = session.prepare(
        "MATCH (a:Account {id: $a}), (b:Account {id: $b}) SET a.balance = a.balance - $sum, "
        "b.balance = b.balance + $sum");
    PreparedStatement know = session.prepare(
        "MATCH (a:Person {id: $a}), (b:Person {id: $b}) SET a.degree = a.degree + 1, a.mirror = "
        "a.mirror - 1 "
        "INSERT (a)-[:Knows]->(b)");
    std::mt19937_64 random(2);
    const auto below = [&](std::int64_t end) {
      return Value(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end)));
    };
    while (!phase.stop) {
      const std::int64_t first = static_cast<std::int64_t>(random() % kAccounts);
      move.execute(
          {{"a", Value(first)}, {"b", Value((first + 1) % kAccounts)}, {"sum", below(100)}});
      know.execute({{"a", below(people)}, {"b", below(people)}});
      // The edge and the property that counts it belong together by the graph API, too, and a part
      // of it is undone.
      Transaction transaction = database.begin_write();
      const NodeId person = transaction.find_nodes("Person", "id", below(people)).at(0);
      transaction.insert_edge(person, transaction.find_nodes("Person", "id", below(people)).at(0),
                              "Knows");
      transaction.set_property(person, "degree",
                               Value(transaction.property(person, "degree").as_int64() + 1));
      transaction.set_property(person, "mirror",
                               Value(transaction.property(person, "mirror").as_int64() - 1));
      transaction.savepoint("undone");
      transaction.insert_edge(person, person, "Knows");
      transaction.rollback_to("undone");
      transaction.commit();
      phase.commits += 3;
    }
  } catch (const std::exception& error) {
    phase.fail(std::string("writer: ") + error.what());
  }
}

double microseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

void check_person(const Transaction& snapshot, std::int64_t id) {
  const NodeId person = snapshot.find_nodes("Person", "id", Value(id)).at(0);
  std::int64_t edges = 0;
  snapshot.for_each_neighbour(person, EdgeDirection::kOut, "Knows", [&](const Neighbour&) {
    ++edges;
    return true;
  });
  const std::int64_t degree = snapshot.property(person, "degree").as_int64();
  expect(degree == edges, "a snapshot shows a transaction whole: degree " + std::to_string(degree) +
                              ", edges " + std::to_string(edges));
}

void read(Database database, std::int64_t people, unsigned number, Phase& phase) {
  Times points, hops;
  try {
    Session session = database.session();
    PreparedStatement point =
        session.prepare("MATCH (p:Person {id: $id}) RETURN p.mirror + p.degree");
    PreparedStatement two_hops =
        session.prepare("MATCH (p:Person {id: $id})-[:Knows]->()-[:Knows]->(x) RETURN count(*)");
    PreparedStatement sum = session.prepare("MATCH (a:Account) RETURN sum(a.balance)");
    std::mt19937_64 random(100 + number);
    std::int64_t commits_seen = 0;
    for (std::uint64_t turn = 0; !phase.stop; ++turn) {
      const auto id = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(people));
      const Parameters parameters{{"id", Value(id)}};
      auto begin = Clock::now();
      const std::int64_t difference = point.execute(parameters).single().as_int64();
      points.microseconds.push_back(microseconds_since(begin));
      expect(difference == 10 - id, "two properties set together are seen together");
      if (turn % 16 == 0) {
        begin = Clock::now();
        const std::int64_t count = two_hops.execute(parameters).single().as_int64();
        hops.microseconds.push_back(microseconds_since(begin));
        expect(count >= 100, "edges do not go away");
      }
      if (turn % 64 == 0) {
        expect(sum.execute().single().as_int64() == kAccounts * kBalance,
               "money is neither made nor lost");
        const Transaction snapshot = database.begin_read();
        check_person(snapshot, id);
        const auto edges = static_cast<std::int64_t>(snapshot.count_edges("Knows"));
        expect(edges >= commits_seen, "time does not run backwards");
        commits_seen = edges;
        // The snapshot stays as it was while others commit.
        if (turn % 256 == 0) std::this_thread::yield();
        expect(static_cast<std::int64_t>(snapshot.count_edges("Knows")) == edges,
               "a snapshot does not change");
        check_person(snapshot, id);
      }
    }
  } catch (const std::exception& error) {
    phase.fail("reader " + std::to_string(number) + ": " + error.what());
  }
  const std::lock_guard lock(phase.mutex);
  phase.points.microseconds.insert(phase.points.microseconds.end(), points.microseconds.begin(),
                                   points.microseconds.end());
  phase.hops.microseconds.insert(phase.hops.microseconds.end(), hops.microseconds.begin(),
                                 hops.microseconds.end());
}

/// Runs readers, and a writer of `written` when there is one; gives the 99th percentile of a point
/// read.
double run(Database& database, const Settings& settings, const char* name, Database* written) {
  Phase phase;
  std::vector<std::thread> threads;
  for (int i = 0; i < settings.readers; ++i) {
    threads.emplace_back(read, database, settings.people, static_cast<unsigned>(i),
                         std::ref(phase));
  }
  if (written != nullptr) {
    threads.emplace_back(write, *written, settings.people, std::ref(phase));
  }
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(settings.seconds));
  while (!phase.stop && Clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  phase.stop = true;
  for (std::thread& thread : threads) thread.join();
  if (phase.failed) throw Broken(phase.failure);
  expect(written == nullptr || phase.commits > 0, "the writer makes progress");
  const double p99 = phase.points.at(0.99);
  std::printf(
      "%-16s point read p50 %7.1f p99 %8.1f us (%zu), two hops p50 %7.1f p99 %8.1f us (%zu), %llu "
      "commits\n",
      name, phase.points.at(0.5), p99, phase.points.microseconds.size(), phase.hops.at(0.5),
      phase.hops.at(0.99), phase.hops.microseconds.size(),
      static_cast<unsigned long long>(phase.commits.load()));
  return p99;
}

}  // namespace
}  // namespace geode::test

int main(int count, char** arguments) {
  using namespace geode::test;
  Settings settings;
  for (int i = 1; i + 1 < count; i += 2) {
    if (std::strcmp(arguments[i], "--seconds") == 0) settings.seconds = std::atof(arguments[i + 1]);
    if (std::strcmp(arguments[i], "--people") == 0) settings.people = std::atoll(arguments[i + 1]);
    if (std::strcmp(arguments[i], "--readers") == 0) settings.readers = std::atoi(arguments[i + 1]);
  }
  try {
    const TempDirectory directory;
    geode::Database database(directory.file("readers.db"));
    fill(database, settings.people);
    geode::Database other(directory.file("other.db"));
    fill(other, settings.people);
    const double without = run(database, settings, "without writer", nullptr);
    const double beside = run(database, settings, "writer elsewhere", &other);
    const double with = run(database, settings, "with writer", &database);
    std::printf(
        "p99 of a point read with the writer: %.2f times that without, %.2f times that with a "
        "writer elsewhere\n",
        with / without, with / beside);
    check_graph(database.begin_read());
    return 0;
  } catch (const std::exception& error) {
    std::printf("FAILED: %s\n", error.what());
    return 1;
  }
}
