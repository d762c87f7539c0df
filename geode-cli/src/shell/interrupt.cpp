#include "shell/interrupt.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "exit_codes.hpp"

namespace geode::cli {

namespace {

sigset_t interrupt_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

Interrupts::Interrupts(bool conversation) : conversation_(conversation) {
  const sigset_t set = interrupt_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { run(); });
}

Interrupts::~Interrupts() {
  stopping_ = true;
  pthread_kill(thread_.native_handle(), SIGINT);
  thread_.join();
}

void Interrupts::run() {
  const sigset_t set = interrupt_set();
  for (;;) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0) continue;
    if (stopping_) return;
    on_interrupt();
  }
}

void Interrupts::on_interrupt() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const bool again = pending_ && now - last_ < std::chrono::seconds(2);
  last_ = now;
  const bool idle = running_ == nullptr && !sleeping_;
  // The database needs no goodbye: what was committed is on disk, what was not is dropped when it
  // is opened.
  if ((idle && !conversation_) || (!idle && again)) ::_exit(kExitInterrupted);
  pending_ = true;
  if (running_ != nullptr) running_->interrupt();
  changed_.notify_all();
}

bool Interrupts::sleep(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  sleeping_ = true;
  changed_.wait_for(lock, time, [this] { return pending(); });
  sleeping_ = false;
  return take();
}

Interrupts::Running::Running(Interrupts& interrupts, Target& target) : interrupts_(interrupts) {
  const std::lock_guard lock(interrupts_.mutex_);
  interrupts_.pending_ = false;
  interrupts_.running_ = &target;
}

Interrupts::Running::~Running() {
  const std::lock_guard lock(interrupts_.mutex_);
  interrupts_.running_ = nullptr;
}

}  // namespace geode::cli
