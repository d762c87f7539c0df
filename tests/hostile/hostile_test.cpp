// Statements that want more than anybody has must end, with an answer or a clear error, within
// their limits of time and memory, while another session of the process goes on reading.
//
//   hostile_test [--timeout-ms N] [--memory-mib N] [--only TEXT] [--strict]
//
// Each statement runs in a process of its own, whose greatest resident set is read from
// /proc/self/status. The time a statement takes beyond its limit depends on the machine: it is
// printed, and more than a second fails only with --strict; a watchdog ends those that hang. So is
// how long point reads of other sessions took meanwhile: with --strict no more than five times as
// long as alone, by the 99th hundredth. A statement that is over at once is run again and again
// while they are measured.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <geode/database.hpp>
#include <geode/error.hpp>
#include "hostile_queries.hpp"
#include "temp_directory.hpp"

namespace geode::test {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::int64_t kPeople = 2000;
constexpr std::int64_t kClique = 60;
constexpr std::int64_t kCliqueBegin = 1'000'000;
constexpr double kAllowedMiB = 64;
constexpr double kWatchdogSeconds = 60;
constexpr double kMostSlowdown = 5;
constexpr std::chrono::microseconds kNoPause{0}, kPause{400};
/// How long reads are measured at least.
constexpr std::chrono::milliseconds kLeastMeasured{400};
/// Other processes slow reads down, too: the best of so many runs counts.
constexpr int kRuns = 3;
/// What keeps a query without limits from taking the machine down with it.
constexpr rlim_t kMostBytes = rlim_t{6} << 30;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // its memory is not the library's
#else
constexpr bool kSanitized = false;
#endif

struct Settings {
  std::chrono::milliseconds timeout{1000};
  std::uint64_t memory_mib = 128;
  std::string only;
  bool strict = false;
};

/// Of 99 in a hundred reads, the longest took so many microseconds.
struct ReadTimes {
  double without_pause_us = 0, when_due_us = 0;
};

struct Outcome {
  char status[8] = "";
  char message[160] = "";
  double milliseconds = 0;
  double resident_mib = 0;  ///< how much the greatest resident set was above the one at the start
  ReadTimes idle, busy;     ///< before the statement, and beside it

  /// How much longer reads took beside the statement.
  double slowdown() const {
    return std::max(busy.without_pause_us / std::max(idle.without_pause_us, 1.0),
                    busy.when_due_us / std::max(idle.when_due_us, 1.0));
  }
};

/// A line of /proc/self/status, in MiB.
double status_mib(const char* name) {
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(name)) return std::stod(line.substr(std::strlen(name) + 1)) / 1024;
  }
  return 0;
}

void make_database(const std::string& path) {
  Database database(path);
  database.execute("CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE");
  Transaction transaction = database.begin_write();
  std::vector<NodeId> people, clique;
  for (std::int64_t id = 0; id < kPeople; ++id) {
    people.push_back(transaction.insert_node(
        {"Person"}, {{"id", Value(id)}, {"zero", 0}, {"name", "name " + std::to_string(id % 50)}}));
  }
  for (std::size_t from = 0; from < people.size(); ++from) {
    for (std::size_t step = 1; step <= 8; ++step) {
      transaction.insert_edge(people[from], people[(from * 7 + step * 131) % people.size()],
                              "Knows");
    }
  }
  for (std::int64_t i = 0; i < kClique; ++i) {
    clique.push_back(transaction.insert_node({"K"}, {{"id", Value(kCliqueBegin + i)}}));
  }
  for (const NodeId from : clique) {
    for (const NodeId to : clique) {
      if (from != to) transaction.insert_edge(from, to, "C");
    }
  }
  transaction.commit();
}

