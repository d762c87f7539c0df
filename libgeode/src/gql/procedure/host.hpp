#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <geode/snapshot.hpp>
#include <geode/value.hpp>

namespace geode::gql {

/// A statement that is running, as other sessions see it.
struct RunningQuery {
  std::string id;
  std::int64_t session = 0;
  std::string user;
  std::string text;
  /// Seconds and nanoseconds of UTC.
  std::int64_t started_seconds = 0;
  std::int32_t started_nanoseconds = 0;
  std::chrono::nanoseconds elapsed{0};
};

/// An explicit transaction that is open.
struct OpenTransaction {
  std::int64_t session = 0;
  std::string user;
  bool read_only = false;
  std::int64_t started_seconds = 0;
  std::int32_t started_nanoseconds = 0;
  std::chrono::nanoseconds elapsed{0};
};

struct Setting {
  std::string name;
  Value value;
  std::string description;
};

struct MemoryFigure {
  std::string name;
  std::uint64_t bytes = 0;
  std::string description;
};

/// What compacting did; bytes are lengths of the file.
struct Compaction {
  std::uint64_t bytes_before = 0, bytes_after = 0, merges_left = 0;
};

/// What procedures ask of the database and the session they are called in. The session implements
/// it.
class ProcedureHost {
 public:
  virtual ~ProcedureHost() = default;
  virtual std::vector<RunningQuery> running_queries() const = 0;
  virtual std::vector<OpenTransaction> open_transactions() const = 0;
  virtual std::vector<OpenSnapshot> snapshots() const = 0;
  /// False: no such query runs.
  virtual bool kill_query(std::string_view id) = 0;
  virtual std::vector<Setting> settings() const = 0;
  virtual std::vector<MemoryFigure> memory() const = 0;
  /// Forgets the statements and plans of all sessions; gives how many.
  virtual std::uint64_t clear_cache() = 0;
  /// Merges what waits to be merged into chunks, and gives free space of the file back.
  virtual Compaction compact() = 0;
  /// Bytes of the database file in use.
  virtual std::uint64_t used_bytes() const = 0;
  virtual std::string version() const = 0;
};

}  // namespace geode::gql
