#include "file/input_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <geode/error.hpp>
#include "base/running_limits.hpp"

namespace geode::file {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw Error(status::kIo, path + ": " + what + ": " + std::strerror(errno));
}

}  // namespace

InputFile::InputFile(const std::string& path) : path_(path) {
  descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) fail(path, "cannot open");
  struct stat info {};
  if (fstat(descriptor_, &info) != 0 || S_ISDIR(info.st_mode)) {
    if (S_ISDIR(info.st_mode)) errno = EISDIR;
    const int code = errno;
    close(descriptor_);
    errno = code;
    fail(path, "cannot read");
  }
  if (S_ISREG(info.st_mode)) size_ = static_cast<std::uint64_t>(info.st_size);
  posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
  capacity_ = kBufferBytes;
  buffer_ = std::make_unique_for_overwrite<char[]>(capacity_ + kPadding);
  std::memset(buffer_.get(), 0, kPadding);
}

InputFile::InputFile(const std::string& path, std::uint64_t begin, std::uint64_t end)
    : InputFile(path) {
  start_ = begin;
  most_bytes_ = end - begin;
  rewind();
}

InputFile::~InputFile() { close(descriptor_); }

bool InputFile::fill() {
  if (at_end_) return false;
  if (consumed_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + consumed_, filled_ - consumed_);
    filled_ -= std::exchange(consumed_, 0);
  }
  if (filled_ == capacity_) {
    // Both are there for a while.
    if (charge_.bytes() == 0) charge_ = base::MemoryCharge(base::running_budget());
    charge_.set(3 * capacity_);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_ * 2 + kPadding);
    std::memcpy(larger.get(), buffer_.get(), filled_);
    buffer_ = std::move(larger);
    capacity_ *= 2;
  }
  ssize_t got = 0;
  do {
    got = read(descriptor_, buffer_.get() + filled_,
               std::min<std::uint64_t>(capacity_ - filled_, most_bytes_ - bytes_read_));
  } while (got < 0 && errno == EINTR);
  if (got < 0) fail(path_, "read");
  filled_ += static_cast<std::size_t>(got);
  bytes_read_ += static_cast<std::uint64_t>(got);
  std::memset(buffer_.get() + filled_, 0, kPadding);
  at_end_ = got == 0;
  return !at_end_;
}

void InputFile::append_line_feed() {
  // The padding always has room for it.
  buffer_[filled_++] = '\n';
  if (filled_ <= capacity_) {
    std::memset(buffer_.get() + filled_, 0, kPadding - 1);
    return;
  }
  auto larger = std::make_unique_for_overwrite<char[]>(capacity_ + 1 + kPadding);
  std::memcpy(larger.get(), buffer_.get(), filled_);
  buffer_ = std::move(larger);
  capacity_ += 1;
  std::memset(buffer_.get() + filled_, 0, kPadding);
}

void InputFile::rewind() {
  if (lseek(descriptor_, static_cast<off_t>(start_), SEEK_SET) < 0)
    fail(path_, "cannot be read twice");
  consumed_ = filled_ = 0;
  bytes_read_ = 0;
  at_end_ = false;
}

}  // namespace geode::file