void make_csv(const std::string& path) {
  std::ofstream file(path);
  for (int i = 0; i < 100'000; ++i) file << i << ",text " << i << "\n";
}

/// How many reads took how long, in a room that does not grow: it would count as the statement's.
class Durations {
 public:
  void add(double microseconds) {
    const auto slot = static_cast<std::size_t>(std::max(microseconds, 0.0) / kSlotUs);
    ++counts_[std::min(slot, counts_.size() - 1)];
    ++count_;
  }
  /// What 99 of 100 took at most, in microseconds; 0 when there are none.
  double p99() const {
    std::uint64_t below = 0;
    for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
      below += counts_[slot];
      if (below > count_ * 99 / 100) return static_cast<double>(slot + 1) * kSlotUs;
    }
    return 0;
  }

 private:
  static constexpr double kSlotUs = 0.5;
  std::vector<std::uint32_t> counts_ = std::vector<std::uint32_t>(200'000);
  std::uint64_t count_ = 0;
};

/// Point reads of a session of its own.
class PointReads {
 public:
  explicit PointReads(Database& database) : database_(database) {}

  /// What 99 of 100 took at most, in microseconds, while `meanwhile` ran. Without a pause one read
  /// follows the other; with one they are due now and then, as a client asks, and the thread has to
  /// wake up first, which counts.
  double p99(std::chrono::microseconds pause, const std::function<void()>& meanwhile) {
    std::atomic<bool> stop{false};
    Durations times;
    std::thread reader([&] { read(stop, pause, times); });
    meanwhile();
    stop = true;
    reader.join();
    return times.p99();
  }

 private:
  void read(const std::atomic<bool>& stop, std::chrono::microseconds pause, Durations& times) {
    prctl(PR_SET_TIMERSLACK, 1);
    Session session = database_.session();
    PreparedStatement statement = session.prepare("MATCH (a:Person {id: $id}) RETURN a.name");
    std::int64_t id = 0;
    while (!stop) {
      const auto begin = Clock::now() + pause;
      if (pause.count() > 0) std::this_thread::sleep_until(begin);
      Result result = statement.execute({{"id", Value(id++ % kPeople)}});
      while (result.next()) {
      }
      times.add(Milliseconds(Clock::now() - begin).count() * 1000);
    }
  }

  Database& database_;
};

/// What a statement ended with.
void execute(Session& session, const std::string& text, const StatementOptions& options,
             Outcome& outcome) {
  const auto begin = Clock::now();
  try {
    Result result = session.execute(text, {}, options);
    while (result.next()) {
    }
    std::strcpy(outcome.status, "00000");
  } catch (const Error& error) {
    std::snprintf(outcome.status, sizeof outcome.status, "%s",
                  std::string(error.gqlstatus()).c_str());
    std::snprintf(outcome.message, sizeof outcome.message, "%s", error.what());
  } catch (const std::exception& error) {
    std::strcpy(outcome.status, "?");
    std::snprintf(outcome.message, sizeof outcome.message, "%s", error.what());
  }
  outcome.milliseconds = Milliseconds(Clock::now() - begin).count();
}

Outcome run(const HostileQuery& query, const std::string& path, const Settings& settings) {
  Database database(path);
  PointReads reads(database);
  Outcome outcome;
  const auto wait = [] { std::this_thread::sleep_for(kLeastMeasured); };
  outcome.idle = {reads.p99(kNoPause, wait), settings.strict ? reads.p99(kPause, wait) : 0};

  StatementOptions options;
  options.timeout = settings.timeout;
  options.memory_limit_bytes = settings.memory_mib << 20;
  Session session = database.session();
  std::ofstream("/proc/self/clear_refs") << "5";
  const double before = status_mib("VmRSS:");
  bool first = true;
  const auto hostile = [&] {
    const auto begin = Clock::now();
    do {
      Outcome again;
      execute(session, query.text, options, first ? outcome : again);
      first = false;
    } while (settings.strict && Clock::now() - begin < kLeastMeasured);
  };
  outcome.busy.without_pause_us = reads.p99(kNoPause, hostile);
  if (settings.strict) outcome.busy.when_due_us = reads.p99(kPause, hostile);
  outcome.resident_mib = status_mib("VmHWM:") - before;
  return outcome;
}

/// Runs the query in a process of its own. False when it did not come back with an outcome.
bool run_apart(const HostileQuery& query, const std::string& path, const Settings& settings,
               Outcome& outcome) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    const rlimit limit{kMostBytes, kMostBytes};
    if (!kSanitized) setrlimit(RLIMIT_DATA, &limit);
    const Outcome mine = run(query, path, settings);
    const bool written = write(ends[1], &mine, sizeof mine) == sizeof mine;
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  pollfd waiting{ends[0], POLLIN, 0};
  const bool ready = poll(&waiting, 1, static_cast<int>(kWatchdogSeconds * 1000)) == 1;
  const bool came = ready && read(ends[0], &outcome, sizeof outcome) == sizeof outcome;
  close(ends[0]);
  if (!came) kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  if (!came) {
    std::snprintf(outcome.message, sizeof outcome.message, "%s",
                  ready ? strsignal(WTERMSIG(status)) : "did not end");
  }
  return came;
}

