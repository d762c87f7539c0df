#include "backup/output_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <geode/error.hpp>
#include "storage/database_file.hpp"
#include "storage/lmdb_error.hpp"

namespace geode::backup {

namespace {

using storage::throw_system;

std::string hidden_name(const std::string& folder) {
  std::uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number)
    throw_system(errno, "no random numbers for", folder);
  char text[32];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return folder + "/.geode-new-" + text;
}

[[noreturn]] void refuse_existing(const std::string& path) {
  throw Error(status::kDuplicateObject, "there is a file '" + path + "' already")
      .hint("choose another name, or replace it with --force");
}

}  // namespace

void write_all(int file, std::span<const char> bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw_system(n == 0 ? ENOSPC : errno, "cannot write", name);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

OutputFile::OutputFile(const std::string& path, bool overwrite)
    : path_(path), overwrite_(overwrite) {
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) {
    if (!overwrite) refuse_existing(path);
    if (!S_ISREG(info.st_mode)) {
      throw Error(status::kDuplicateObject, "'" + path + "' is not a regular file")
          .hint("choose another name");
    }
  }
  const std::string folder = storage::folder_of(path);
  file_ = storage::File(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file_.descriptor >= 0) return;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
    throw_system(errno, "cannot create '" + path + "' in folder", folder);
  }
  hidden_ = hidden_name(folder);
  file_ = storage::File(::open(hidden_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (file_.descriptor < 0) throw_system(errno, "cannot create", path);
}

OutputFile::~OutputFile() {
  if (!hidden_.empty()) unlink(hidden_.c_str());
}

void OutputFile::write(std::span<const char> bytes) {
  write_all(file_.descriptor, bytes, path_);
  size_ += static_cast<off_t>(bytes.size());
}

void OutputFile::write_sparse(std::span<const char> bytes) {
  constexpr std::size_t kBlock = 4096;
  const auto is_zero = [&](std::size_t at) {
    const auto block = bytes.subspan(at, std::min(kBlock, bytes.size() - at));
    return std::all_of(block.begin(), block.end(), [](char c) { return c == 0; });
  };
  for (std::size_t at = 0; at < bytes.size();) {
    const bool zero = is_zero(at);
    std::size_t end = at + kBlock;
    while (end < bytes.size() && is_zero(end) == zero) end += kBlock;
    const auto run = bytes.subspan(at, std::min(end, bytes.size()) - at);
    if (zero) {
      size_ += static_cast<off_t>(run.size());
      if (lseek(file_.descriptor, size_, SEEK_SET) < 0) throw_system(errno, "cannot write", path_);
    } else {
      write(run);
    }
    at = end;
  }
}

void OutputFile::give_name(const std::string& name) const {
  if (hidden_.empty()) {
    const std::string own = "/proc/self/fd/" + std::to_string(file_.descriptor);
    if (linkat(AT_FDCWD, own.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) return;
  } else if (link(hidden_.c_str(), name.c_str()) == 0) {
    return;
  }
  if (errno == EEXIST) refuse_existing(name);
  throw_system(errno, "cannot create", name);
}

void OutputFile::complete() {
  // Zeros at the end were passed over, not written.
  if (ftruncate(file_.descriptor, size_) != 0) throw_system(errno, "cannot write", path_);
}

void OutputFile::commit() {
  complete();
  if (fsync(file_.descriptor) != 0) throw_system(errno, "cannot sync", path_);
  struct stat info {};
  if (!overwrite_ || lstat(path_.c_str(), &info) != 0) {
    give_name(path_);
  } else {
    if (hidden_.empty()) {
      const std::string name = hidden_name(storage::folder_of(path_));
      give_name(name);
      hidden_ = name;
    }
    if (std::rename(hidden_.c_str(), path_.c_str()) != 0) {
      throw_system(errno, "cannot replace", path_);
    }
    hidden_.clear();
  }
  storage::sync_folder(storage::folder_of(path_));
}

}  // namespace geode::backup
