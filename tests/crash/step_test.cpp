// Ends the process at every write, flush and change of size of a list of commits, by a kill and by
// a power cut, and checks that the database shows the state after the last acknowledged commit or
// the one after it. Has each of these calls fail, too: then the commit must fail, what was
// acknowledged must be read, and nothing is written any more, unless it was only that there was no
// room.
//
//   step_test [--seed N] [--power-cuts N] [--every-step] [SCENARIO]...
//
// Without --every-step, a scenario of very many steps is ended at one in kStride of them.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <geode/database.hpp>
#include <geode/import.hpp>
#include "graph_check.hpp"
#include "temp_directory.hpp"
#include "write_steps.hpp"

namespace geode::test {
namespace {

constexpr std::size_t kMostCommits = 4096;
constexpr std::uint64_t kStride = 13;

/// What the child tells, in memory that survives its death.
struct Report {
  std::atomic<std::uint64_t> acknowledged{0};
  std::uint64_t steps = 0;
  /// Of a run to the end: the content after each commit, that before the first one at 0.
  std::uint64_t digests[kMostCommits] = {};
  std::uint64_t indexes[kMostCommits] = {};
  char failure[512] = {};
};

using Acknowledge = std::function<void()>;

struct Scenario {
  const char* name;
  /// Whether the database is made by the commits themselves.
  bool creates = false;
  bool long_one = false;
  /// Makes commits, and calls its argument after each.
  void (*run)(Database&, const Acknowledge&);
  /// The change log is on, and leads to what the database shows.
  bool logs = false;
};

std::string wal_folder(const std::string& path) { return path + "-wal"; }

void insert_by_graph_api(Database& database, const Acknowledge& acknowledge) {
  for (int round = 0; round < 2; ++round) {
    Transaction transaction = database.begin_write();
    std::vector<NodeId> nodes;
    for (int i = 0; i < 40; ++i) {
      nodes.push_back(transaction.insert_node(
          {"Person", i % 3 == 0 ? "Admin" : "User"},
          {{"id", 10'000 + round * 100 + i}, {"name", "new person " + std::to_string(i)}}));
      if (i > 0)
        transaction.insert_edge(nodes[static_cast<std::size_t>(i) - 1], nodes.back(), "Knows",
                                {{"since", i}});
    }
    transaction.insert_node({"Document"}, {{"text", std::string(50'000, 'd')}});
    transaction.commit();
    acknowledge();
  }
}

void insert_by_statement(Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute(
      "INSERT (a:Person {id: 20001, name: 'Ada'})-[:Knows {since: 1}]->(b:Person&Fresh {id: 20002, "
      "city: 'London'})");
  acknowledge();
  session.execute(
      "MATCH (a:Person {id: 20001}), (b:Person) WHERE b.id < 50 INSERT (a)-[:Knows {since: "
      "b.id}]->(b)");
  acknowledge();
}

void set_properties(Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("MATCH (p:Person) SET p.age = p.id + 1, p.name = 'renamed'");
  acknowledge();
  session.execute("MATCH (p:Person) WHERE p.id < 100 SET p:Early REMOVE p.name");
  acknowledge();
  session.execute("MATCH (:Person)-[k:Knows]->() SET k.weight = 0.5");
  acknowledge();
}

void delete_elements(Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("MATCH (:Person {id: 7})-[k:Knows]->() DELETE k");
  acknowledge();
  session.execute("MATCH (p:Person) WHERE p.id > 150 DETACH DELETE p");
  acknowledge();
}

void change_indexes(Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("CREATE INDEX person_name FOR (p:Person) ON (p.name)");
  acknowledge();
  session.execute("CREATE CONSTRAINT rank_once FOR (p:Person) REQUIRE p.rank IS UNIQUE");
  acknowledge();
  session.execute("DROP INDEX person_name");
  acknowledge();
}

void transaction_of_statements(Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("START TRANSACTION");
  session.execute("INSERT (:Person {id: 30001})");
  session.execute("SAVEPOINT one");
  session.execute("MATCH (p:Person) DETACH DELETE p");
  session.execute("ROLLBACK TO one");
  session.execute("MATCH (a:Person {id: 30001}), (b:Person {id: 1}) INSERT (a)-[:Follows]->(b)");
  session.execute("CREATE INDEX person_city FOR (p:Person) ON (p.city)");
  session.execute("MATCH (p:Person {id: 2}) SET p.city = 'Oslo'");
  session.execute("COMMIT");
  acknowledge();
}

/// Enough small commits that deltas are merged into chunks.
void many_commits(Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  for (int i = 0; i < 60; ++i) {
    session.execute(
        "MATCH (a:Person {id: $a}) INSERT (a)-[:Knows {since: $i}]->(:Person {id: 40000 + $i, "
        "name: 'fold'})",
        {{"a", Value(i % 3)}, {"i", Value(i)}});
    acknowledge();
    if (i % 20 == 19) {
      session.execute("MATCH (a:Person) WHERE a.id < 120 SET a.touched = $i", {{"i", Value(i)}});
      acknowledge();
    }
  }
}

void compact_storage(Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("MATCH (p:Person) WHERE p.id > 100 DETACH DELETE p");
  acknowledge();
  database.compact();
  session.execute("INSERT (:Person {id: 50001, name: 'Eve'})");
  acknowledge();
  session.execute("CALL system.compact_storage()");
  session.execute("INSERT (:Person {id: 50002, name: 'Fay'})");
  acknowledge();
}

/// A file without a name.
std::string file_of(const std::string& text) {
  const int file = memfd_create("step_test", MFD_CLOEXEC);
  if (file < 0 || write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw Broken("no file in memory");
  }
  return "/proc/self/fd/" + std::to_string(file);
}

void import_some(Database& database, int first) {
  std::string people = "id,name,rank\n", knows = "from,to,since\n";
  for (int i = 0; i < 400; ++i) {
    people += std::to_string(first + i) + ",imported " + std::to_string(i) + "," +
              std::to_string(first + i) + "\n";
    knows += std::to_string(first + i * 7 % 400) + "," + std::to_string(first + i * 13 % 400) +
             "," + std::to_string(i % 30) + "\n";
  }
  ImportOptions options;
  options.nodes.push_back({{"Person"}, file_of(people), "id", true});
  options.edges.push_back({"Knows", file_of(knows), "Person", "id", "Person", "id"});
  import_files(database, options);
}

/// Into a copy of the file, and, when that holds much, into itself.
void import_some_files(Database& database, const Acknowledge& acknowledge) {
  import_some(database, 60'000);
  acknowledge();
  database.execute("INSERT (:Document {text: $text})",
                   {{"text", Value(std::string(500'000, 'd'))}});
  acknowledge();
  import_some(database, 70'000);
  acknowledge();
}

void create_database(Database& database, const Acknowledge& acknowledge) {
  acknowledge();
  database.execute("INSERT (:First {id: 1})");
  acknowledge();
}

void archive_log(Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("INSERT (:Person {id: 80001, name: 'Gil'})");
  acknowledge();
  session.execute("MATCH (p:Person) WHERE p.id < 60 SET p.seen = true");
  acknowledge();
  database.archive_change_log(wal_folder(database.path()));
  import_some(database, 90'000);
  acknowledge();
  session.execute("MATCH (p:Person) WHERE p.id < 20 DETACH DELETE p");
  acknowledge();
  database.archive_change_log(wal_folder(database.path()));
  session.execute("INSERT (:Person {id: 80002, name: 'Hal'})");
  acknowledge();
}

constexpr Scenario kScenarios[] = {
    {"insert-by-graph-api", false, false, insert_by_graph_api},
    {"insert-by-statement", false, false, insert_by_statement},
    {"set-properties", false, false, set_properties},
    {"delete-elements", false, false, delete_elements},
    {"change-indexes", false, false, change_indexes},
    {"transaction-of-statements", false, false, transaction_of_statements},
    {"many-commits", false, true, many_commits},
    {"compact-storage", false, false, compact_storage},
    {"import-files", false, false, import_some_files},
    {"archive-log", false, false, archive_log, true},
    {"create-database", true, false, create_database},
};

void fill(const std::string& path) {
  Database database(path);
  database.execute("CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE");
  Transaction transaction = database.begin_write();
  std::vector<NodeId> nodes;
  for (int i = 0; i < 300; ++i) {
    nodes.push_back(transaction.insert_node(
        {"Person"}, {{"id", i}, {"name", "person " + std::to_string(i)}, {"rank", 1000 - i}}));
  }
  for (std::size_t i = 0; i < 1500; ++i) {
    transaction.insert_edge(nodes[i * 7 % 300], nodes[i * 13 % 300], "Knows",
                            {{"since", static_cast<int>(i % 30)}});
  }
  transaction.commit();
}

std::uint64_t digest_of_indexes(Database& database) {
  std::string text;
  for (const char* statement : {"SHOW INDEXES", "SHOW CONSTRAINTS"}) {
    Result result = database.execute(statement);
    for (const Row& row : result) {
      for (const Value& value : row.values()) text += value.to_string() + ",";
      text += ";";
    }
  }
  return std::hash<std::string>()(text);
}

/// Each Person is found by its key, and by nothing else.
void check_index(const Transaction& snapshot) {
  for (const char* key : {"id", "name", "rank"}) {
    std::uint64_t checked = 0;
    snapshot.for_each_node("Person", [&](NodeId node) {
      const Value value = snapshot.property(node, key);
      if (value.is_null()) return true;
      const std::vector<NodeId> found = snapshot.find_nodes("Person", key, value);
      expect(std::count(found.begin(), found.end(), node) == 1,
             std::string("a node is found by its ") + key);
      expect(std::string(key) == "name" || found.size() == 1,
             std::string("nothing else is found by ") + key);
      return ++checked < 40;
    });
  }
}

class StepTest {
 public:
  StepTest(std::uint64_t seed, std::uint64_t power_cuts, bool every_step)
      : random_(seed), power_cuts_(power_cuts), every_step_(every_step) {
    void* mapped =
        mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw Broken("no shared memory");
    report_ = new (mapped) Report;
    const pid_t child = fork();
    if (child == 0) {
      fill(base_);
      std::filesystem::copy_file(base_, log_base_);
      Database(log_base_).set_change_log(true);
      _exit(0);
    }
    wait_for(child);
  }

  void run(const Scenario& scenario) {
    name_ = scenario.name;
    reset(scenario);
    run_child(scenario, 0, LastCall::kMade, 0, true);
    if (report_->failure[0] != 0) throw Broken(report_->failure);
    const std::uint64_t commits = report_->acknowledged;
    digests_.assign(report_->digests, report_->digests + commits + 1);
    indexes_.assign(report_->indexes, report_->indexes + commits + 1);
    // The thread that merges deltas makes a run differ from another by some calls, so the end is
    // where no kill happens.
    std::uint64_t steps = 0, states = 0, cuts = 0;
    const std::uint64_t stride = scenario.long_one && !every_step_ ? kStride : 1;
    for (std::uint64_t step = 1 + random_() % stride;; step += stride) {
      bool reached = false;
      for (LastCall last : {LastCall::kNotMade, LastCall::kHalfMade, LastCall::kMade}) {
        reached = kill_at(scenario, step, last) || reached;
        ++states;
      }
      for (std::uint64_t i = 0; i < power_cuts_; ++i, ++cuts)
        reached = kill_at(scenario, step, LastCall::kPowerCut) || reached;
      if (!reached) break;
      steps = step;
    }
    std::uint64_t failures = 0;
    for (std::uint64_t step = 1 + random_() % stride;; step += stride) {
      bool reached = fail_at(scenario, step, LastCall::kFails);
      reached = fail_at(scenario, step, LastCall::kNoRoom) || reached;
      if (!reached) break;
      failures += 2;
    }
    std::printf(
        "%-28s %3llu commits, %4llu steps, %5llu kills, %5llu power cuts, %5llu failures: 0 bad\n",
        scenario.name, static_cast<unsigned long long>(commits),
        static_cast<unsigned long long>(steps), static_cast<unsigned long long>(states),
        static_cast<unsigned long long>(cuts), static_cast<unsigned long long>(failures));
    std::fflush(stdout);
  }

  std::string place() const {
    return name_ + ", step " + std::to_string(step_) + ", way " + std::to_string(way_);
  }

 private:
  void reset(const Scenario& scenario) {
    report_->acknowledged = 0;
    report_->failure[0] = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      if (entry.path() != base_ && entry.path() != log_base_) {
        std::filesystem::remove_all(entry.path());
      }
    }
    if (scenario.logs) std::filesystem::create_directory(wal_folder(path_));
    if (!scenario.creates) {
      std::filesystem::copy_file(scenario.logs ? log_base_ : base_, path_);
    }
  }

  static int wait_for(pid_t child) {
    if (child < 0) throw Broken("fork failed");
    int state = 0;
    waitpid(child, &state, 0);
    if (!WIFEXITED(state))
      throw Broken("the child ended with signal " + std::to_string(WTERMSIG(state)));
    return WEXITSTATUS(state);
  }

  void note(Database& database, std::uint64_t commit) {
    report_->digests[commit] = digest(database.begin_read());
    report_->indexes[commit] = digest_of_indexes(database);
  }

  /// Whether what the database shows is a state that `acknowledged` commits allow.
  void check_state(Database& database, std::uint64_t acknowledged, std::uint64_t more) const {
    const std::uint64_t content = digest(database.begin_read()),
                        indexes = digest_of_indexes(database);
    bool known = false;
    for (std::uint64_t commit = acknowledged;
         commit <= acknowledged + more && commit < digests_.size(); ++commit) {
      known = known || (digests_[commit] == content && indexes_[commit] == indexes);
    }
    expect(known, "the database shows the state after commit " + std::to_string(acknowledged) +
                      (more > 0 ? " or the one after it" : ""));
  }

  /// A call fails; true when it was made at all. What is not acknowledged may be there when the
  /// database is opened again, as a failed flush does not say what is on disk.
  bool fail_at(const Scenario& scenario, std::uint64_t step, LastCall last) {
    step_ = step;
    way_ = static_cast<int>(last);
    reset(scenario);
    const pid_t child = fork();
    if (child == 0) fail_in_child(scenario, step, last);
    const int code = wait_for(child);
    if (code != 0 && code != kFailedAtStep) {
      throw Broken("the child ended with code " + std::to_string(code) + ": " + report_->failure);
    }
    const std::uint64_t acknowledged = report_->acknowledged;
    if (scenario.creates && acknowledged == 0) {
      Database database(path_);
      expect(database.begin_read().count_nodes() == 0, "a new database is empty");
      return code == kFailedAtStep;
    }
    Options options;
    options.create_if_missing = false;
    Database database(path_, options);
    check_graph(database.begin_read());
    check_state(database, acknowledged, 1);
    if (scenario.logs) check_log(database, digest(database.begin_read()));
    database.execute("INSERT (:After {id: 1})");
    return code == kFailedAtStep;
  }

  static constexpr int kFailedAtStep = 78;

  [[noreturn]] void fail_in_child(const Scenario& scenario, std::uint64_t step, LastCall last) {
    const auto leave = [&](const std::string& failure) {
      std::snprintf(report_->failure, sizeof report_->failure, "%s", failure.c_str());
      _exit(2);
    };
    try {
      if (scenario.creates) count_steps(directory_.path().string(), step, last, 0);
      std::optional<Database> database;
      try {
        database.emplace(path_);
      } catch (const Error& error) {
        if (!has_failed()) leave(error.what());
        _exit(kFailedAtStep);
      }
      if (!scenario.creates) count_steps(path_, step, last, 0);
      bool refused = false;
      try {
        scenario.run(*database, [&] { ++report_->acknowledged; });
      } catch (const Error& error) {
        refused = true;
        if (!has_failed()) leave(error.what());
        if (std::getenv("STEP_TEST_SHOWS") != nullptr) std::puts(error.what());
        // The file was replaced and its lock file was not: nothing is shown until it is opened
        // again.
        if (error.message().find("was lost") != std::string::npos) _exit(kFailedAtStep);
      }
      const bool failed = has_failed();
      stop_failing();
      // What fails beside a commit, as merging deltas, need not end a statement.
      if (refused) {
        check_state(*database, report_->acknowledged, 0);
        bool writable = true;
        try {
          database->execute("INSERT (:Again {id: 1})");
        } catch (const Error& error) {
          writable = false;
          if (error.message().find("read-only") == std::string::npos) leave(error.what());
        }
        if (writable) {
          expect(database->begin_read().count_nodes("Again") == 1, "a later commit is there");
          database->execute("MATCH (a:Again) DELETE a");
        } else if (last == LastCall::kNoRoom) {
          leave("there is room again, and nothing can be written");
        }
      }
      _exit(failed ? kFailedAtStep : 0);
    } catch (const std::exception& error) {
      leave(error.what());
    }
    _exit(3);
  }

  /// True when the child was killed at `step`, false when it came to the end.
  bool run_child(const Scenario& scenario, std::uint64_t step, LastCall last, std::uint64_t seed,
                 bool note_states) {
    const pid_t child = fork();
    if (child != 0) {
      const int code = wait_for(child);
      if (code != 0 && code != kKilledAtStep)
        throw Broken("the child ended with code " + std::to_string(code) + ": " + report_->failure);
      return code == kKilledAtStep;
    }
    try {
      if (scenario.creates) count_steps(directory_.path().string(), step, last, seed);
      Database database(path_);
      if (note_states && !scenario.creates) note(database, 0);
      if (!scenario.creates) count_steps(path_, step, last, seed);
      scenario.run(database, [&] {
        const std::uint64_t commit = report_->acknowledged + 1;
        report_->acknowledged = commit;
        if (note_states) note(database, commit);
      });
    } catch (const std::exception& error) {
      std::snprintf(report_->failure, sizeof report_->failure, "%s", error.what());
      _exit(2);
    }
    _exit(0);
  }

  bool kill_at(const Scenario& scenario, std::uint64_t step, LastCall last) {
    step_ = step;
    way_ = static_cast<int>(last);
    reset(scenario);
    const bool killed = run_child(scenario, step, last, random_(), false);
    const std::uint64_t acknowledged = report_->acknowledged;
    if (scenario.creates && acknowledged == 0) {
      // Whole or not there. A file with a temporary name may be left.
      Database database(path_);
      expect(database.begin_read().count_nodes() == 0, "a new database is empty");
      database.execute("INSERT (:First {id: 1})");
      return killed;
    }
    Options options;
    options.create_if_missing = false;
    Database database(path_, options);
    const Transaction snapshot = database.begin_read();
    check_graph(snapshot);
    check_index(snapshot);
    check_state(database, acknowledged, 1);
    // The file and its lock file, those of the test's base, and nothing that was left of a copy.
    const auto files = std::filesystem::directory_iterator(directory_.path());
    expect(std::distance(begin(files), end(files)) == (scenario.logs ? 5 : 4),
           "opening removed what was left over");
    if (scenario.logs) check_log(database, digest(snapshot));
    // It can be written, too.
    database.execute("INSERT (:After {id: 1})");
    expect(database.begin_read().count_nodes("After") == 1, "a commit after the kill is there");
    return killed;
  }

  /// What was archived and what is in the log lead from the first state to this one.
  void check_log(Database& database, std::uint64_t content) const {
    database.archive_change_log(wal_folder(path_));
    std::vector<std::string> segments;
    for (const auto& entry : std::filesystem::directory_iterator(wal_folder(path_))) {
      if (entry.path().extension() == ".gwal") segments.push_back(entry.path().string());
    }
    const std::string path = directory_.file("replayed");
    std::filesystem::copy_file(log_base_, path);
    Database replayed(path);
    replayed.replay_change_log(segments);
    expect(digest(replayed.begin_read()) == content, "the change log leads to the same state");
  }

  std::mt19937_64 random_;
  std::uint64_t power_cuts_;
  bool every_step_;
  TempDirectory directory_;
  const std::string base_ = directory_.file("base"), log_base_ = directory_.file("log_base"),
                    path_ = directory_.file("step.db");
  Report* report_ = nullptr;
  std::vector<std::uint64_t> digests_, indexes_;
  std::string name_;
  std::uint64_t step_ = 0;
  int way_ = 0;
};

}  // namespace
}  // namespace geode::test

int main(int count, char** arguments) {
  using namespace geode::test;
  std::uint64_t seed = std::random_device{}(), power_cuts = 3;
  bool every_step = false;
  std::vector<std::string> names;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--seed") == 0 && i + 1 < count) {
      seed = std::strtoull(arguments[++i], nullptr, 10);
    } else if (std::strcmp(arguments[i], "--power-cuts") == 0 && i + 1 < count) {
      power_cuts = std::strtoull(arguments[++i], nullptr, 10);
    } else if (std::strcmp(arguments[i], "--every-step") == 0) {
      every_step = true;
    } else {
      names.emplace_back(arguments[i]);
    }
  }
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  // Flushes cost nothing there, and what a kill leaves is the same.
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  int failed = 0;
  for (const Scenario& scenario : kScenarios) {
    if (!names.empty() && std::find(names.begin(), names.end(), scenario.name) == names.end())
      continue;
    StepTest test(seed, power_cuts, every_step);
    try {
      test.run(scenario);
    } catch (const std::exception& error) {
      std::printf("FAILED at %s: %s\n", test.place().c_str(), error.what());
      ++failed;
    }
  }
  return failed == 0 ? 0 : 1;
}
