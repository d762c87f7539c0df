#include "session/archiver.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>

#include <geode/error.hpp>
#include "graph/log/change_log.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/open_file.hpp"

namespace geode::session {
namespace {

constexpr auto kBetweenTries = std::chrono::milliseconds(10);
/// How long the log waits for writers before it forgets what is archived; it can be done with the
/// next pass.
constexpr std::int64_t kForgetTimeout = 10'000;

/// The lock of a folder: `.archiver` in it.
storage::File lock_folder(const std::string& folder, std::int64_t timeout_ms) {
  const std::string path = folder + "/.archiver";
  storage::File file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.descriptor < 0) {
    if (errno != ENOENT && errno != EACCES) storage::throw_io(errno, "cannot open", path);
    throw Error(status::kIo, "cannot open '" + path + "': " + std::strerror(errno))
        .hint("the folder of the archive must exist and may be written");
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (flock(file.descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      throw Error(status::kIo, "cannot lock '" + path + "': " + std::strerror(errno));
    }
    if (timeout_ms >= 0 && std::chrono::steady_clock::now() >= end) {
      throw Error(status::kDatabaseBusy, "another process archives to '" + folder + "'");
    }
    std::this_thread::sleep_for(kBetweenTries);
  }
  return file;
}

}  // namespace

ArchivePass archive_change_log(const std::shared_ptr<storage::Environment>& environment,
                               const std::string& folder, std::int64_t timeout_ms, bool forget) {
  ArchivePass out;
  const storage::File lock = lock_folder(folder, timeout_ms);
  for (std::uint64_t written = 0;;) {
    auto txn = storage::ReadTransaction::begin(environment);
    const graph::ChangeLogState state = graph::change_log_state(*txn);
    if (!state.on && state.first == 0 && out.segments.empty()) {
      throw Error(status::kNotPrepared, "the database keeps no change log")
          .hint("`geode change-log on` switches it on; then take a backup to begin with");
    }
    const std::uint64_t done = std::max(state.archived, written);
    if (state.first == 0 || done >= state.lsn) return out;
    if (done + 1 < state.first) {
      out.first_missing = done + 1;
      out.last_missing = state.first - 1;
    }
    const std::uint64_t first = std::max(done + 1, state.first);
    graph::WrittenSegment segment = graph::write_segment(*txn, first, folder, kSegmentBytes);
    if (segment.path.empty()) return out;
    txn.reset();
    written = segment.header.last_lsn;
    if (forget) {
      graph::forget_archived(environment, segment.header.timeline(), written, kForgetTimeout);
    }
    out.segments.push_back(std::move(segment));
    if (out.segments.back().header.last_lsn >= state.lsn) return out;
  }
}

Archiver::Archiver(std::shared_ptr<storage::Environment> environment, std::string folder,
                   std::chrono::milliseconds interval)
    : environment_(std::move(environment)), folder_(std::move(folder)), interval_(interval) {
  std::error_code code;
  std::filesystem::create_directories(folder_, code);
  if (code) {
    throw Error(status::kIo, "cannot make the folder '" + folder_ + "': " + code.message());
  }
  thread_ = std::thread([this] { run(); });
}

Archiver::~Archiver() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
  pass();
}

std::string Archiver::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

void Archiver::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, interval_, [this] { return stop_; })) {
    lock.unlock();
    pass();
    lock.lock();
  }
}

void Archiver::pass() noexcept {
  std::string failure;
  try {
    const graph::ChangeLogState state =
        graph::change_log_state(*storage::ReadTransaction::begin(environment_));
    if (state.first != 0 && state.archived < state.lsn) {
      archive_change_log(environment_, folder_, 0);
    }
  } catch (const Error& error) {
    // Another process is at it.
    if (error.gqlstatus() != status::kDatabaseBusy) failure = error.message();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
}

}  // namespace geode::session
