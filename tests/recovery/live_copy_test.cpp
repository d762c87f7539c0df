// Copies of the file of a database that is being written to, as cp, rsync and tar make them: each
// opens as one state, or is refused. A copy of the file of a process
// that stands still is what a snapshot of the file system holds, and always opens.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <geode/error.hpp>
#include <geode/verify.hpp>
#include "ledger.hpp"
#include "number_options.hpp"
#include "temp_directory.hpp"

namespace geode::test {
namespace {

namespace fs = std::filesystem;

constexpr int kWriters = 3;

/// What the writing process tells, in memory that both share.
struct Shared {
  std::atomic<std::int64_t> acknowledged = 0;
  std::atomic<bool> stop = false;
  /// A copy is being made. In between the writers take their time, so that the file stays small.
  std::atomic<bool> copying = false;
};

void write_until_stopped(const std::string& path, Shared& shared, std::uint64_t seed) {
  Database database(path);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, own = seed + static_cast<std::uint64_t>(writer)] {
      std::mt19937_64 random(own);
      while (!shared.stop) {
        const std::int64_t n = run_commit(database, random).n;
        for (std::int64_t before = shared.acknowledged;
             before < n && !shared.acknowledged.compare_exchange_weak(before, n);) {
        }
        // The copier gets its turns, too.
        const int pause = shared.copying ? 100 : 3000;
        std::this_thread::sleep_for(std::chrono::microseconds(pause));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
}

/// A process that writes, until this goes.
class Writer {
 public:
  Writer(const std::string& path, std::uint64_t seed) {
    void* const memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
    shared_ = new (memory) Shared;
    process_ = fork();
    if (process_ < 0) throw std::runtime_error("no process");
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      try {
        write_until_stopped(path, *shared_, seed);
      } catch (const std::exception& error) {
        std::cerr << "the writer failed: " << error.what() << "\n";
        _exit(1);
      }
      _exit(0);
    }
  }
  ~Writer() {
    if (process_ > 0) {
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
    }
    munmap(shared_, sizeof(Shared));
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  std::int64_t acknowledged() const { return shared_->acknowledged; }
  void stand_still() const {
    int status = 0;
    kill(process_, SIGSTOP);
    waitpid(process_, &status, WUNTRACED);
    if (!WIFSTOPPED(status)) throw std::runtime_error("the writer ended");
  }
  void go_on() const { kill(process_, SIGCONT); }
  void hurry(bool on) const { shared_->copying = on; }
  void end() {
    shared_->stop = true;
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
    if (status != 0) throw std::runtime_error("the writer failed");
  }

 private:
  Shared* shared_ = nullptr;
  pid_t process_ = -1;
};

/// Reads front to back, and waits for `pause` microseconds at random blocks.
void copy(const std::string& from, const std::string& to, std::size_t block, std::int64_t pause,
          std::mt19937_64& random) {
  const int in = open(from.c_str(), O_RDONLY | O_CLOEXEC);
  const int out = open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::string buffer(block, '\0');
  for (ssize_t n = 0; (n = read(in, buffer.data(), block)) > 0;) {
    if (write(out, buffer.data(), static_cast<std::size_t>(n)) != n) {
      throw std::runtime_error("cannot write a copy");
    }
    if (pause > 0 && random() % 4 == 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % pause));
    }
  }
  close(in);
  close(out);
}

enum class Outcome { kState, kRefused };

/// Throws when a copy is wrong and nothing says so.
Outcome look_at(const std::string& path, std::int64_t least, std::int64_t most) {
  std::string wrong;
  try {
    Database database(path);
    try {
      const std::int64_t n = read_ledger(database).n;
      if (n < least || n > most) {
        wrong = "commit " + std::to_string(n) + ", which was before " + std::to_string(least) +
                " or behind " + std::to_string(most);
      }
    } catch (const Error&) {
      return Outcome::kRefused;
    } catch (const std::runtime_error& error) {
      wrong = error.what();
    }
    if (wrong.empty() && verify(database).ok()) return Outcome::kState;
    if (wrong.empty()) wrong = "verify finds damage in what opened";
  } catch (const Error&) {
    return Outcome::kRefused;
  }
  throw std::runtime_error("a copy is silently wrong: " + wrong);
}

class LiveCopyTest {
 public:
  explicit LiveCopyTest(std::uint64_t seed) : random_(seed) {
    Database database(path_);
    make_ledger(database);
  }

  void run(std::uint64_t copies, std::uint64_t snapshots) {
    Writer writer(path_, random_());
    while (writer.acknowledged() < 100) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::uint64_t states = 0, refused = 0;
    for (std::uint64_t i = 0; i < copies; ++i) {
      const std::size_t block = std::size_t{4096} << random_() % 7;
      // Nothing in between, or so much that writers come by.
      const auto pause = static_cast<std::int64_t>(random_() % 3 == 0 ? 0 : 2000);
      const std::int64_t least = writer.acknowledged();
      writer.hurry(true);
      copy(path_, copy_, block, pause, random_);
      writer.hurry(false);
      // One commit that is done may not be acknowledged yet.
      switch (look_at(copy_, least, writer.acknowledged() + kWriters)) {
        case Outcome::kState:
          ++states;
          break;
        case Outcome::kRefused:
          ++refused;
          break;
      }
      remove_copy();
    }
    std::printf("%llu live copies: %llu are one state, %llu refused\n",
                static_cast<unsigned long long>(copies), static_cast<unsigned long long>(states),
                static_cast<unsigned long long>(refused));
    for (std::uint64_t i = 0; i < snapshots; ++i) {
      writer.hurry(true);
      std::this_thread::sleep_for(std::chrono::microseconds(random_() % 3000));
      const std::int64_t least = writer.acknowledged();
      writer.stand_still();
      copy(path_, copy_, std::size_t{1} << 20, 0, random_);
      const std::int64_t most = writer.acknowledged() + kWriters;
      writer.hurry(false);
      writer.go_on();
      if (look_at(copy_, least, most) != Outcome::kState) {
        throw std::runtime_error("a snapshot of a database that stood still does not open whole");
      }
      remove_copy();
    }
    std::printf("%llu snapshots: all are one state\n", static_cast<unsigned long long>(snapshots));
    writer.end();
  }

 private:
  void remove_copy() const {
    fs::remove(copy_);
    fs::remove(copy_ + "-lock");
  }

  std::mt19937_64 random_;
  TempDirectory directory_;
  const std::string path_ = directory_.file("g.geode"), copy_ = directory_.file("copy.geode");
};

}  // namespace
}  // namespace geode::test

int main(int argc, char** argv) {
  std::uint64_t copies = 40, snapshots = 40, seed = 1;
  if (!geode::test::read_numbers(
          argc, argv, {{"--copies=", copies}, {"--snapshots=", snapshots}, {"--seed=", seed}},
          "usage: live_copy_test [--copies=N] [--snapshots=N] [--seed=N]\n")) {
    return 2;
  }
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  try {
    geode::test::LiveCopyTest(seed).run(copies, snapshots);
  } catch (const std::exception& error) {
    std::cerr << "FAILED: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
