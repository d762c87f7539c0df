#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace geode {
inline namespace v1 {

/// What a commit waits for.
enum class Durability : std::uint8_t {
  kSync,        ///< data and meta page are on disk (default)
  kNoMetaSync,  ///< one flush less: the last commit may be lost in a power cut, never the
                ///< database's integrity
};

/// Whether commits are noted in the database's change log, from which archives are made for
/// recovery to a point in time.
enum class ChangeLog : std::uint8_t {
  kAsStored,  ///< as it was; off in a new database
  kOn,        ///< switched on, for every process that writes from now on
  kOff,
};

/// How a database is opened.
struct Options {
  bool read_only = false;
  bool create_if_missing = true;
  Durability durability = Durability::kSync;
  ChangeLog change_log = ChangeLog::kAsStored;
  /// Of kOn: when the records that wait to be archived are more than this, the oldest are dropped,
  /// and recovery to a point in time needs a new backup. Zero: no limit.
  std::uint64_t change_log_limit_bytes = std::uint64_t{4} << 30;
  /// A folder, made when it is not there, to which the change log is moved as segment files while
  /// the database is open. Empty: it stays in the database.
  std::string wal_directory;
  /// How often it is, at least.
  std::chrono::milliseconds archive_interval{1'000};
  /// A file whose last commit was made to another file is a copy of that, and may have been made
  /// while that was written to. It is verified (see verify.hpp) before it is used, and refused with
  /// 58X02 when it is damaged; once it can be written to, only the first time. False: it is opened
  /// as any other.
  bool verify_copies = true;
  /// Bytes of address space reserved for the file; the file itself grows as needed.
  std::uint64_t map_size_bytes = std::uint64_t{1} << 40;
  /// What the file may grow to; zero: what the map has room for. A transaction that needs more ends
  /// with 53X02 and leaves nothing behind; reading goes on, and transactions that only delete may
  /// use the last sixteenth of it (at least 1 MiB), which is kept from others. 16 MiB at least. A
  /// file that is larger already does not grow.
  std::uint64_t max_file_size_bytes = 0;
  /// Pages that were freed since a snapshot began are kept for it. A snapshot of this process for
  /// which more than this is kept is ended with 40X02 before a transaction of this process makes
  /// the file larger still. Zero: no limit. Backups and copies are not ended.
  std::uint64_t max_snapshot_lag_bytes = std::uint64_t{4} << 30;
  /// The same for a snapshot older than this for which any page is kept. Zero: no limit.
  std::chrono::milliseconds max_snapshot_age{0};
  /// How long a writer waits for writers of other sessions and processes. Negative: for ever.
  std::chrono::milliseconds lock_timeout{60'000};
  /// Default of StatementOptions::memory_limit_bytes.
  std::uint64_t query_memory_limit_bytes = std::uint64_t{2} << 30;
  /// What the statements and plans that its sessions keep may take together, estimated; those not
  /// used for longest go first. Prepared ones do not count.
  std::uint64_t statement_cache_bytes = std::uint64_t{256} << 20;
  /// Where statements put rows that do not fit into their memory, in files without a name. Empty:
  /// the environment's TMPDIR, else the folder of the database.
  std::string temp_directory;
  /// What the files of one statement may take; it ends with 53X02 when it needs more.
  std::uint64_t query_temp_limit_bytes = std::uint64_t{64} << 30;
  /// An operator that holds more rows than this writes them to a file. Zero: a part of the memory
  /// that the statement may use. For tests.
  std::uint64_t spill_threshold_bytes = 0;
  /// Threads that one statement may keep busy, that of the caller among them. Zero: as many as the
  /// process may use processors.
  std::size_t worker_threads = 0;
  /// Nodes that such a thread takes at a time, or more; fewer where each makes many rows. What
  /// makes fewer than four times as many rows is not shared out. For tests.
  std::uint64_t morsel_nodes = 8192;
  /// SESSION_USER of its sessions; empty: the name of the account that the process runs under.
  std::string user;
  /// False: plans are run as written, without rewriting. For tests.
  bool optimize = true;
};

/// Limits of one statement.
struct StatementOptions {
  /// The statement ends with 57X02 when it runs longer. Zero: no limit.
  std::chrono::milliseconds timeout{0};
  /// The statement ends with 53X01 when it needs more. Zero: the database's default.
  std::uint64_t memory_limit_bytes = 0;
};

}  // namespace v1
}  // namespace geode
