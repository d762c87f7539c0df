#include "storage/file_identity.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace geode::storage {

FileIdentity identity_of(int file) noexcept {
  struct statx info {};
  FileIdentity out;
  if (statx(file, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &info) != 0) return out;
  out.inode = info.stx_ino;
  if ((info.stx_mask & STATX_BTIME) != 0)
    out.born = info.stx_btime.tv_sec * 1'000'000'000 + info.stx_btime.tv_nsec;
  return out;
}

}  // namespace geode::storage
