#include "transfer/file_parts.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <geode/error.hpp>

namespace geode::transfer {
namespace {

constexpr std::uint64_t kPartBytes = std::uint64_t{1} << 19;
/// A smaller file is read before another thread has begun.
constexpr std::uint64_t kLeastBytes = 2 * kPartBytes;

}  // namespace

bool FileParts::fits(const RecordReader& reader) {
  struct stat info {};
  return reader.position() && stat(reader.path().c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         static_cast<std::uint64_t>(info.st_size) >= kLeastBytes;
}

FileParts::FileParts(const RecordReader& reader)
    : reader_(reader), first_(reader.position().value().offset) {
  file_ = ::open(reader.path().c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (file_ < 0 || fstat(file_, &info) != 0) {
    const int code = errno;
    if (file_ >= 0) close(file_);
    throw Error(status::kIo, reader.path() + ": cannot open: " + std::strerror(code));
  }
  end_ = std::max(first_, static_cast<std::uint64_t>(info.st_size));
  count_ = (end_ - first_ + kPartBytes - 1) / kPartBytes;
}

FileParts::~FileParts() { close(file_); }

std::uint64_t FileParts::line_begin(std::uint64_t offset) const {
  if (offset <= first_) return first_;
  char bytes[4096];
  for (std::uint64_t at = offset - 1; at < end_;) {
    const ssize_t got = pread(file_, bytes, sizeof bytes, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(status::kIo, reader_.path() + ": read: " + std::strerror(errno));
    }
    if (got == 0) break;
    const auto* feed =
        static_cast<const char*>(std::memchr(bytes, '\n', static_cast<std::size_t>(got)));
    if (feed != nullptr) return std::min(end_, at + static_cast<std::uint64_t>(feed - bytes) + 1);
    at += static_cast<std::uint64_t>(got);
  }
  return end_;
}

FileParts::Part FileParts::open(std::uint64_t index) const {
  Part out;
  out.begin = line_begin(first_ + index * kPartBytes);
  out.end = index + 1 == count_ ? end_ : line_begin(first_ + (index + 1) * kPartBytes);
  out.reader = reader_.part({out.begin, 1}, out.end);
  return out;
}

}  // namespace geode::transfer
