#include "audit/audit_log.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include <fmt/core.h>

#include <geode/error.hpp>
#include "audit/audit_chain.hpp"
#include "audit/audit_file.hpp"

namespace geode::server {

struct AuditLog::State {
  explicit State(const AuditOptions& given) : options(given), level(given.level) {}

  void open() { file = std::make_shared<AuditFile>(options.file, last); }
  void make_ready(std::unique_lock<std::mutex>& lock);
  void rotate_when_full();
  void flush(std::unique_lock<std::mutex>& lock);

  std::mutex mutex;  // guards the following
  std::condition_variable flushed;
  AuditOptions options;
  /// Null when it has to be opened again. A flush keeps the one it began with.
  std::shared_ptr<AuditFile> file;
  AuditLink last;  ///< written
  std::uint64_t durable = 0;
  /// Events of which a flush failed: after `lost_after`, up to `lost_until`. Another flush that
  /// succeeds says nothing of them.
  std::uint64_t lost_after = 0, lost_until = 0;
  std::optional<Error> loss;
  bool flushing = false;
  std::optional<Error> trouble;      ///< of the last write, or flush; none: it went well
  std::uint64_t unnoted_losses = 0;  ///< events that were not written, of which no line tells

  std::atomic<std::uint64_t> lost{0};
  std::atomic<AuditLevel> level;
};

AuditLog::AuditLog(const AuditOptions& options) : state_(std::make_unique<State>(options)) {
  state_->open();
  state_->last = state_->file->last();
  state_->durable = state_->last.event_id;
}

AuditLog::~AuditLog() {
  try {
    sync(state_->last.event_id);
  } catch (const Error&) {
    // Each event was synced by whom it concerned.
  }
}

bool AuditLog::keeps(AuditType type) const { return is_audited(state_->level, type); }

bool AuditLog::refuses_on_failure() const {
  const std::lock_guard lock(state_->mutex);
  return state_->options.refuse_on_failure;
}

/// With the mutex held.
void AuditLog::State::rotate_when_full() {
  if (file->bytes() < options.max_size_bytes) return;
  file->sync();
  durable = std::max(durable, last.event_id);
  try {
    file->rotate(options.max_files);
  } catch (...) {
    file.reset();  // which opening sets right
    throw;
  }
  last = file->last();
  durable = last.event_id;
  file->write_head(last);
}

/// With the mutex held: the file is open, has room, and tells of events that are not in it.
void AuditLog::State::make_ready(std::unique_lock<std::mutex>& lock) {
  if (!file) {
    open();
    last = file->last();
  }
  if (file->bytes() >= options.max_size_bytes) {
    // A flush of the file that is put aside must not note its end in the head of the next.
    flushed.wait(lock, [&] { return !flushing; });
    if (file) rotate_when_full();
  }
  if (!file) throw Error(status::kIo, "the audit log was lost while this event waited");
  if (unnoted_losses == 0) return;
  file->note(kEventsLost, fmt::format(R"("events":{})", unnoted_losses));
  last = file->last();
  unnoted_losses = 0;
}

std::uint64_t AuditLog::write(const AuditEvent& event) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  try {
    state.make_ready(lock);
    state.file->append(
        audit_line(state.last.event_id + 1, std::chrono::system_clock::now(), event));
  } catch (const Error& error) {
    state.trouble = error;
    ++state.unnoted_losses;
    ++state.lost;
    throw;
  }
  state.last = state.file->last();
  return state.last.event_id;
}

std::optional<Error> AuditLog::trouble() {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  if (!state.trouble) return std::nullopt;
  try {
    state.make_ready(lock);
  } catch (const Error& error) {
    state.trouble = error;
    return error;
  }
  while (state.flushing) state.flushed.wait(lock);
  if (state.file) state.flush(lock);
  return state.trouble;
}

std::uint64_t AuditLog::lost_events() const { return state_->lost; }

/// With the mutex held, which it lets go of meanwhile.
void AuditLog::State::flush(std::unique_lock<std::mutex>& lock) {
  flushing = true;
  const std::shared_ptr<AuditFile> flushing_file = file;
  const AuditLink target = last;
  std::optional<Error> error;
  lock.unlock();
  try {
    flushing_file->sync();
    flushing_file->write_head(target);
  } catch (const Error& thrown) {
    error = thrown;
  }
  lock.lock();
  flushing = false;
  if (error) {
    lost_after = durable;
    lost_until = last.event_id;
    trouble = error;
    loss = std::move(error);
    file.reset();
  } else {
    trouble.reset();
    durable = std::max(durable, target.event_id);
  }
  flushed.notify_all();
}

void AuditLog::sync(std::uint64_t event_id) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  while (true) {
    if (state.loss && event_id > state.lost_after && event_id <= state.lost_until)
      throw *state.loss;
    if (state.durable >= event_id) return;
    if (state.flushing) {
      state.flushed.wait(lock);
    } else if (state.file) {
      state.flush(lock);
    } else {
      throw Error(status::kIo, "the audit log is not open");
    }
  }
}

void AuditLog::reopen(const AuditOptions& options) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  state.flushed.wait(lock, [&] { return !state.flushing; });
  const std::string path = state.options.file;
  state.options = options;
  state.options.file = path;
  state.level = options.level;
  if (state.file) {
    state.file->sync();
    state.durable = state.last.event_id;
    state.file.reset();
  }
  state.open();
  state.last = state.file->last();
  state.durable = state.last.event_id;
  state.trouble.reset();
}

}  // namespace geode::server
