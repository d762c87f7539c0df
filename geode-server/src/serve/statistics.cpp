#include "serve/statistics.hpp"

#include <utility>

#include <geode/session.hpp>

namespace geode::server {

namespace {

constexpr std::int64_t kMinute = 60;

std::int64_t seconds_of(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

void Statistics::open_history(const std::string& path) {
  auto history = std::make_unique<History>(path);
  {
    const std::lock_guard lock(mutex_);
    minute_of_sample_ = seconds_of(Wall::now()) / kMinute;
    last_sample_ = Clock::now();
  }
  const std::lock_guard lock(history_mutex_);
  history_ = std::move(history);
}

void Statistics::note(const StatementReport& report, bool slow) {
  SlowStatement entry;
  if (slow) {
    entry.ended = Wall::now();
    entry.duration = report.duration;
    entry.rows = report.rows;
    entry.gqlstatus = report.gqlstatus;
    entry.session_id = report.session_id;
    entry.text = without_literals(report.text.substr(0, kLongestText));
  }
  const std::lock_guard lock(mutex_);
  minute_.note(report.duration, report.succeeded);
  total_.note(report.duration, report.succeeded);
  if (!slow) return;
  slow_.push_front(std::move(entry));
  if (slow_.size() > kSlowKept) slow_.pop_back();
}

bool Statistics::is_due(Wall::time_point now) const {
  const std::lock_guard lock(mutex_);
  return minute_of_sample_ >= 0 && seconds_of(now) / kMinute != minute_of_sample_;
}

void Statistics::sample(Wall::time_point now, const Sample& state) {
  Sample ended;
  {
    const std::lock_guard lock(mutex_);
    ended = std::exchange(minute_, Sample());
    const Clock::time_point end = Clock::now();
    ended.time = minute_of_sample_ * kMinute;
    ended.covered_ms = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(end - last_sample_).count());
    last_sample_ = end;
    minute_of_sample_ = seconds_of(now) / kMinute;
  }
  ended.data_bytes = state.data_bytes;
  ended.nodes = state.nodes;
  ended.edges = state.edges;
  ended.connections = state.connections;
  const std::lock_guard lock(history_mutex_);
  if (history_) history_->add(ended);
}

Sample Statistics::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

std::vector<Sample> Statistics::history(Wall::time_point now) const {
  const std::lock_guard lock(history_mutex_);
  if (!history_) {
    throw Error(status::kIo, "the history of this server cannot be read")
        .hint("its log says why, where it began");
  }
  return history_->read(seconds_of(now));
}

std::vector<SlowStatement> Statistics::slow() const {
  const std::lock_guard lock(mutex_);
  return {slow_.begin(), slow_.end()};
}

}  // namespace geode::server
