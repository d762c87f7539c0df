// Ends the process at every call that writes, flushes, makes, renames or removes a file in commits,
// imports, backups, restores, archives of the change log, upgrades and salvages, by a kill and by a
// power cut, and
// checks that the database verifies and shows the state after the last acknowledged commit or the
// one after it, and that what has its final name beside it is whole. Has each of these calls fail,
// too: then the commit must fail, what was acknowledged must be read, and nothing is written any
// more, unless it was only that there was no room.
//
//   step_test [--seed N] [--power-cuts N] [--every-step] [SCENARIO]...
//
// Without --every-step, a scenario is ended at some of its steps only, which the seed chooses.

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
#include <geode/error.hpp>
#include "graph_check.hpp"
#include "step_scenarios.hpp"
#include "temp_directory.hpp"
#include "write_steps.hpp"

namespace geode::test {
namespace {

constexpr std::size_t kMostCommits = 4096;
/// Of the steps of a scenario, and of a long one, one in so many is tested unless all are.
constexpr std::uint64_t kStride = 4, kLongStride = 24;

/// What the child tells, in memory that survives its death.
struct Report {
  std::atomic<std::uint64_t> acknowledged{0};
  /// Of a run to the end: the content after each commit, that before the first one at 0.
  std::uint64_t digests[kMostCommits] = {};
  std::uint64_t rests[kMostCommits] = {};
  char failure[512] = {};
};

/// Of what stands beside the graph: indexes, constraints, whether there is a change log.
std::uint64_t digest_of_rest(Database& database) {
  std::string text = database.change_log().on ? "log;" : "";
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
    std::filesystem::create_directory(place_.prepared);
    run_child([&] {
      prepare(place_);
      return 0;
    });
  }

  void run(const Scenario& scenario) {
    name_ = scenario.name;
    reset(scenario);
    run_child([&] {
      std::optional<Database> database;
      return work(scenario, 0, LastCall::kMade, 0, database, true);
    });
    const std::uint64_t commits = report_->acknowledged;
    digests_.assign(report_->digests, report_->digests + commits + 1);
    rests_.assign(report_->rests, report_->rests + commits + 1);
    // The thread that merges deltas makes a run differ from another by some calls, so the end is
    // where no kill happens.
    std::uint64_t steps = 0, kills = 0, cuts = 0, failures = 0;
    const std::uint64_t stride = every_step_ ? 1 : scenario.long_one ? kLongStride : kStride;
    for (std::uint64_t step = 1 + random_() % stride;; step += stride) {
      bool reached = false;
      for (LastCall last : {LastCall::kNotMade, LastCall::kHalfMade, LastCall::kMade}) {
        reached = kill_at(scenario, step, last) || reached;
        ++kills;
      }
      for (std::uint64_t i = 0; i < power_cuts_; ++i, ++cuts)
        reached = kill_at(scenario, step, LastCall::kPowerCut) || reached;
      if (!reached) break;
      steps = step;
    }
    for (std::uint64_t step = 1 + random_() % stride;; step += stride) {
      bool reached = fail_at(scenario, step, LastCall::kFails);
      reached = fail_at(scenario, step, step % 2 == 0 ? LastCall::kNoRoom : LastCall::kNoQuota) ||
                reached;
      if (!reached) break;
      failures += 2;
    }
    std::printf(
        "%-28s %3llu commits, %4llu steps, %5llu kills, %5llu power cuts, %5llu failures: 0 bad\n",
        scenario.name, static_cast<unsigned long long>(commits),
        static_cast<unsigned long long>(steps), static_cast<unsigned long long>(kills),
        static_cast<unsigned long long>(cuts), static_cast<unsigned long long>(failures));
    std::fflush(stdout);
  }

  std::string place() const {
    return name_ + ", step " + std::to_string(step_) + ", way " + std::to_string(way_);
  }

 private:
  static constexpr int kFailedAtStep = 78;
  static constexpr int kBroken = 2;

  void reset(const Scenario& scenario) {
    report_->acknowledged = 0;
    report_->failure[0] = 0;
    for (const std::string& folder : {place_.folder, kept_}) {
      std::filesystem::remove_all(folder);
      std::filesystem::create_directory(folder);
    }
    std::filesystem::create_directory(place_.log());
    if (!scenario.creates) {
      std::filesystem::copy_file(scenario.logs ? place_.log_base() : place_.base(),
                                 place_.database());
    }
    if (scenario.put_files != nullptr) scenario.put_files(place_);
  }

  /// Gives what the process ended with that ran `body`.
  template <class Body>
  int run_child(const Body& body) {
    const pid_t child = fork();
    if (child < 0) throw Broken("fork failed");
    if (child == 0) {
      int code = kBroken;
      try {
        code = body();
      } catch (const std::exception& error) {
        std::snprintf(report_->failure, sizeof report_->failure, "%s", error.what());
      }
      _exit(code);
    }
    int state = 0;
    waitpid(child, &state, 0);
    if (!WIFEXITED(state))
      throw Broken("the child ended with signal " + std::to_string(WTERMSIG(state)));
    if (WEXITSTATUS(state) == kBroken) throw Broken(report_->failure);
    return WEXITSTATUS(state);
  }

  void note(Database& database, std::uint64_t commit) {
    report_->digests[commit] = digest(database.begin_read());
    report_->rests[commit] = digest_of_rest(database);
  }

  int work(const Scenario& scenario, std::uint64_t step, LastCall last, std::uint64_t seed,
           std::optional<Database>& database, bool note_states = false) {
    if (scenario.creates) count_steps(place_.folder, step, last, seed);
    database.emplace(place_.database());
    if (note_states && !scenario.creates) note(*database, 0);
    if (!scenario.creates) count_steps(place_.folder, step, last, seed);
    scenario.run(place_, *database, [&] {
      const std::uint64_t commit = report_->acknowledged + 1;
      report_->acknowledged = commit;
      if (note_states) note(*database, commit);
    });
    return 0;
  }

