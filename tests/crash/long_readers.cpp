// Readers that stay, beside a writer: in this process transactions, results and sessions that
// nobody goes on with, and statements that run for ever; and a process that is killed while it
// holds a snapshot. What the file grows by must be within the limit for snapshots once that process
// has died, be told of before, and no commit may wait for a reader.
//
//   long_readers [--updates=N]

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <geode/database.hpp>
#include "graph_check.hpp"
#include "number_options.hpp"
#include "temp_directory.hpp"

namespace geode::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kPeople = 20'000;
constexpr std::uint64_t kUpdatesEach = 20;
constexpr std::uint64_t kLag = std::uint64_t{8} << 20;
/// Beside what snapshots keep: deltas that wait to be folded, and free pages.
constexpr std::uint64_t kSlack = std::uint64_t{16} << 20;
constexpr std::chrono::seconds kLongestCommit{5};

Options options() {
  Options out;
  out.durability = Durability::kNoMetaSync;
  out.max_snapshot_lag_bytes = kLag;
  return out;
}

/// A process that holds a snapshot until it is killed.
pid_t start_holder(const std::string& path, const std::string& ready) {
  const pid_t pid = fork();
  if (pid != 0) {
    while (!std::filesystem::exists(ready))
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return pid;
  }
  const Database database(path);
  const Transaction snapshot = Database(database).begin_read();
  std::ofstream(ready) << "x";
  for (;;) pause();
}

/// What a program forgot to end.
class Forgotten {
 public:
  explicit Forgotten(Database& database)
      : transaction_(database.begin_read()), session_(database.session()) {
    (void)transaction_.count_nodes();
    session_.execute("START TRANSACTION READ ONLY");
    session_.execute("MATCH (p:Person) RETURN count(*)").consume();
    result_ = database.execute("MATCH (p:Person) RETURN p.id, p.name");
    (void)result_.next();
  }
  void expect_ended() {
    expect(ends([&] { (void)transaction_.count_nodes(); }), "the transaction is told of its end");
    expect(ends([&] { session_.execute("MATCH (p) RETURN count(*)").consume(); }),
           "the session is told of its end");
    expect(ends([&] { result_.consume(); }), "the result is told of its end");
  }

 private:
  template <class Action>
  static bool ends(const Action& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.gqlstatus() == status::kSnapshotTooOld;
    }
    return false;
  }
  Transaction transaction_;
  Session session_;
  Result result_;
};

/// Statements that take longer than the test, one after another.
void run_for_ever(Database database, const std::atomic<bool>& stop, std::atomic<int>& ended) {
  Session session = database.session();
  while (!stop) {
    try {
      StatementOptions limits;
      limits.timeout = std::chrono::seconds(2);
      session
          .execute(
              "MATCH (a:Person), (b:Person), (c:Person) WHERE a.id + b.id * c.id = -1 RETURN "
              "count(*)",
              {}, limits)
          .consume();
    } catch (const Error& error) {
      if (error.gqlstatus() == status::kSnapshotTooOld) {
        ++ended;
      } else if (error.gqlstatus() != status::kTimeout) {
        throw;
      }
    }
  }
}

struct Writer {
  explicit Writer(Database& database) : database(database) {
    database.execute("CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE");
    database.execute("FOR i IN range(1, $n) INSERT (:Person {id: i, name: 'nobody', x: 0})",
                     {{"n", Value(kPeople)}});
    Transaction transaction = database.begin_read();
    transaction.for_each_node("Person", [&](NodeId node) {
      nodes.push_back(node);
      return true;
    });
  }
  void update(std::uint64_t count) {
    for (; count > 0; count -= std::min(count, kUpdatesEach)) {
      const auto begin = Clock::now();
      Transaction transaction = database.begin_write();
      for (std::uint64_t i = 0; i < std::min(count, kUpdatesEach); ++i) {
        transaction.set_property(nodes[random() % nodes.size()], "x",
                                 Value(static_cast<std::int64_t>(random() % 1'000'000)));
      }
      transaction.commit();
      longest = std::max<Clock::duration>(longest, Clock::now() - begin);
      ++commits;
    }
  }
  std::uint64_t used() const { return database.file_info().used_bytes; }

  Database& database;
  std::vector<NodeId> nodes;
  std::mt19937_64 random{7};
  Clock::duration longest{0};
  std::uint64_t commits = 0;
};

double mebibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

void run(std::uint64_t updates) {
  const TempDirectory directory;
  const std::string path = directory.file("long.geode");
  Database(path, options()).execute("RETURN 1").consume();
  // Before this process has threads.
  const pid_t holder = start_holder(path, directory.file("ready"));
  Database database(path, options());
  Writer writer(database);
  const std::uint64_t empty = writer.used();

  writer.update(updates / 10);
  const std::vector<OpenSnapshot> held = database.snapshots();
  expect(held.size() == 1 && held[0].process == holder && !held[0].own,
         "the process that holds a snapshot is told of");
  const std::uint64_t grown = writer.used() - empty;
  expect(held[0].commits_behind >= writer.commits, "it is told how far it is behind");
  expect(held[0].held_bytes <= writer.used() && held[0].held_bytes >= grown / 2,
         "what it keeps is what the file grew by");
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
  expect(database.snapshots().empty(), "the slot of a killed process is free");
  std::printf(
      "%llu updates beside a process that holds a snapshot: %.1f MiB grown, %.1f MiB kept\n",
      static_cast<unsigned long long>(updates / 10), mebibytes(grown),
      mebibytes(held[0].held_bytes));

  const std::uint64_t before = writer.used();
  // As long as there are free pages the file does not grow, and nobody need be ended.
  const std::uint64_t free = database.file_info().free_bytes;
  Forgotten forgotten(database);
  std::atomic<bool> stop{false};
  std::atomic<int> ended{0};
  std::thread endless([&] { run_for_ever(database, stop, ended); });
  std::uint64_t most = 0;
  for (int part = 0; part < 10; ++part) {
    writer.update((updates - updates / 10) / 10);
    for (const OpenSnapshot& snapshot : database.snapshots())
      most = std::max(most, snapshot.held_bytes);
  }
  const std::uint64_t after = writer.used();
  stop = true;
  endless.join();
  forgotten.expect_ended();
  std::printf(
      "%llu more in %llu commits beside forgotten readers: %.1f MiB grown, at most %.1f MiB "
      "kept of %.1f MiB; longest commit %.1f ms, %d endless statements ended\n",
      static_cast<unsigned long long>(updates - updates / 10),
      static_cast<unsigned long long>(writer.commits), mebibytes(after - std::min(after, before)),
      mebibytes(most), mebibytes(kLag),
      std::chrono::duration<double, std::milli>(writer.longest).count(), ended.load());
  expect(after <= before + 2 * kLag + kSlack, "the file grew by what snapshots may keep");
  expect(most <= free + 2 * kLag, "no snapshot keeps much more than it may");
  expect(writer.longest < kLongestCommit, "no commit waits for a reader");
  check_graph(database.begin_read());
}

}  // namespace
}  // namespace geode::test

int main(int count, char** arguments) {
  std::uint64_t updates = 20'000;
  if (!geode::test::read_numbers(count, arguments, {{"--updates=", updates}},
                                 "long_readers [--updates=N]")) {
    return 2;
  }
  try {
    geode::test::run(updates);
    return 0;
  } catch (const std::exception& error) {
    std::printf("FAILED: %s\n", error.what());
    return 1;
  }
}