/// What is wrong with an outcome; "" when nothing is.
std::string fault(const Outcome& outcome, const Settings& settings) {
  if (outcome.status[0] == '?') return "not an Error of the library";
  if (std::string_view(outcome.status) == "50X01") return "an internal error";
  if (!kSanitized && outcome.resident_mib > static_cast<double>(settings.memory_mib) + kAllowedMiB)
    return "more memory than the limit and 64 MiB";
  const double late = outcome.milliseconds - static_cast<double>(settings.timeout.count());
  if (settings.strict && late > 1000) return "more than a second late";
  if (settings.strict && outcome.slowdown() > kMostSlowdown)
    return "reads of other sessions take more than five times as long";
  return {};
}

int run_all(const Settings& settings) {
  TempDirectory folder;
  const std::string made = folder.file("made.db"), path = folder.file("hostile.db"),
                    csv_path = folder.file("rows.csv");
  make_csv(csv_path);
  int failed = 0, ran = 0;
  double worst = 0;
  std::printf("%-32s %-6s %6s %5s %15s %15s %5s\n", "statement", "status", "ms", "MiB", "p99 alone",
              "beside it", "times");
  make_database(made);
  for (const HostileQuery& query : hostile_queries(csv_path)) {
    if (query.name.find(settings.only) == std::string::npos) continue;
    Outcome outcome;
    std::string wrong;
    for (int run = 0; run < (settings.strict ? kRuns : 1); ++run) {
      // Some of them write.
      std::filesystem::remove(path + "-lock");
      std::filesystem::copy_file(made, path, std::filesystem::copy_options::overwrite_existing);
      outcome = Outcome();
      const bool came = run_apart(query, path, settings, outcome);
      wrong = came ? fault(outcome, settings) : outcome.message;
      if (outcome.slowdown() <= kMostSlowdown) break;
    }
    ++ran;
    if (!wrong.empty()) ++failed;
    worst = std::max(worst, outcome.slowdown());
    std::printf("%-32s %-6s %6.0f %5.0f %6.0f %8.0f %6.0f %8.0f %5.1f  %s%s\n", query.name.c_str(),
                outcome.status, outcome.milliseconds, outcome.resident_mib,
                outcome.idle.without_pause_us, outcome.idle.when_due_us,
                outcome.busy.without_pause_us, outcome.busy.when_due_us, outcome.slowdown(),
                wrong.empty() ? "" : "FAILED: ",
                wrong.empty() ? std::string(outcome.message).substr(0, 60).c_str() : wrong.c_str());
    std::fflush(stdout);
  }
  std::printf("%d statements, %d failed; p99 of point reads beside them: at most %.1f times\n", ran,
              failed, worst);
  return failed == 0 && ran > 0 ? 0 : 1;
}

}  // namespace
}  // namespace geode::test

int main(int argc, char** argv) {
  geode::test::Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--strict") {
      settings.strict = true;
    } else if (i + 1 < argc && argument == "--timeout-ms") {
      settings.timeout = std::chrono::milliseconds(std::stoll(argv[++i]));
    } else if (i + 1 < argc && argument == "--memory-mib") {
      settings.memory_mib = std::stoull(argv[++i]);
    } else if (i + 1 < argc && argument == "--only") {
      settings.only = argv[++i];
    } else {
      std::fprintf(stderr,
                   "usage: hostile_test [--timeout-ms N] [--memory-mib N] [--only TEXT] "
                   "[--strict]\n");
      return 2;
    }
  }
  return geode::test::run_all(settings);
}
