#include "base/temporary_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <geode/error.hpp>

namespace geode::base {

namespace {

[[noreturn]] void fail(const char* what) {
  const int code = errno;
  throw Error(code == ENOSPC || code == EDQUOT ? status::kDiskFull : status::kIo,
              std::string("temporary file: ") + what + ": " + std::strerror(code));
}

}  // namespace

TemporaryFile::TemporaryFile(const std::string& directory) {
#ifdef O_TMPFILE
  descriptor_ = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#endif
  if (descriptor_ < 0) {
    // Not every file system makes files without a name.
    std::string name = directory + "/geode-sort-XXXXXX";
    descriptor_ = mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ < 0) fail(directory.c_str());
    unlink(name.c_str());
  }
}

TemporaryFile::~TemporaryFile() { close(descriptor_); }

void TemporaryFile::append(const void* bytes, std::size_t count) {
  const char* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = pwrite(descriptor_, from, count, static_cast<off_t>(size_));
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("write");
    }
    from += written;
    count -= static_cast<std::size_t>(written);
    size_ += static_cast<std::uint64_t>(written);
  }
}

std::size_t TemporaryFile::read(std::uint64_t offset, void* bytes, std::size_t count) const {
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = pread(descriptor_, static_cast<char*>(bytes) + done, count - done,
                              static_cast<off_t>(offset + done));
    if (got < 0) {
      if (errno == EINTR) continue;
      fail("read");
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace geode::base
