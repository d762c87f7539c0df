#include "output_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <geode/error.hpp>

namespace geode::cli {

namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

[[noreturn]] void fail(const std::string& path) {
  const int code = errno;
  throw Error(code == ENOSPC || code == EDQUOT ? status::kDiskFull : status::kIo,
              "cannot write " + path + ": " + std::strerror(code));
}

}  // namespace

OutputFile::OutputFile(std::string path) : path_(std::move(path)), part_(path_ + ".part") {
  descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(path_);
}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(part_.c_str());
}

void OutputFile::write(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) flush();
}

void OutputFile::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path_);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

void OutputFile::finish() {
  flush();
  // EINVAL: a pipe or a device, which has nothing to sync.
  if (::fsync(descriptor_) != 0 && errno != EINVAL) fail(path_);
  if (std::rename(part_.c_str(), path_.c_str()) != 0) fail(path_);
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace geode::cli
