#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gql/syntax/ast/statement.hpp"
#include "session/compile.hpp"

namespace geode::session {

/// A statement's text, parsed, and its plan when it was run before.
struct CachedStatement {
  std::string text;
  gql::ast::Statement statement;
  bool modifies = false;
  std::shared_ptr<PreparedPlan> plan;
};

class StatementCache;

/// Bounds what the caches of all sessions of a database take together. When they take more, what
/// was not used for longest goes, whosever it is, and is parsed and planned again when it is asked
/// for. Its methods may be called from any thread.
class StatementCaches {
 public:
  explicit StatementCaches(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t limit_bytes() const { return limit_bytes_; }
  /// Forgets what all sessions keep; gives how many statements.
  std::uint64_t clear();

 private:
  friend class StatementCache;
  void make_room();

  const std::uint64_t limit_bytes_;
  std::atomic<std::uint64_t> bytes_{0};
  std::mutex mutex_;  // taken before that of a cache
  std::vector<StatementCache*> caches_;
};

/// Statements of one session by text, the least lately used one goes first. Belongs to one thread
/// at a time; what others take from it through StatementCaches lives on while it is run.
class StatementCache {
 public:
  explicit StatementCache(std::shared_ptr<StatementCaches> all);
  ~StatementCache();
  StatementCache(const StatementCache&) = delete;
  StatementCache& operator=(const StatementCache&) = delete;

  /// Parses when the text is new.
  std::shared_ptr<CachedStatement> get(std::string_view text);

 private:
  friend class StatementCaches;
  static constexpr std::size_t kCapacity = 256;

  struct Entry {
    std::shared_ptr<CachedStatement> statement;
    std::uint64_t bytes = 0;
    std::int64_t last_use = 0;  ///< in nanoseconds of a clock that never goes back
  };
  using Entries = std::list<Entry>;

  std::shared_ptr<CachedStatement> find(std::string_view text);
  std::shared_ptr<CachedStatement> parse(std::string_view text);
  /// With the mutex held, by the thread that runs statements.
  void note_size(Entry& entry);
  /// With the mutex held. What is taken is destroyed by the caller, without it.
  void take_last(Entries& taken);

  const std::shared_ptr<StatementCaches> all_;
  std::mutex mutex_;
  Entries used_;  // latest first
  std::unordered_map<std::string_view, Entries::iterator> by_text_;
};

}  // namespace geode::session
