#include "serve/serve.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "serve/notify.hpp"
#include "serve/service.hpp"

namespace geode::server {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kWatchInterval{5};
constexpr std::chrono::milliseconds kTickOfStop{20};
constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGQUIT, SIGCHLD};

/// Blocked in this thread and in those it starts, so that they come by sigtimedwait alone. Process
/// 1 gets no signal for which it does nothing.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kSignals) sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

/// 0 when none came within the time.
int next_signal(const sigset_t& set, std::chrono::nanoseconds wait) {
  timespec time{};
  time.tv_sec = static_cast<std::time_t>(wait.count() / 1'000'000'000);
  time.tv_nsec = static_cast<long>(wait.count() % 1'000'000'000);
  const int signal = ::sigtimedwait(&set, nullptr, &time);
  return signal < 0 ? 0 : signal;
}

/// Processes whose parents are gone become children of process 1.
void bury_children() {
  if (::getpid() != 1) return;
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

void reload(Service& service, const ConfigSources& sources) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  notify_manager(
      "RELOADING=1\nMONOTONIC_USEC=" +
      std::to_string(std::uint64_t(now.tv_sec) * 1'000'000 + std::uint64_t(now.tv_nsec) / 1'000));
  std::vector<Error> problems;
  const Config config(sources, problems);
  for (const Error& problem : problems)
    service.write_log(LogLevel::kError, "config", problem.message());
  if (problems.empty()) {
    service.reload(config);
  } else {
    service.write_log(LogLevel::kError, "config", "all is as it was");
  }
  notify_manager("READY=1");
}

/// Stops in a thread of its own, so that a second signal is heard.
int stop(Service& service, const sigset_t& signals) {
  notify_manager("STOPPING=1\nSTATUS=stopping");
  std::atomic<bool> done{false};
  std::thread stopping([&] {
    service.stop();
    done = true;
  });
  while (!done) {
    const int signal = next_signal(signals, kTickOfStop);
    if (signal == SIGCHLD) bury_children();
    if (signal != SIGTERM && signal != SIGINT) continue;
    service.write_log(LogLevel::kWarn, "server", "asked to stop a second time: it ends at once");
    ::_exit(128 + signal);
  }
  stopping.join();
  return 0;
}

}  // namespace

int serve(const Config& config, const ConfigSources& sources) {
  const sigset_t signals = block_signals();
  Service service(config);
  try {
    service.start();
  } catch (const Error& error) {
    service.write_log(LogLevel::kError, "server", error.message());
    throw;
  }
  notify_manager("READY=1\nSTATUS=serving on port " + std::to_string(service.port()));
  const std::chrono::nanoseconds beat = watchdog_interval();
  const std::chrono::nanoseconds wait =
      beat.count() > 0 ? std::min<std::chrono::nanoseconds>(beat, kWatchInterval) : kWatchInterval;
  Clock::time_point next = Clock::now() + wait;
  while (true) {
    const Clock::time_point now = Clock::now();
    if (now >= next) {
      next = now + wait;
      service.watch_memory();
      service.sample();
      if (beat.count() > 0 && service.responds()) notify_manager("WATCHDOG=1");
    }
    switch (next_signal(signals, std::max<Clock::duration>(next - now, Clock::duration(0)))) {
      case SIGTERM:
      case SIGINT:
        return stop(service, signals);
      case SIGHUP:
        reload(service, sources);
        break;
      case SIGUSR1:
        service.drain();
        notify_manager("STATUS=draining");
        break;
      case SIGQUIT:
        service.report();
        break;
      case SIGCHLD:
        bury_children();
        break;
      default:
        break;
    }
  }
}

}  // namespace geode::server