  /// Whether what the database shows is a state that `acknowledged` commits allow.
  void check_state(Database& database, std::uint64_t acknowledged, std::uint64_t more) const {
    const std::uint64_t content = digest(database.begin_read()), rest = digest_of_rest(database);
    bool known = false;
    for (std::uint64_t commit = acknowledged;
         commit <= acknowledged + more && commit < digests_.size(); ++commit) {
      known = known || (digests_[commit] == content && rests_[commit] == rest);
    }
    expect(known, "the database shows the state after commit " + std::to_string(acknowledged) +
                      (more > 0 ? " or the one after it" : ""));
  }

  /// What must hold after a kill or a failure, once the database is opened again.
  void check_opened(const Scenario& scenario) {
    const std::uint64_t acknowledged = report_->acknowledged;
    Options options;
    options.create_if_missing = scenario.creates && acknowledged == 0;
    Database database(place_.database(), options);
    if (options.create_if_missing) {
      // Whole or not there. A file with a temporary name may be left.
      expect(database.begin_read().count_nodes() == 0, "a new database is empty");
    } else {
      const Transaction snapshot = database.begin_read();
      check_graph(snapshot);
      check_index(snapshot);
      check_state(database, acknowledged, 1);
    }
    for (const char* left : {"-compact", "-compact-lock"}) {
      expect(!std::filesystem::exists(place_.database() + left),
             "opening removed what was left over");
    }
    expect_sound(database);
    if (scenario.check != nullptr) scenario.check(place_, database, acknowledged);
    database.execute("INSERT (:After {id: 1})");
    expect(database.begin_read().count_nodes("After") == 1, "it can be written");
  }

  /// The process is ended at a call; true when that was made at all.
  bool kill_at(const Scenario& scenario, std::uint64_t step, LastCall last) {
    step_ = step;
    way_ = static_cast<int>(last);
    reset(scenario);
    const std::uint64_t seed = random_();
    const int code = run_child([&] {
      std::optional<Database> database;
      return work(scenario, step, last, seed, database);
    });
    check_opened(scenario);
    return code == kKilledAtStep;
  }

  /// A call fails; true when it was made at all. What is not acknowledged may be there when the
  /// database is opened again, as a failed flush does not say what is on disk.
  bool fail_at(const Scenario& scenario, std::uint64_t step, LastCall last) {
    step_ = step;
    way_ = static_cast<int>(last);
    reset(scenario);
    const int code = run_child([&] { return fail(scenario, step, last); });
    check_opened(scenario);
    return code == kFailedAtStep;
  }

  int fail(const Scenario& scenario, std::uint64_t step, LastCall last) {
    const bool room = last != LastCall::kFails;
    std::optional<Database> database;
    bool refused = false, renamed = false;
    try {
      work(scenario, step, last, 0, database);
    } catch (const Error& error) {
      refused = true;
      if (!has_failed()) throw;
      expect(!room || error.gqlstatus() == status::kDiskFull,
             "a full disk is told of as one, not as " + std::string(error.what()));
      if (std::getenv("STEP_TEST_SHOWS") != nullptr) std::puts(error.what());
      // The file was replaced and its lock file was not: nothing is shown until it is opened
      // again.
      if (error.message().find("was lost") != std::string::npos) return kFailedAtStep;
      renamed = error.message().find("cannot sync folder") != std::string::npos;
    }
    if (!has_failed()) return 0;
    stop_failing();
    // What fails beside a commit, as merging deltas, need not end a statement.
    if (refused && database) check_after_refusal(scenario, *database, room, renamed);
    return kFailedAtStep;
  }

  /// In the process that met the failure: what was acknowledged is read, and it goes on writing
  /// where there was no room, or refuses to where it cannot know what is on disk. `renamed`: the
  /// new state has its name, and only that may not be on disk.
  void check_after_refusal(const Scenario& scenario, Database& database, bool room, bool renamed) {
    const std::uint64_t acknowledged = report_->acknowledged;
    const bool open = database.path() == place_.database();
    if (!open) database = Database(place_.database());
    if (!scenario.creates || acknowledged > 0) check_state(database, acknowledged, renamed ? 1 : 0);
    if (scenario.check != nullptr) {
      if (!room) return;
      scenario.check(place_, database, acknowledged);
      // It may have done again what had failed.
      const std::uint64_t content = digest(database.begin_read());
      std::uint64_t commit = acknowledged;
      while (commit < digests_.size() && digests_[commit] != content) ++commit;
      expect(commit < digests_.size(), "what was done again leads to a known state");
      report_->acknowledged = commit;
      return;
    }
    try {
      database.execute("INSERT (:Again {id: 1})");
    } catch (const Error& error) {
      if (room || error.message().find("read-only") == std::string::npos) throw;
      return;
    }
    expect(!renamed || !open, "nothing is written to a file whose name may not be on disk");
    expect(database.begin_read().count_nodes("Again") == 1, "a later commit is there");
    database.execute("MATCH (a:Again) DELETE a");
  }

  std::mt19937_64 random_;
  std::uint64_t power_cuts_;
  bool every_step_;
  TempDirectory directory_;
  const Place place_{directory_.file("work/"), directory_.file("prepared/")};
  const std::string kept_ = directory_.file("work-kept");
  Report* report_ = nullptr;
  std::vector<std::uint64_t> digests_, rests_;
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
  for (const Scenario& scenario : scenarios()) {
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
