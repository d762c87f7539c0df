#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include <geode/database.hpp>
#include "geode.pb.h"
#include "worker/audit_trail.hpp"
#include "worker/conversation_host.hpp"

namespace geode::server {

/// The way from a conversation to its client. Used by any thread.
class Outbox {
 public:
  virtual ~Outbox() = default;
  virtual void send(std::string frame) = 0;
  /// So much waits to be sent that no more rows should be made; resume() tells when there is room.
  virtual bool full() const = 0;
};

/// What one client asks, over whatever transport: a session of the database, its prepared
/// statements, and statements whose rows are on their way.
///
/// Requests run one after another on threads of a pool, or, statements that were quick the last
/// time, on that which does input; a statement that waits for a Pull lets others pass. receive(),
/// resume(), tick() and close() are called by the thread that does input.
class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  using Clock = std::chrono::steady_clock;

  /// The outbox lives until close() and is not used after it.
  Conversation(ConversationHost& host, Outbox& outbox, Peer peer);
  ~Conversation();

  void receive(wire::v1::ClientMessage&& message);
  void resume();
  /// Ends a transaction that has been open or idle for too long; to be called now and then, also
  /// after close().
  void tick(Clock::time_point now);
  /// The client is gone: ends what runs, and rolls back.
  void close();
  /// From now on nothing new is begun: what is under way may end, and so may a transaction that
  /// does not pause for long.
  void begin_stop() { stopping_ = true; }

  /// Closed, and no worker is at it or will be.
  bool finished() const;
  /// Requests without their last answer.
  std::size_t in_flight() const;
  /// What it knows of its client.
  void describe(ConnectionInfo& info) const;
  bool in_transaction() const { return in_transaction_.load(std::memory_order_relaxed); }

 private:
  using Message = wire::v1::ClientMessage;
  struct Cursor {
    Result result;
    std::optional<Row> ahead;  ///< read, and not sent
    std::uint32_t page_size = 0;
    std::uint32_t pages_left = 0;
    bool all_pages = false;
    std::uint64_t rows_left = 0;           ///< that may be sent
    std::chrono::milliseconds timeout{0};  ///< of the work on what a Pull asks for
  };
  struct Flight {
    bool is_statement = false;
    bool cancelled = false;
    // Of statements, and of the worker that is at it.
    std::string text;
    std::uint64_t prepared_id = 0;  // 0: none
    std::chrono::nanoseconds busy{0};
    std::uint64_t rows = 0;
    std::function<void()> interrupt;  // once its result is open
  };

  void schedule(std::unique_lock<std::mutex>& lock);
  void post();
  static bool names_user(const Message& message);
  void post_login(const wire::v1::Hello& hello);
  void run(bool of_open_writer);
  void run_quick();
  bool next_is_quick() const;
  void note_quickness(const Flight& flight, bool succeeded);
  bool step(bool is_login = false);
  void handle(Message& message);
  void answer(const Message& message);
  void forget_quickness(std::uint64_t prepared_id);
  void require_hello() const;
  void greet(std::uint64_t request, const wire::v1::Hello& hello);
  void prepare(std::uint64_t request, const wire::v1::Prepare& prepare);
  void describe(std::uint64_t request);
  void open_cursor(std::uint64_t request, Result result, const wire::v1::RunOptions& options);
  void pull(std::uint64_t request, const wire::v1::Pull& pull);
  void send_page(std::uint64_t request, Cursor& cursor);
  void control(std::uint64_t request, const std::string& statement);
  StatementOptions statement_options(const wire::v1::RunOptions& options) const;

  void cancel(std::uint64_t request);
  void interrupt_current();
  bool drop_cancelled();
  bool was_ended_by_limit(std::uint64_t request) const;
  void roll_back();
  void roll_back_expired();
  void note_transaction();

  void send(const wire::v1::ServerMessage& message);
  void put(std::string frame);
  void finish(std::uint64_t request, wire::v1::ServerMessage&& message);
  void record(std::uint64_t request, wire::v1::ServerMessage& message);
  void note_end(const Flight& flight, const wire::v1::Status& status);
  void note_text(std::uint64_t request, const std::string& text, std::uint64_t prepared_id = 0);
  void succeed(std::uint64_t request);
  void fail(std::uint64_t request, const Error& error);

  ConversationHost& host_;
  const std::string session_id_;

  mutable std::mutex mutex_;
  Outbox* outbox_;  // null once closed
  std::deque<Message> waiting_;
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::uint64_t current_ = 0;  // the request that a worker is at
  bool scheduled_ = false;
  bool waits_for_room_ = false;
  bool any_cancelled_ = false;
  std::string user_, client_;  // of its Hello
  std::string unsent_;         // the frame of a schema, which goes with what comes next
  bool finished_ = false;
  std::string expired_;  // why the transaction is to be rolled back
  Clock::time_point transaction_begin_{}, last_use_{};
  // What was quick the last time: prepared statements, and the text of another.
  std::unordered_set<std::uint64_t> quick_prepared_;
  std::string quick_text_;

  std::atomic<bool> in_transaction_{false}, has_writer_{false}, stopping_{false};
  std::atomic<TransactionState> transaction_state_{TransactionState::kNone};

  // Of the worker that is at it, but for Session::interrupt.
  const Peer peer_;
  AuditTrail trail_;
  Session session_;  ///< of nobody until Hello; replaced with the mutex held
  bool greeted_ = false;
  std::map<std::uint64_t, PreparedStatement> prepared_;
  std::uint64_t last_prepared_ = 0;
  std::map<std::uint64_t, Cursor> cursors_;
  Clock::time_point step_begin_{};
  std::uint64_t streaming_ = 0;  // the cursor whose pages are being sent
  std::optional<Error> rolled_back_;
};

}  // namespace geode::server
