// Kills writing processes at random times and checks that the database keeps what was acknowledged,
// whole; and that the change log, archived by the writers until they die, leads from the first
// state to the last one.
//
//   kill_test [--rounds N] [--processes N] [--threads N] [--base N] [--seed N] [--log 0|1] [--keep
//   DIR]

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <geode/database.hpp>
#include "graph_check.hpp"
#include "group_load.hpp"
#include "temp_directory.hpp"

namespace geode::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLogEntries = 1 << 14;
/// The whole database is verified in every so many rounds, and at the end.
constexpr int kVerifyEvery = 5;

/// What a writer tells the parent, in memory that survives its death. A transaction is written down
/// before it begins
/// (`started`) and after its commit has returned (`acknowledged`).
struct WriterLog {
  std::atomic<std::uint64_t> started{0};
  std::atomic<std::uint64_t> acknowledged{0};
  /// Set by the parent: entries up to it may be overwritten.
  std::atomic<std::uint64_t> read{0};
  std::atomic<bool> failed{false};
  char failure[512] = {};
  Operation entries[kLogEntries];
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

struct Settings {
  int rounds = 20;
  int processes = 4;
  int threads = 2;
  std::int64_t base = 2000;
  std::uint64_t seed = std::random_device{}();
  /// An existing folder in which the database is left.
  std::string keep;
  /// 0: without a change log.
  int log = 1;
};

std::string wal_folder(const std::string& path) { return path + "-wal"; }

void write_for_ever(Database database, int writer, std::int64_t base, std::uint64_t seed,
                    WriterLog& log) {
  try {
    std::uint64_t sequence = log.started.load() + 1;
    GroupWriter load(database, writer, base,
                     seed * 1000003 + static_cast<std::uint64_t>(writer) * 7919 + sequence);
    std::mt19937_64 random(seed + sequence);
    for (;; ++sequence) {
      while (sequence - log.read.load() >= kLogEntries)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (random() % 16 == 0) load.run_in_vain();
      const Operation operation = load.choose(sequence);
      log.entries[sequence % kLogEntries] = operation;
      log.started.store(sequence);
      load.run(operation);
      log.acknowledged.store(sequence);
    }
  } catch (const std::exception& error) {
    std::snprintf(log.failure, sizeof log.failure, "%s", error.what());
    log.failed.store(true);
  }
}

int run_child(const char* path, int memory, int first_writer, int threads, std::int64_t base,
              std::uint64_t seed) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct stat info {};
  fstat(memory, &info);
  void* mapped = mmap(nullptr, static_cast<std::size_t>(info.st_size), PROT_READ | PROT_WRITE,
                      MAP_SHARED, memory, 0);
  if (mapped == MAP_FAILED) return 3;
  auto* logs = static_cast<WriterLog*>(mapped);
  std::vector<std::thread> workers;
  try {
    Options options;
    if (std::filesystem::exists(wal_folder(path))) options.wal_directory = wal_folder(path);
    options.archive_interval = std::chrono::milliseconds(20);
    Database database(path, options);
    for (int writer = first_writer; writer < first_writer + threads; ++writer) {
      workers.emplace_back(write_for_ever, database, writer, base, seed, std::ref(logs[writer]));
    }
  } catch (const std::exception& error) {
    std::snprintf(logs[first_writer].failure, sizeof logs[first_writer].failure, "opening: %s",
                  error.what());
    logs[first_writer].failed.store(true);
  }
  for (std::thread& worker : workers) worker.join();
  return 3;
}

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

struct Times {
  std::vector<double> values;
  void add(Clock::duration time) { values.push_back(milliseconds(time)); }
  void print(const char* name) {
    if (values.empty()) return;
    std::sort(values.begin(), values.end());
    auto at = [&](double part) {
      return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
    };
    std::printf("%-34s p50 %7.2f  p99 %7.2f  max %7.2f ms  (%zu)\n", name, at(0.5), at(0.99),
                values.back(), values.size());
  }
};

