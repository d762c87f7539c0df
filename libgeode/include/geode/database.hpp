#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <geode/change_log.hpp>
#include <geode/extension.hpp>
#include <geode/options.hpp>
#include <geode/result.hpp>
#include <geode/session.hpp>
#include <geode/snapshot.hpp>
#include <geode/transaction.hpp>

namespace geode {
inline namespace v1 {

/// The database of a data directory, as servers and backups name it.
inline constexpr std::string_view kDatabaseFileName = "database.geode";

struct NamedCount {
  std::string name;
  std::uint64_t count = 0;
};

/// The file of a database as it is now, for those who look after it.
struct FileInfo {
  std::uint64_t file_bytes = 0;  ///< length of the file
  std::uint64_t used_bytes = 0;  ///< pages up to the last one, free ones among them
  std::uint64_t free_bytes = 0;  ///< pages that later transactions take before the file grows
  std::uint64_t map_bytes = 0;   ///< address space: how large the file may become
  std::uint32_t page_bytes = 0;
  std::uint32_t format_version = 0;
  std::uint64_t last_transaction = 0;
  std::uint32_t reader_slots = 0;      ///< taken at some time since the file was opened first
  std::uint32_t max_reader_slots = 0;  ///< snapshots of all processes that can be held at once
  std::uint32_t dead_readers = 0;      ///< slots of processes that died, cleared by this call
  std::string file_system;             ///< "ext4", "tmpfs", ... or its number in hexadecimal
};

/// What Database::compact() did; bytes are lengths of the file.
struct CompactReport {
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  std::uint64_t merges_left = 0;  ///< changes that others made meanwhile
};

/// A graph database in one file, or in memory. Handles are cheap to copy and share the open
/// database; it closes with the last one. Thread-safe. Several processes may have the file open at
/// once.
class Database {
 public:
  /// Opens `path`, making it when it is not there; ":memory:" makes a private database that goes
  /// with its last handle.
  explicit Database(std::string_view path = ":memory:", const Options& options = {});
  ~Database();
  Database(const Database&);
  Database& operator=(const Database&);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;

  Session session();
  /// A session with the rights of a user, for a server that has made sure who it talks to. Rights
  /// are looked at anew for each statement. Throws Error 28000 when there is no such user, or he is
  /// suspended.
  Session session(std::string_view user);
  /// A session for somebody who has not said who he is: he may do everything while there are no
  /// users, and nothing afterwards, but that the session that makes the first user, who has to be
  /// an administrator, goes on as that user.
  Session open_session();
  bool has_users() const;
  /// Whether the password is that of the user, who is not suspended. Takes some 30 ms, and as long
  /// for a user who is not there. A hash made with weaker parameters than are used now is replaced.
  bool authenticate(std::string_view user, std::string_view password);
  /// One statement in a session of its own.
  Result execute(std::string_view text, const Parameters& parameters = {},
                 const StatementOptions& options = {});
  /// The same; reads better for queries.
  Result query(std::string_view text, const Parameters& parameters = {}) {
    return execute(text, parameters);
  }

  Transaction begin_read();
  Transaction begin_write();

  /// Gives statements of this database a function, an aggregate or a procedure; one that has the
  /// name already is replaced for statements that begin later. Kept by this open database, not in
  /// its file. Throws Error 42001 when the signature cannot be read.
  void register_function(FunctionDefinition definition);
  void register_aggregate(AggregateDefinition definition);
  void register_procedure(ProcedureDefinition definition);

  const std::string& path() const;
  const std::string& id() const;
  bool read_only() const;
  const Options& options() const;

  /// Writes what is committed, as of now, into a new file at `path`: a database of its own, without
  /// free pages, on disk when this returns. Writers go on meanwhile. Throws Error 42X03 when there
  /// is a file of that name; no half-written one is ever seen under it.
  void save(const std::string& path) const;
  /// Gives the space of what was deleted back to the file system: recent changes are merged into
  /// their chunks, then a compacted copy takes the place of the file. Readers go on with what they
  /// see, and the space is free when the last of them has ended; writers wait. Needs room for the
  /// copy beside the file. Throws Error 08X02 when another process has the file open, or when the
  /// writer's turn does not come within the lock timeout. A crash leaves the file or the copy,
  /// whole.
  CompactReport compact();
  FileInfo file_info() const;
  /// The snapshots that are open in all processes, the oldest state first. Those of processes that
  /// died are cleared before.
  std::vector<OpenSnapshot> snapshots() const;

  ChangeLogInfo change_log() const;
  /// Switches it on or off for every process that writes from now on; limit as
  /// Options::change_log_limit_bytes.
  void set_change_log(bool on, std::uint64_t limit_bytes = std::uint64_t{4} << 30);
  /// Moves the records of the change log that are not yet in a file to segment files in `folder`,
  /// which must be there. They are on disk when this returns. Throws Error 55X01 when the log is
  /// off and holds nothing.
  ArchiveReport archive_change_log(const std::string& folder);
  /// Takes the database on to a later state by the records of segment files, in any order; all of
  /// them are read and checked before anything changes. For a database that was restored from a
  /// backup. Its next commit begins a new timeline. Others that have it open see the states in
  /// between, and one of them stays when this is ended early; it can then be taken up again. Throws
  /// Error 58X02 for damage or a gap, 22023 for files of another database or a time before its last
  /// commit.
  ReplayReport replay_change_log(const std::vector<std::string>& segments,
                                 const ReplayRequest& request = {});

  /// The names of one graph, `name` or `/schema/name`, in the newest snapshot, sorted, for prompts
  /// and completion. Throw Error 42002 when there is no such graph.
  std::vector<NamedCount> labels(std::string_view graph = "/default") const;
  std::vector<NamedCount> edge_labels(std::string_view graph = "/default") const;
  /// Of all graphs.
  std::vector<std::string> property_keys() const;

  struct Impl;
  const std::shared_ptr<Impl>& impl() const { return impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace v1
}  // namespace geode
