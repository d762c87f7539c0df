#include "storage/database_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utility>

#include <lmdb.h>

#include <geode/error.hpp>
#include "storage/format_version.hpp"
#include "storage/lmdb_error.hpp"

namespace geode::storage {

namespace {

constexpr long kFuse = 0x65735546;
/// An in-memory database takes a folder with at least this much room, if there is one.
constexpr std::uint64_t kMemoryRoom = std::uint64_t{256} << 20;

/// FUSE carries local file systems too; the name of the type tells them apart.
bool is_remote_fuse(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return false;
  const std::string device =
      std::to_string(major(info.st_dev)) + ":" + std::to_string(minor(info.st_dev));
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string id, parent, number, word, type;
    fields >> id >> parent >> number;
    if (number != device) continue;
    while (fields >> word && word != "-") {
    }
    fields >> type;
    for (const char* remote : {"sshfs", "rclone", "s3fs", "davfs", "gcsfuse", "goofys", "glusterfs",
                               "ceph", "curlftpfs", "hdfs", "nfs", "smb", "blobfuse"}) {
      if (type.find(remote) != std::string::npos) return true;
    }
  }
  return false;
}

std::string random_name(const std::string& folder) {
  std::uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number) {
    number = static_cast<std::uint64_t>(getpid());
  }
  char text[32];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return folder + "/.geode-new-" + text;
}

/// An environment in a file whose name nobody else knows yet: without lock file, synced by close().
struct NewFile {
  MDB_env* env = nullptr;

  NewFile(const std::string& name, const std::string& path) {
    check_lmdb(mdb_env_create(&env), "mdb_env_create", path);
    mdb_env_set_maxdbs(env, kTableCount);
    // Room for the identity; the file of a copy asks for the address space of the original.
    struct stat info {};
    const std::size_t there = stat(name.c_str(), &info) == 0 ? info.st_size : 0;
    mdb_env_set_mapsize(env, there + (std::size_t{1} << 20));
    const int code = mdb_env_open(env, name.c_str(), MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0644);
    if (code == 0) return;
    mdb_env_close(env);
    throw_lmdb(code, "mdb_env_open", path);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() { mdb_env_close(env); }

  void sync(const std::string& path) const {
    int file = -1;
    mdb_env_get_fd(env, &file);
    check_lmdb(mdb_env_sync(env, 1), "mdb_env_sync", path);
    if (fsync(file) != 0) throw_system(errno, "cannot sync", path);
  }
};

/// Has `build` make a synced file under another name, then gives it its own. Never over a file that
/// is there; false when there is one.
template <class Build>
bool make_new_file(const std::string& path, const Build& build) {
  const std::string folder = folder_of(path);
  struct stat info {};
  if (stat(folder.c_str(), &info) != 0) {
    throw_system(errno, "cannot create '" + path + "' in folder", folder);
  }
  const std::string name = random_name(folder);
  bool made = false;
  try {
    build(name);
    made = move_to_free_name(name, path);
  } catch (...) {
    unlink(name.c_str());
    throw;
  }
  unlink(name.c_str());
  sync_folder(folder);
  return made;
}

}  // namespace

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void sync_folder(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) throw_system(errno, "cannot open folder", folder);
  const int code = fsync(file);
  const int error_number = errno;
  close(file);
  // Some file systems have no fsync of folders.
  if (code != 0 && error_number != EINVAL) throw_system(error_number, "cannot sync folder", folder);
}

bool move_to_free_name(const std::string& from, const std::string& path) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EINVAL || errno == ENOSYS) {
    if (link(from.c_str(), path.c_str()) == 0) {
      unlink(from.c_str());
      return true;
    }
  }
  if (errno == EEXIST) return false;
  throw_system(errno, "cannot create database", path);
}