class KillTest {
 public:
  KillTest(Settings settings, const char* program)
      : settings_(std::move(settings)), program_(program), random_(settings_.seed) {
    path_ = directory_.file("kill.db");
    if (!settings_.keep.empty()) path_ = settings_.keep + "/kill.db";
    writers_ = settings_.processes * settings_.threads;
    const std::size_t size = sizeof(WriterLog) * static_cast<std::size_t>(writers_);
    memory_ = memfd_create("kill_test", 0);
    if (memory_ < 0 || ftruncate(memory_, static_cast<off_t>(size)) != 0)
      throw Broken("no shared memory");
    void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory_, 0);
    if (mapped == MAP_FAILED) throw Broken("no shared memory");
    logs_ = static_cast<WriterLog*>(mapped);
    for (int i = 0; i < writers_; ++i) new (&logs_[i]) WriterLog;
    states_.resize(static_cast<std::size_t>(writers_));
    children_.resize(static_cast<std::size_t>(settings_.processes), -1);
  }
  ~KillTest() {
    for (pid_t& child : children_) end(child);
  }
  KillTest(const KillTest&) = delete;
  KillTest& operator=(const KillTest&) = delete;

  void run() {
    {
      Database database(path_);
      prepare(database, writers_, settings_.base);
      database.execute("INSERT (:Probe {round: 0})");
      if (settings_.log != 0) database.set_change_log(true);
    }
    if (settings_.log != 0) {
      std::filesystem::copy_file(path_, base_);
      std::filesystem::create_directory(wal_folder(path_));
    }
    const auto began = Clock::now();
    for (round_ = 1; round_ <= settings_.rounds; ++round_) {
      for (int i = 0; i < settings_.processes; ++i) {
        if (children_[static_cast<std::size_t>(i)] < 0) spawn(i);
      }
      sleep_random();
      kill_some();
      check();
      if (isatty(STDERR_FILENO)) std::fprintf(stderr, "\rround %d", round_);
    }
    for (pid_t& child : children_) end(child);
    check();
    if (settings_.log != 0) check_log();
    print(Clock::now() - began);
  }

  int round() const { return round_; }

 private:
  struct WriterState {
    Groups groups;
    std::uint64_t applied = 0;
    /// Transactions that were under way at a kill and are not in the database.
    std::set<std::uint64_t> lost;
  };

  void spawn(int process) {
    const std::string memory = std::to_string(memory_),
                      first = std::to_string(process * settings_.threads),
                      threads = std::to_string(settings_.threads),
                      base = std::to_string(settings_.base), seed = std::to_string(random_() >> 1);
    const pid_t child = fork();
    if (child < 0) throw Broken("fork failed");
    if (child == 0) {
      execl("/proc/self/exe", program_, "--child", path_.c_str(), memory.c_str(), first.c_str(),
            threads.c_str(), base.c_str(), seed.c_str(), nullptr);
      _exit(4);
    }
    children_[static_cast<std::size_t>(process)] = child;
  }

  void sleep_random() {
    // Short times meet opening and the first commits, long ones meet merging of deltas.
    const std::uint64_t most = random_() % 4 == 0 ? 60'000 : 500'000;
    std::this_thread::sleep_for(std::chrono::microseconds(random_() % most));
  }

  void end(pid_t& child) {
    if (child < 0) return;
    kill(child, SIGKILL);
    int state = 0;
    waitpid(child, &state, 0);
    child = -1;
    if (WIFSIGNALED(state) && WTERMSIG(state) == SIGKILL) {
      ++kills_;
    } else {
      ended_badly_ = "a writing process ended with " +
                     (WIFSIGNALED(state) ? "signal " + std::to_string(WTERMSIG(state))
                                         : "code " + std::to_string(WEXITSTATUS(state)));
    }
  }

  void kill_some() {
    const std::uint64_t how = random_() % 4;
    if (how == 0) {
      // All at once: the next opening meets locks that nobody holds.
      for (pid_t child : children_) kill(child, SIGKILL);
      for (pid_t& child : children_) end(child);
    } else {
      const std::uint64_t count = how == 1 ? 1 + random_() % children_.size() : 1;
      for (std::uint64_t i = 0; i < count; ++i) end(children_[random_() % children_.size()]);
    }
  }

  void check() {
    for (int writer = 0; writer < writers_; ++writer) {
      if (logs_[writer].failed)
        throw Broken("writer " + std::to_string(writer) + ": " + logs_[writer].failure);
    }
    if (!ended_badly_.empty()) throw Broken(ended_badly_);
    const bool alone =
        std::all_of(children_.begin(), children_.end(), [](pid_t child) { return child < 0; });
    std::vector<std::uint64_t> acknowledged;
    for (int writer = 0; writer < writers_; ++writer)
      acknowledged.push_back(logs_[writer].acknowledged);

    const auto began = Clock::now();
    Database database(path_);
    {
      const Transaction first = database.begin_read();
      expect(first.find_nodes("Probe", "round", Value(probe_)).size() == 1,
             "the last write of the parent is there");
      (alone ? reopened_alone_ : reopened_).add(Clock::now() - began);
      for (int writer = 0; writer < writers_; ++writer) {
        const std::uint64_t known = acknowledged[static_cast<std::size_t>(writer)],
                            last = last_sequence(first, writer);
        expect(last >= known, "writer " + std::to_string(writer) + ": transaction " +
                                  std::to_string(known) + " was acknowledged, " +
                                  std::to_string(last) + " is the last there");
        acknowledged[static_cast<std::size_t>(writer)] = last;
      }
    }

    // A writer that dies after its commit is on disk and before it has told the readers' table
    // leaves a transaction that others see from the next commit on. So what did not come to be is
    // known only then.
    const auto wrote = Clock::now();
    database.execute("MATCH (p:Probe) SET p.round = $round", {{"round", Value(round_)}});
    probe_ = round_;
    (alone ? wrote_alone_ : wrote_).add(Clock::now() - wrote);

    const auto checked = Clock::now();
    Transaction snapshot = database.begin_read();
    for (int writer = 0; writer < writers_; ++writer)
      settle(snapshot, writer, acknowledged[static_cast<std::size_t>(writer)]);
    std::vector<Groups> groups;
    for (int writer = 0; writer < writers_; ++writer) {
      groups.push_back(states_[static_cast<std::size_t>(writer)].groups);
      try {
        check_groups(snapshot, writer, groups.back());
      } catch (const Broken& broken) {
        throw Broken(broken.what() + history(writer));
      }
    }
    size_ = check_graph(snapshot);
    // Probe is one more than the load knows of.
    check_whole(snapshot, settings_.base, groups, 1);
    if (round_ % kVerifyEvery == 0 || round_ > settings_.rounds) expect_sound(database);
    check_time_.add(Clock::now() - checked);
  }

  /// The log leads from the copy that was made at the beginning to the state at the end.
  void check_log() {
    Database database(path_);
    database.archive_change_log(wal_folder(path_));
    std::vector<std::string> segments;
    for (const auto& entry : std::filesystem::directory_iterator(wal_folder(path_))) {
      if (entry.path().extension() == ".gwal") segments.push_back(entry.path().string());
    }
    segments_ = segments.size();
    const auto began = Clock::now();
    Database copy(base_);
    const ReplayReport report = copy.replay_change_log(segments);
    replay_time_ = Clock::now() - began;
    replayed_ = report.records;
    expect(report.lsn == database.change_log().lsn, "the log leads to the last commit");
    check_graph(copy.begin_read());
    expect(digest(copy.begin_read()) == digest(database.begin_read()),
           "what the log leads to is what is in the database");
  }

  /// Brings what is known of a writer to the state that the snapshot must show.
  /// `least`: a transaction that was there before.
  void settle(const Transaction& snapshot, int writer, std::uint64_t least) {
    WriterLog& log = logs_[writer];
    WriterState& state = states_[static_cast<std::size_t>(writer)];
    const std::uint64_t acknowledged = log.acknowledged, started = log.started,
                        last = last_sequence(snapshot, writer);
    const std::string who = "writer " + std::to_string(writer) + ": transaction " +
                            std::to_string(last) + " is the last there, ";
    expect(last >= least, who + std::to_string(least) + " was there before");
    expect(last >= state.applied, who + std::to_string(state.applied) + " was there before");
    expect(last <= started, who + std::to_string(started) + " is the last that began");
    expect(!state.lost.contains(last), who + "but it was not there after its writer had died");
    for (std::uint64_t sequence = state.applied + 1; sequence <= last; ++sequence) {
      if (!state.lost.contains(sequence)) follow(state.groups, log.entries[sequence % kLogEntries]);
    }
    commits_ += last - state.applied;
    state.applied = last;
    log.read.store(last);
    const bool dead = children_[static_cast<std::size_t>(writer / settings_.threads)] < 0;
    if (dead && started > acknowledged && started != last && state.lost.insert(started).second)
      ++lost_;
    if (dead && started > acknowledged && started == last) ++unacknowledged_;
  }

  /// The last transactions of a writer, for a failure's message.
  std::string history(int writer) const {
    const WriterLog& log = logs_[writer];
    const WriterState& state = states_[static_cast<std::size_t>(writer)];
    std::string text =
        "\n  its transactions up to " + std::to_string(state.applied) + " are there;";
    text += children_[static_cast<std::size_t>(writer / settings_.threads)] < 0 ? " it is dead"
                                                                                : " it lives";
    const std::uint64_t end = state.applied + 2;
    for (std::uint64_t sequence = end > 40 ? end - 40 : 1; sequence < end; ++sequence) {
      const Operation& operation = log.entries[sequence % kLogEntries];
      if (operation.sequence != sequence) continue;
      static constexpr const char* kNames[] = {"create", "update", "delete", "link"};
      text += "\n  " + std::to_string(sequence) + " " + kNames[static_cast<int>(operation.kind)] +
              " " + std::to_string(operation.key) + " version " +
              std::to_string(operation.version) +
              (state.lost.contains(sequence) ? " (lost at a kill)" : "");
    }
    return text;
  }

  void print(Clock::duration time) {
    std::printf(
        "seed %llu: %d rounds, %llu kills of %d processes x %d threads in %.1f s, %llu commits "
        "checked\n",
        static_cast<unsigned long long>(settings_.seed), settings_.rounds,
        static_cast<unsigned long long>(kills_), settings_.processes, settings_.threads,
        milliseconds(time) / 1000, static_cast<unsigned long long>(commits_));
    std::printf(
        "under way at a kill: %llu not there, %llu there; every acknowledged one is there, none in "
        "part\n",
        static_cast<unsigned long long>(lost_), static_cast<unsigned long long>(unacknowledged_));
    std::printf("at the end %llu nodes, %llu edges\n", static_cast<unsigned long long>(size_.nodes),
                static_cast<unsigned long long>(size_.edges));
    if (settings_.log != 0) {
      std::printf("change log: %llu commits in %zu segments, replayed in %.2f s\n",
                  static_cast<unsigned long long>(replayed_), segments_,
                  milliseconds(replay_time_) / 1000);
    }
    reopened_alone_.print("opening and first read, all killed");
    reopened_.print("opening and first read, some live");
    wrote_alone_.print("first commit, all killed");
    wrote_.print("first commit, some live");
    check_time_.print("check");
  }

  Settings settings_;
  const char* program_;
  std::mt19937_64 random_;
  TempDirectory directory_;
  std::string path_;
  const std::string base_ = directory_.file("base.db");
  int writers_ = 0;
  int memory_ = -1;
  WriterLog* logs_ = nullptr;
  std::vector<WriterState> states_;
  std::vector<pid_t> children_;
  std::string ended_badly_;
  int round_ = 0;
  int probe_ = 0;
  std::uint64_t kills_ = 0, commits_ = 0, lost_ = 0, unacknowledged_ = 0;
  GraphSize size_;
  std::uint64_t replayed_ = 0;
  std::size_t segments_ = 0;
  Clock::duration replay_time_{};
  Times reopened_alone_, reopened_, wrote_alone_, wrote_, check_time_;
};

