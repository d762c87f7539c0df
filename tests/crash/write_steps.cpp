#include "write_steps.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <random>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace geode::test {
namespace {

constexpr std::size_t kPage = 4096;
/// What a disk writes whole.
constexpr std::size_t kSector = 512;

/// A page that was written and not flushed since, as it was before.
struct Unflushed {
  int file = -1;
  off_t place = 0;
  std::vector<char> before;
};

/// The state is a static object with a mutex of its own: LMDB writes from whichever thread commits.
struct Steps {
  std::mutex mutex;
  bool on = false;
  std::string path;
  std::uint64_t counted = 0, last_step = 0;
  LastCall last = LastCall::kNotMade;
  std::uint64_t seed = 0;
  std::vector<Unflushed> unflushed;
  bool failed = false;
};

Steps& steps() {
  static Steps* object = new Steps;
  return *object;
}

bool is_ours(const Steps& state, const char* name, std::size_t length) {
  return length >= state.path.size() &&
         std::memcmp(name, state.path.data(), state.path.size()) == 0;
}

bool is_ours(const Steps& state, int file) {
  if (!state.on) return false;
  char link[64], name[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, name, sizeof name);
  return length > 0 && is_ours(state, name, static_cast<std::size_t>(length));
}

bool is_ours(const Steps& state, const char* name) {
  return state.on && is_ours(state, name, std::strlen(name));
}

long write_at(int file, const void* data, std::size_t size, off_t place) {
  return syscall(SYS_pwrite64, file, data, size, place);
}

void remember(Steps& state, int file, off_t place, std::size_t size) {
  // A write through a descriptor of this kind is on disk when it returns.
  if ((fcntl(file, F_GETFL) & O_DSYNC) != 0) return;
  const int copy = open(("/proc/self/fd/" + std::to_string(file)).c_str(), O_RDONLY | O_CLOEXEC);
  for (std::size_t done = 0; done < size; done += kPage) {
    Unflushed page{file, place + static_cast<off_t>(done),
                   std::vector<char>(std::min(kPage, size - done))};
    // Behind the end of the file there were zeros.
    [[maybe_unused]] const ssize_t got =
        pread(copy, page.before.data(), page.before.size(), page.place);
    state.unflushed.push_back(std::move(page));
  }
  close(copy);
}

[[noreturn]] void cut_power(Steps& state) {
  std::mt19937_64 random(state.seed);
  // All, none, or each page or sector by a coin. The newest first, so that a page written twice
  // goes back to what it was.
  const std::uint64_t choice = random() % 8;
  for (auto page = state.unflushed.rbegin(); page != state.unflushed.rend(); ++page) {
    const std::size_t size = page->before.size(), unit = choice < 5 ? size : kSector;
    for (std::size_t done = 0; done < size; done += unit) {
      if (choice != 0 && (choice == 1 || random() % 2 == 0)) continue;
      write_at(page->file, page->before.data() + done, std::min(unit, size - done),
               page->place + static_cast<off_t>(done));
    }
  }
  _exit(kKilledAtStep);
}

enum class Call : std::uint8_t { kWrite, kFlush, kName };

/// Makes the call `full`; `half` is the same with half the bytes. `file` is a descriptor or a name.
template <class File, class Full, class Half, class Before>
long step(File file, Full full, Half half, Before before, Call call) {
  Steps& state = steps();
  std::unique_lock lock(state.mutex);
  if (!is_ours(state, file)) {
    lock.unlock();
    return full();
  }
  const bool here = ++state.counted == state.last_step;
  if (state.last == LastCall::kFails
          ? here
          : state.last == LastCall::kNoRoom && call == Call::kWrite && state.last_step != 0 &&
                state.counted >= state.last_step) {
    state.failed = true;
    errno = state.last == LastCall::kFails ? EIO : ENOSPC;
    return -1;
  }
  if (here && state.last != LastCall::kNoRoom) {
    switch (state.last) {
      case LastCall::kNotMade:
        break;
      case LastCall::kHalfMade:
        half();
        break;
      case LastCall::kMade:
        full();
        break;
      case LastCall::kPowerCut:
        cut_power(state);
      case LastCall::kFails:
      case LastCall::kNoRoom:
        break;
    }
    _exit(kKilledAtStep);
  }
  if (state.last == LastCall::kPowerCut) before(state);
  const long result = full();
  if (call == Call::kFlush && result == 0) state.unflushed.clear();
  return result;
}

}  // namespace

void count_steps(const std::string& path, std::uint64_t at, LastCall last, std::uint64_t seed) {
  Steps& state = steps();
  const std::lock_guard lock(state.mutex);
  state.path = path;
  state.last_step = at;
  state.last = last;
  state.seed = seed;
  state.counted = 0;
  state.on = true;
}

bool has_failed() {
  Steps& state = steps();
  const std::lock_guard lock(state.mutex);
  return state.failed;
}

void stop_failing() {
  Steps& state = steps();
  const std::lock_guard lock(state.mutex);
  state.on = false;
}

std::uint64_t steps_counted() {
  Steps& state = steps();
  const std::lock_guard lock(state.mutex);
  return state.counted;
}

}  // namespace geode::test

using namespace geode::test;

extern "C" {

ssize_t pwrite(int file, const void* data, size_t size, off_t place) {
  return step(
      file, [&] { return write_at(file, data, size, place); },
      [&] { return write_at(file, data, size / 2, place); },
      [&](Steps& state) { remember(state, file, place, size); }, Call::kWrite);
}

ssize_t write(int file, const void* data, size_t size) {
  auto call = [&](std::size_t bytes) { return syscall(SYS_write, file, data, bytes); };
  return step(
      file, [&] { return call(size); }, [&] { return call(size / 2); },
      [&](Steps& state) { remember(state, file, lseek(file, 0, SEEK_CUR), size); }, Call::kWrite);
}

ssize_t writev(int file, const struct iovec* parts, int count) {
  auto call = [&](int some) { return syscall(SYS_writev, file, parts, some); };
  return step(
      file, [&] { return call(count); }, [&] { return call(count / 2); },
      [&](Steps& state) {
        std::size_t size = 0;
        for (int i = 0; i < count; ++i) size += parts[i].iov_len;
        remember(state, file, lseek(file, 0, SEEK_CUR), size);
      },
      Call::kWrite);
}

int fdatasync(int file) {
  auto call = [&] { return syscall(SYS_fdatasync, file); };
  return static_cast<int>(step(
      file, call, call, [](Steps&) {}, Call::kFlush));
}

int fsync(int file) {
  auto call = [&] { return syscall(SYS_fsync, file); };
  return static_cast<int>(step(
      file, call, call, [](Steps&) {}, Call::kFlush));
}

int ftruncate(int file, off_t size) noexcept {
  auto call = [&] { return syscall(SYS_ftruncate, file, size); };
  return static_cast<int>(step(
      file, call, call, [](Steps&) {}, Call::kWrite));
}

int rename(const char* from, const char* to) noexcept {
  auto call = [&] { return syscall(SYS_rename, from, to); };
  return static_cast<int>(step(
      from, call, [] {}, [](Steps&) {}, Call::kName));
}

int unlink(const char* name) noexcept {
  auto call = [&] { return syscall(SYS_unlink, name); };
  return static_cast<int>(step(
      name, call, [] {}, [](Steps&) {}, Call::kName));
}

}  // extern "C"
