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

#include "base/interrupt.hpp"
#include "gql/procedure/host.hpp"

namespace geode::session {

/// What is going on in an open database: statements that run, explicit transactions that are open.
/// Thread-safe.
class Activity : public std::enable_shared_from_this<Activity> {
 public:
  /// An entry that is listed as long as it lives.
  class Ticket {
   public:
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

   private:
    friend class Activity;
    explicit Ticket(std::shared_ptr<Activity> activity) : activity_(std::move(activity)) {}
    std::shared_ptr<Activity> activity_;
    std::uint64_t id_ = 0;
    static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
    std::size_t place_ = kNowhere;  ///< among the tickets
    std::int64_t session_ = 0;
    bool transaction_ = false;
    bool read_only_ = false;
    std::string user_;
    std::shared_ptr<const std::string> text_;
    std::shared_ptr<base::Interrupt> interrupt_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  };

  std::int64_t next_session() { return ++sessions_; }
  std::unique_ptr<Ticket> begin_query(std::int64_t session, std::string_view user,
                                      std::shared_ptr<const std::string> text,
                                      std::shared_ptr<base::Interrupt> interrupt);
  std::unique_ptr<Ticket> begin_transaction(std::int64_t session, std::string_view user,
                                            bool read_only);

  std::vector<gql::RunningQuery> queries() const;
  std::vector<gql::OpenTransaction> transactions() const;
  /// False: no query has this id.
  bool kill(std::string_view id);

 private:
  std::unique_ptr<Ticket> enter(std::unique_ptr<Ticket> ticket);
  /// By age, with the mutex held.
  std::vector<const Ticket*> sorted() const;

  std::atomic<std::int64_t> sessions_{0};
  mutable std::mutex mutex_;
  std::uint64_t next_id_ = 1;
  std::vector<Ticket*> tickets_;  ///< in no order
};

}  // namespace geode::session
