#include "commands/file_owner.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <geode/error.hpp>

namespace geode::cli {

void give_to_owner_of_folder(const std::string& database) {
  if (::geteuid() != 0) return;
  const std::string folder = std::filesystem::path(database).parent_path().string();
  struct stat owner {};
  if (::stat(folder.empty() ? "." : folder.c_str(), &owner) != 0 || owner.st_uid == 0) return;
  for (const std::string& path : {database, database + "-lock"}) {
    const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) continue;
    // The folder is somebody else's, who may have put a link to a file of root here.
    struct stat info {};
    const bool given = ::fstat(file, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1 &&
                       info.st_uid == 0;
    const int failed = given && ::fchown(file, owner.st_uid, owner.st_gid) != 0 ? errno : 0;
    ::close(file);
    if (failed != 0) {
      throw Error(
          status::kCannotOpen,
          "'" + path + "' cannot be given to the owner of its folder: " + std::strerror(failed));
    }
  }
}

}  // namespace geode::cli