bool is_remote_file_system(long magic) {
  switch (static_cast<unsigned long>(magic) & 0xffffffffu) {
    case 0x6969:      // NFS
    case 0x517B:      // SMB
    case 0xFF534D42:  // CIFS
    case 0xFE534D42:  // SMB2
    case 0x5346414F:  // AFS
    case 0x6B414653:  // kAFS
    case 0x73757245:  // Coda
    case 0x564C:      // NCP
    case 0x00C36400:  // Ceph
    case 0x0BD00BD0:  // Lustre
      return true;
    default:
      return false;
  }
}

void refuse_remote_file_system(const std::string& path) {
  struct statfs info {};
  if (statfs(path.c_str(), &info) != 0) return;  // Opening the file tells what is wrong with it.
  const long magic = static_cast<long>(info.f_type);
  if (is_remote_file_system(magic) || (magic == kFuse && is_remote_fuse(path))) {
    throw Error(status::kCannotOpen, "database '" + path + "' is on a network file system")
        .hint("keep the file on a local disk, and reach it from elsewhere through geode-server");
  }
}

std::string file_system_name(long magic) {
  static constexpr std::pair<unsigned long, const char*> kNames[] = {
      {0xEF53, "ext4"},         {0x58465342, "xfs"},       {0x9123683E, "btrfs"},
      {0x01021994, "tmpfs"},    {0x794C7630, "overlayfs"}, {0x2FC12FC1, "zfs"},
      {0xF2F52010, "f2fs"},     {0x65735546, "fuse"},      {0x4D44, "vfat"},
      {0x2011BAB0, "exfat"},    {0x5346544E, "ntfs"},      {0x858458F6, "ramfs"},
      {0xCA451A4E, "bcachefs"}, {0x01021997, "9p"},
  };
  const unsigned long number = static_cast<unsigned long>(magic) & 0xffffffffu;
  for (const auto& [known, name] : kNames) {
    if (known == number) return name;
  }
  char text[24];
  std::snprintf(text, sizeof text, "0x%lx", number);
  return text;
}

void create_database_file(const std::string& path) {
  // Another process may have made the file meanwhile: then that one it is.
  make_new_file(path, [&](const std::string& name) {
    const NewFile file(name, path);
    write_identity(file.env, path);
    file.sync(path);
  });
}

void copy_database_file(MDB_env* env, const std::string& path) {
  const auto refuse = [&] {
    throw Error(status::kDuplicateObject, "there is a file '" + path + "' already")
        .hint("choose another name, or remove it first");
  };
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) refuse();
  const bool made = make_new_file(path, [&](const std::string& name) {
    int code = mdb_env_copy2(env, name.c_str(), MDB_CP_COMPACT);
    if (code == MDB_INCOMPATIBLE) {
      // LMDB counted pages that are neither used nor free; harmless, but only the plain copy takes
      // them along.
      unlink(name.c_str());
      code = mdb_env_copy2(env, name.c_str(), 0);
    }
    check_lmdb(code, "mdb_env_copy2", path);
    const NewFile file(name, path);
    write_database_id(file.env, path);
    file.sync(path);
  });
  if (!made) refuse();
}

std::string make_memory_file() {
  const char* own = std::getenv("TMPDIR");
  std::string best;
  std::uint64_t most = 0;
  for (const std::string& folder :
       {std::string("/dev/shm"), std::string(own ? own : ""), std::string("/tmp")}) {
    struct statvfs info {};
    if (folder.empty() || access(folder.c_str(), W_OK | X_OK) != 0 ||
        statvfs(folder.c_str(), &info) != 0) {
      continue;
    }
    const std::uint64_t room = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
    if (room > most) {
      most = room;
      best = folder;
    }
    if (room >= kMemoryRoom) {
      best = folder;
      break;
    }
  }
  if (best.empty()) {
    throw Error(status::kCannotOpen,
                "no folder for an in-memory database: neither /dev/shm nor /tmp can be written");
  }
  std::string name = best + "/geode-XXXXXX";
  const int file = mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) throw_system(errno, "cannot create", name);
  close(file);
  return name;
}

}  // namespace geode::storage
