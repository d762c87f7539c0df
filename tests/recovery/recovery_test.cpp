// Recovery to a point in time: writers fill a database while its log is archived, and a full backup
// and incremental ones are taken; then it is restored to before, at and after random commits, and
// compared with what the writers noted.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <geode/backup.hpp>
#include <geode/log_archive.hpp>
#include <geode/verify.hpp>
#include "graph/log/segment.hpp"
#include "ledger.hpp"
#include "number_options.hpp"
#include "temp_directory.hpp"

namespace geode::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::system_clock;

constexpr int kWriters = 4;

std::int64_t microseconds(Clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

/// What a writer noted of one of its commits.
struct Noted {
  LedgerState state;
  std::int64_t began = 0, ended = 0;  ///< microseconds since 1970
};

class RecoveryTest {
 public:
  RecoveryTest(std::uint64_t commits, std::uint64_t seed) : noted_(commits + 1), random_(seed) {}

  void load() {
    Options options;
    options.change_log = ChangeLog::kOn;
    options.wal_directory = directory_.file("wal");
    options.archive_interval = std::chrono::milliseconds(20);
    Database database(directory_.file("g.geode"), options);
    make_ledger(database);
    first_lsn_ = database.change_log().lsn;
    std::vector<std::thread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, seed = random_()] { write(database, seed); });
    }
    for (int backup = 0; backup < 4; ++backup) {
      while (started_ < noted_.size() * static_cast<std::size_t>(2 * backup + 1) / 10) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      back_up(database);
    }
    for (std::thread& writer : writers) writer.join();
    if (!failure_.empty()) throw std::runtime_error(failure_);
  }

  /// When each commit was, from the archived records, and compared with the writers' clocks. What
  /// was archived first becomes an archive, the rest stays as it is.
  void read_log() {
    times_.assign(noted_.size(), 0);
    std::size_t segments = 0;
    for (const auto& entry : fs::directory_iterator(directory_.file("wal"))) {
      if (entry.path().extension() != ".gwal") continue;
      const graph::Segment segment = graph::Segment::open(entry.path().string());
      ++segments;
      for (const graph::Segment::Record& record : segment.records()) {
        if (record.lsn > first_lsn_) times_.at(record.lsn - first_lsn_) = record.commit_time;
      }
    }
    for (std::size_t n = 1; n < noted_.size(); ++n) {
      expect(noted_[n].state.n == static_cast<std::int64_t>(n), "a commit was not noted");
      expect(times_[n] > times_[n - 1], "commits are later than the ones before");
      // A commit is later than the one before by a microsecond at least, whatever the clock says.
      expect(times_[n] >= noted_[n].began && times_[n] <= noted_[n].ended + 1000,
             "commit " + std::to_string(n) + " has another time than its writer's");
    }
    Database database(directory_.file("g.geode"));
    LogArchiveOptions options;
    options.output = directory_.file("log.tar.zst");
    options.wal_directory = directory_.file("wal");
    archive_log(database, options);
    fs::rename(options.output, directory_.file("wal/log.tar.zst"));
    std::printf("%zu commits in %zu segments, %zu backups\n", noted_.size() - 1, segments,
                backups_.size());
  }

  void restore_around(std::uint64_t points) {
    const auto began = std::chrono::steady_clock::now();
    std::uint64_t restored = 0, records = 0;
    // Times before the first backup cannot be reached.
    const std::size_t first = backups_.front().lsn - first_lsn_ + 1;
    for (std::uint64_t point = 0; point < points; ++point) {
      const std::size_t n = first + random_() % (noted_.size() - first);
      for (const std::int64_t time : {times_[n] - 1, times_[n], times_[n] + 1}) {
        records += restore(time);
        ++restored;
      }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("%llu restores around %llu commits in %.1f s, %llu commits applied: all exact\n",
                static_cast<unsigned long long>(restored), static_cast<unsigned long long>(points),
                took.count(), static_cast<unsigned long long>(records));
  }

 private:
  void write(Database database, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    try {
      while (++started_ < noted_.size()) {
        const std::int64_t began = microseconds(Clock::now());
        const LedgerState state = run_commit(database, random);
        noted_.at(static_cast<std::size_t>(state.n)) = {state, began, microseconds(Clock::now())};
      }
    } catch (const std::exception& error) {
      failure_ = error.what();
      started_ = noted_.size();
    }
  }

  void back_up(const Database& database) {
    static const char* const kEndings[] = {".tar.gz", ".tar", ".tar.zst"};
    BackupOptions options;
    options.output =
        directory_.file("backup" + std::to_string(backups_.size()) + kEndings[backups_.size() % 3]);
    if (!backups_.empty()) {
      options.parent = backups_.back().file;
      options.wal_archive = directory_.file("wal");
    }
    backups_.push_back(create_backup(database, options));
  }

  /// Restores to a time, from any backup before it.
  std::uint64_t restore(std::int64_t time) {
    const auto usable =
        std::count_if(backups_.begin(), backups_.end(),
                      [&](const BackupInfo& backup) { return *backup.commit_time <= time; });
    const BackupInfo& backup = backups_[random_() % static_cast<std::uint64_t>(usable)];
    const auto behind = std::upper_bound(times_.begin(), times_.end(), time);
    const auto n = static_cast<std::size_t>(behind - times_.begin()) - 1;
    RestoreOptions options;
    options.input = backup.file;
    options.database = directory_.file("restored.geode");
    options.wal_archive = directory_.file("wal");
    options.replay.until = time;
    const RestoreReport report = restore_backup(options);
    const std::string where = "restored to " + std::to_string(time) + " from '" + backup.file + "'";
    expect(report.replay.lsn == first_lsn_ + n && report.replay.commit_time == times_[n],
           where + ": commit " + std::to_string(report.replay.lsn - first_lsn_) + ", not " +
               std::to_string(n));
    expect(report.replay.reached_target == (behind != times_.end()),
           where + ": whether a later commit is known");
    {
      Database database(options.database);
      expect(read_ledger(database) == noted_[n].state, where + ": another state");
      expect(verify(database).ok(), where + ": verify finds damage");
    }
    fs::remove(options.database);
    fs::remove(options.database + "-lock");
    return report.replay.records;
  }

  TempDirectory directory_;
  std::vector<Noted> noted_;  // by number; the first is the state before
  std::vector<std::int64_t> times_;
  std::mt19937_64 random_;
  std::vector<BackupInfo> backups_;
  std::uint64_t first_lsn_ = 0;
  std::atomic<std::size_t> started_ = 0;
  std::string failure_;
};

}  // namespace
}  // namespace geode::test

int main(int argc, char** argv) {
  std::uint64_t commits = 600, points = 15, seed = 1;
  if (!geode::test::read_numbers(
          argc, argv, {{"--commits=", commits}, {"--points=", points}, {"--seed=", seed}},
          "usage: recovery_test [--commits=N] [--points=N] [--seed=N]\n")) {
    return 2;
  }
  // Flushes cost nothing there.
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  try {
    geode::test::RecoveryTest test(commits, seed);
    test.load();
    test.read_log();
    test.restore_around(points);
  } catch (const std::exception& error) {
    std::cerr << "FAILED: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
