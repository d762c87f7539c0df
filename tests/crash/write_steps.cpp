#include "write_steps.hpp"

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <random>
#include <string_view>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "power_loss.hpp"

namespace geode::test {
namespace {

/// The state is a static object with a mutex of its own: LMDB writes from whichever thread commits.
struct Steps {
  std::mutex mutex;
  bool on = false;
  std::string folder;
  std::uint64_t counted = 0, last_step = 0;
  LastCall last = LastCall::kNotMade;
  std::uint64_t seed = 0;
  std::optional<Unflushed> unflushed;
  bool failed = false;
};

Steps& steps() {
  static Steps* object = new Steps;
  return *object;
}

bool is_ours(const Steps& state, std::string_view name) {
  return state.on && name.starts_with(state.folder);
}

/// The files of the folder, and the folder itself.
bool is_ours(const Steps& state, int file) {
  if (!state.on) return false;
  char link[64], name[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, name, sizeof name - 1);
  if (length <= 0) return false;
  name[length] = '/';
  return is_ours(state, std::string_view(name, static_cast<std::size_t>(length) + 1));
}

bool is_ours(const Steps& state, const char* name) {
  return is_ours(state, std::string_view(name));
}

enum class Call : std::uint8_t { kNeedsRoom, kFlush, kName };

/// The number that the call fails with, or 0.
int failure(Steps& state, bool here, Call call) {
  int out = 0;
  switch (state.last) {
    case LastCall::kFails:
      if (here) out = EIO;
      break;
    case LastCall::kNoRoom:
    case LastCall::kNoQuota:
      if (state.last_step != 0 && state.counted >= state.last_step && call == Call::kNeedsRoom) {
        out = state.last == LastCall::kNoRoom ? ENOSPC : EDQUOT;
      }
      break;
    case LastCall::kNotMade:
    case LastCall::kHalfMade:
    case LastCall::kMade:
    case LastCall::kPowerCut:
      break;
  }
  state.failed = state.failed || out != 0;
  return out;
}

/// Makes the call `full`; `half` is the same with half the bytes. `file` is a descriptor or a name.
/// `note` tells the unflushed state what is about to be done.
template <class File, class Full, class Half, class Note>
long step(File file, Full full, Half half, Note note, Call call) {
  Steps& state = steps();
  std::unique_lock lock(state.mutex);
  if (!is_ours(state, file)) {
    lock.unlock();
    return full();
  }
  const bool here = ++state.counted == state.last_step;
  if (const int code = failure(state, here, call); code != 0) {
    errno = code;
    return -1;
  }
  if (here && state.last <= LastCall::kPowerCut) {
    if (state.last == LastCall::kHalfMade) half();
    if (state.last == LastCall::kMade) full();
    if (state.last == LastCall::kPowerCut) state.unflushed->lose(state.seed);
    _exit(kKilledAtStep);
  }
  if (state.unflushed) note(*state.unflushed);
  const long result = full();
  if constexpr (std::is_same_v<File, int>) {
    if (state.unflushed && call == Call::kFlush && result == 0) state.unflushed->flushed(file);
  }
  return result;
}

/// A call on a name that is made whole or not at all.
template <class Full, class Note>
int name_step(const char* name, Full full, Note note, Call call) {
  return static_cast<int>(step(
      name, full, [] {}, note, call));
}

int flush_step(int file, long number) {
  auto call = [&] { return syscall(number, file); };
  return static_cast<int>(step(
      file, call, call, [](Unflushed&) {}, Call::kFlush));
}

int open_step(int folder, const char* name, int flags, mode_t mode) {
  const auto call = [=] { return syscall(SYS_openat, folder, name, flags, mode); };
  struct stat info {};
  const bool makes = (flags & O_CREAT) != 0 && lstat(name, &info) != 0;
  if (!makes || folder != AT_FDCWD) return static_cast<int>(call());
  return name_step(
      name, call, [=](Unflushed& lost) { lost.make(name); }, Call::kNeedsRoom);
}

/// Calls `make` with letters in the place of the XXXXXX at the end, until there is no such name.
template <class Make>
int make_unique(char* name, Make make) {
  static std::random_device random;
  for (;;) {
    for (char* at = name + std::strlen(name) - 6; *at != '\0'; ++at) {
      *at = static_cast<char>('a' + random() % 26);
    }
    const int made = make();
    if (made >= 0 || errno != EEXIST) return made;
  }
}

}  // namespace

void count_steps(const std::string& folder, std::uint64_t at, LastCall last, std::uint64_t seed) {
  Steps& state = steps();
  const std::lock_guard lock(state.mutex);
  state.folder = folder;
  state.last_step = at;
  state.last = last;
  state.seed = seed;
  state.counted = 0;
  if (last == LastCall::kPowerCut) {
    state.unflushed.emplace(folder.substr(0, folder.size() - 1) + "-kept");
  }
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

}  // namespace geode::test

using namespace geode::test;

extern "C" {

ssize_t pwrite(int file, const void* data, size_t size, off_t place) {
  auto call = [&](std::size_t bytes) { return syscall(SYS_pwrite64, file, data, bytes, place); };
  return step(
      file, [&] { return call(size); }, [&] { return call(size / 2); },
      [&](Unflushed& lost) { lost.write(file, place, size); }, Call::kNeedsRoom);
}

ssize_t write(int file, const void* data, size_t size) {
  auto call = [&](std::size_t bytes) { return syscall(SYS_write, file, data, bytes); };
  return step(
      file, [&] { return call(size); }, [&] { return call(size / 2); },
      [&](Unflushed& lost) { lost.write(file, lseek(file, 0, SEEK_CUR), size); }, Call::kNeedsRoom);
}

ssize_t writev(int file, const struct iovec* parts, int count) {
  auto call = [&](int some) { return syscall(SYS_writev, file, parts, some); };
  return step(
      file, [&] { return call(count); }, [&] { return call(count / 2); },
      [&](Unflushed& lost) {
        std::size_t size = 0;
        for (int i = 0; i < count; ++i) size += parts[i].iov_len;
        lost.write(file, lseek(file, 0, SEEK_CUR), size);
      },
      Call::kNeedsRoom);
}

int fdatasync(int file) { return flush_step(file, SYS_fdatasync); }

int fsync(int file) { return flush_step(file, SYS_fsync); }

int ftruncate(int file, off_t size) noexcept {
  auto call = [&] { return syscall(SYS_ftruncate, file, size); };
  return static_cast<int>(step(
      file, call, call, [&](Unflushed& lost) { lost.resize(file); }, Call::kNeedsRoom));
}

int open(const char* name, int flags, ...) {
  mode_t mode = 0;
  if ((flags & (O_CREAT | __O_TMPFILE)) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return open_step(AT_FDCWD, name, flags, mode);
}

int mkostemp(char* name, int flags) {
  return make_unique(
      name, [=] { return open_step(AT_FDCWD, name, flags | O_RDWR | O_CREAT | O_EXCL, 0600); });
}

char* mkdtemp(char* name) noexcept {
  return make_unique(name, [=] { return mkdir(name, 0700); }) == 0 ? name : nullptr;
}

int mkdir(const char* name, mode_t mode) noexcept {
  return name_step(
      name, [=] { return syscall(SYS_mkdir, name, mode); },
      [=](Unflushed& lost) { lost.make(name, true); }, Call::kNeedsRoom);
}

int rmdir(const char* name) noexcept {
  return name_step(
      name, [=] { return syscall(SYS_rmdir, name); },
      [=](Unflushed& lost) { lost.remove(name, true); }, Call::kName);
}

int link(const char* from, const char* to) noexcept {
  return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  return name_step(
      to, [=] { return syscall(SYS_linkat, from_folder, from, to_folder, to, flags); },
      [=](Unflushed& lost) { lost.make(to); }, Call::kNeedsRoom);
}

int rename(const char* from, const char* to) noexcept {
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  return name_step(
      from, [=] { return syscall(SYS_renameat2, from_folder, from, to_folder, to, flags); },
      [=](Unflushed& lost) { lost.move(from, to); }, Call::kName);
}

int unlink(const char* name) noexcept {
  return name_step(
      name, [=] { return syscall(SYS_unlink, name); }, [=](Unflushed& lost) { lost.remove(name); },
      Call::kName);
}

}  // extern "C"
