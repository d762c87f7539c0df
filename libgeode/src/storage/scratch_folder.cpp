#include "storage/scratch_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <system_error>
#include <vector>

#include "storage/lmdb_error.hpp"

namespace geode::storage {

namespace {

namespace fs = std::filesystem;

File open_folder(const std::string& path) {
  return File(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

void remove_strays(const std::string& parent) {
  std::error_code code;
  std::vector<std::string> found;
  for (fs::directory_iterator at(parent, code), end; !code && at != end; at.increment(code)) {
    if (at->path().filename().string().starts_with(ScratchFolder::kPrefix)) {
      found.push_back(at->path().string());
    }
  }
  for (const std::string& path : found) {
    const File folder = open_folder(path);
    if (folder.descriptor >= 0 && flock(folder.descriptor, LOCK_EX | LOCK_NB) == 0 &&
        is_file_at(path, folder.descriptor)) {
      fs::remove_all(path, code);
    }
  }
}

}  // namespace

ScratchFolder::ScratchFolder(const std::string& parent) {
  remove_strays(parent);
  for (;;) {
    path_ = parent + "/" + std::string(kPrefix) + "XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) {
      throw_io(errno, "cannot make a folder in", parent);
    }
    lock_ = open_folder(path_);
    if (lock_.descriptor < 0) continue;
    const bool locked = flock(lock_.descriptor, LOCK_EX | LOCK_NB) == 0;
    // Where there are no locks, nobody takes it for a stray one.
    if (!locked && errno != EWOULDBLOCK) return;
    // Before it was locked somebody may have removed it as one.
    if (locked && is_file_at(path_, lock_.descriptor)) return;
  }
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string temporary_folder() {
  const char* const named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

}  // namespace geode::storage
