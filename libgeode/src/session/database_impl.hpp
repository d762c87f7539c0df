#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <geode/database.hpp>
#include "gql/exec/spill/spill_space.hpp"
#include "gql/procedure/routines.hpp"
#include "graph/graph_transaction.hpp"
#include "session/activity.hpp"
#include "session/archiver.hpp"
#include "session/compile.hpp"
#include "session/statement_cache.hpp"
#include "session/writer_queue.hpp"
#include "storage/environment.hpp"

namespace geode {
inline namespace v1 {

struct Database::Impl {
  Impl(std::string_view path, const Options& options);

  std::shared_ptr<storage::Environment> environment;
  Options options;
  session::WriterQueue writer;
  std::shared_ptr<session::Activity> activity = std::make_shared<session::Activity>();
  /// Of all its sessions.
  std::shared_ptr<session::StatementCaches> statements =
      std::make_shared<session::StatementCaches>(options.statement_cache_bytes);
  std::string user;
  gql::exec::SpillSpace::Settings spill;
  session::PlanSettings plan_settings;
  /// Null: the log stays in the database.
  std::unique_ptr<session::Archiver> archiver;

  std::uint64_t memory_limit(const StatementOptions& statement) const {
    return statement.memory_limit_bytes != 0 ? statement.memory_limit_bytes
                                             : options.query_memory_limit_bytes;
  }
  CompactReport compact();
  /// What all its sessions have in common.
  session::SessionContext context() const;
  std::shared_ptr<const gql::Routines> routines() const { return routines_.load(); }
  /// Only to be compared with.
  const gql::Routines* latest_routines() const { return latest_routines_.load(); }
  /// Statements that begin from now on see what `change` makes of the routines.
  void change_routines(const std::function<void(gql::Routines&)>& change);

 private:
  std::mutex routines_mutex_;  // of those who change them
  std::atomic<std::shared_ptr<const gql::Routines>> routines_ = gql::Routines::builtin();
  std::atomic<const gql::Routines*> latest_routines_ = routines().get();
};

}  // namespace v1
}  // namespace geode
