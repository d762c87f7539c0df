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

  std::int64_t next_session() { return ++sessions_; }
  /// `session` is one of this activity's.
  static std::unique_ptr<Ticket> begin_query(std::shared_ptr<const SessionContext> session,
                                             std::shared_ptr<const std::string> text,
                                             Clock::time_point begin);
  static std::unique_ptr<Ticket> begin_transaction(std::shared_ptr<const SessionContext> session,
                                                   bool read_only);

  std::vector<gql::RunningQuery> queries() const;
  std::vector<gql::OpenTransaction> transactions() const;
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
};

}  // namespace geode::session
