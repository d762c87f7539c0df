#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/memory_budget.hpp"
#include "gql/procedure/host.hpp"
#include "session/session_context.hpp"

namespace geode::session {

/// What is going on in an open database: statements that run, explicit transactions that are open.
/// Thread-safe.
class Activity {
 public:
  using Clock = std::chrono::steady_clock;

  /// An entry that is listed as long as it lives.
  class Ticket {
   public:
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

   private:
    friend class Activity;
    Ticket(std::shared_ptr<const SessionContext> session, std::shared_ptr<const std::string> text,
           Clock::time_point begin)
        : session_(std::move(session)), text_(std::move(text)), begin_(begin) {}
    std::uint64_t id_ = 0;
    static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
    std::size_t place_ = kNowhere;                   ///< among the tickets
    std::shared_ptr<const SessionContext> session_;  ///< holds the activity
    std::shared_ptr<const std::string> text_;        ///< null: a transaction
    bool read_only_ = false;
    Clock::time_point begin_;
  };

  /// A budget that is known as long as this lives, and counted while it is in use. Of a plan, which
  /// runs many times: entering it takes a lock, beginning a run does not.
  class MemoryUse {
   public:
    MemoryUse(std::shared_ptr<Activity> activity, const base::MemoryBudget& budget);
    ~MemoryUse();
    MemoryUse(const MemoryUse&) = delete;
    MemoryUse& operator=(const MemoryUse&) = delete;

    /// For its lifetime, the budget is in use.
    class Run {
     public:
      explicit Run(MemoryUse& use) : use_(use) {
        use_.in_use_.store(true, std::memory_order_relaxed);
      }
      ~Run() { use_.in_use_.store(false, std::memory_order_relaxed); }
      Run(const Run&) = delete;
      Run& operator=(const Run&) = delete;

     private:
      MemoryUse& use_;
    };

   private:
    friend class Activity;
    const std::shared_ptr<Activity> activity_;
    const base::MemoryBudget& budget_;
    std::size_t place_;  ///< among the uses
    std::atomic<bool> in_use_{false};
  };

  std::int64_t next_session() { return ++sessions_; }
  /// `session` is one of this activity's.
  static std::unique_ptr<Ticket> begin_query(std::shared_ptr<const SessionContext> session,
                                             std::shared_ptr<const std::string> text,
                                             Clock::time_point begin);
  static std::unique_ptr<Ticket> begin_transaction(std::shared_ptr<const SessionContext> session,
                                                   bool read_only);

  std::vector<gql::RunningQuery> queries() const;
  std::vector<gql::OpenTransaction> transactions() const;
  /// Of all budgets that are in use.
  std::uint64_t used_bytes() const;
  /// False: no query has this id.
  bool kill(std::string_view id);
  /// Ends all queries of a session.
  void interrupt(std::int64_t session);

 private:
  void enter(Ticket& ticket);
  /// By age, with the mutex held.
  std::vector<const Ticket*> sorted() const;

  std::atomic<std::int64_t> sessions_{0};
  mutable std::mutex mutex_;
  std::uint64_t next_id_ = 1;
  std::vector<Ticket*> tickets_;  ///< in no order
  mutable std::mutex uses_mutex_;
  std::vector<MemoryUse*> uses_;  ///< in no order
};

}  // namespace geode::session