Settings read_settings(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i < count; i += 2) {
    const std::string name = arguments[i];
    if (i + 1 == count) throw Broken("a value is missing after " + name);
    const char* value = arguments[i + 1];
    if (name == "--rounds") {
      settings.rounds = std::atoi(value);
    } else if (name == "--processes") {
      settings.processes = std::atoi(value);
    } else if (name == "--threads") {
      settings.threads = std::atoi(value);
    } else if (name == "--base") {
      settings.base = std::atoll(value);
    } else if (name == "--seed") {
      settings.seed = std::strtoull(value, nullptr, 10);
    } else if (name == "--log") {
      settings.log = std::atoi(value);
    } else if (name == "--keep") {
      settings.keep = value;
    } else {
      throw Broken("unknown option " + name);
    }
  }
  return settings;
}

}  // namespace
}  // namespace geode::test

int main(int count, char** arguments) {
  using namespace geode::test;
  if (count == 8 && std::strcmp(arguments[1], "--child") == 0) {
    return run_child(arguments[2], std::atoi(arguments[3]), std::atoi(arguments[4]),
                     std::atoi(arguments[5]), std::atoll(arguments[6]),
                     std::strtoull(arguments[7], nullptr, 10));
  }
  std::unique_ptr<KillTest> test;
  try {
    const Settings settings = read_settings(count, arguments);
    std::printf("seed %llu\n", static_cast<unsigned long long>(settings.seed));
    std::fflush(stdout);
    test = std::make_unique<KillTest>(settings, arguments[0]);
    test->run();
    return 0;
  } catch (const std::exception& error) {
    std::printf("FAILED in round %d: %s\n", test ? test->round() : 0, error.what());
    return 1;
  }
}
