#pragma once

#include <string>

struct MDB_env;
struct MDB_txn;

namespace geode::storage {

/// True for file systems (by the magic number of statfs) that are served by another machine, where
/// neither the locks nor the shared map of LMDB hold.
bool is_remote_file_system(long magic);

/// What the kernel calls a file system of this magic number, or the number in hexadecimal.
std::string file_system_name(long magic);

/// Throws Error 08X01 when `path` (a file or a folder) lies on a remote file system.
void refuse_remote_file_system(const std::string& path);

/// Makes a new, empty database. It is built under another name in the same folder, synced and then
/// given its name, so that no crash leaves half a database; of two processes that do this at once,
/// one file stays, for both. Throws Error 08X01 or 53X02.
void create_database_file(const std::string& path);

/// Copies the newest snapshot of an environment, its free pages left out, to `path` with the same
/// care, and gives the copy a database id of its own. Throws Error 42X03 when `path` exists.
void copy_database_file(MDB_env* env, const std::string& path);

/// Compares the file with LMDB's meta pages before it is mapped, as a missing page would be a
/// SIGBUS. Throws Error 08X01 when this is no LMDB file, 58X02 when it is damaged or truncated.
void check_database_file(int file, const std::string& path);

/// Reads the trees of the newest state, so that LMDB, which trusts pages, meets no damaged one: all
/// of the catalog, of `hot` and of the free pages, and the other tables while they have few pages.
/// `snapshot`, a read transaction, is at the newest state afterwards. Throws Error 58X02 naming the
/// page and the table.
void check_pages(MDB_txn* snapshot, const std::string& path);

std::string folder_of(const std::string& path);
/// Gives a file of the same file system another name; false when something has that.
bool move_to_free_name(const std::string& from, const std::string& path);
/// Has names that were given in a folder on disk.
void sync_folder(const std::string& folder);

/// Names the file for an in-memory database: a new, empty one on a memory file system where there
/// is one.
std::string make_memory_file();

}  // namespace geode::storage
