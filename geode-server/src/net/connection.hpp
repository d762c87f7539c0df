#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "net/channel.hpp"
#include "net/served_connection.hpp"
#include "protocol/framing.hpp"
#include "server.hpp"
#include "worker/conversation.hpp"

namespace geode::server {

/// What the connections of a server share; outlives them.
struct ConnectionHost {
  boost::asio::io_context& io;
  ConversationHost& conversations;
  const ServerOptions& options;
  std::atomic<std::uint64_t>& refused;
  std::atomic<std::uint64_t>& queued_bytes;
  std::function<void(LogLevel, const std::string&)> log;
  std::function<void(const std::shared_ptr<ServedConnection>&)> closed;  ///< told once of each
};

/// One client's channel: frames in, frames out, and the limits on time. All of it runs on the
/// thread of input and output, but send() and full().
class Connection : public ServedConnection,
                   public Outbox,
                   public std::enable_shared_from_this<Connection> {
 public:
  /// `refusal`: what the client is told instead of being served.
  Connection(ConnectionHost& host, std::unique_ptr<Channel> channel, std::optional<Error> refusal);

  void start() override;
  void tick(Clock::time_point now) override;
  void close() override;
  void begin_stop() override;
  std::optional<ConnectionInfo> info() const override;
  bool gone() const override { return closed() && (!conversation_ || conversation_->finished()); }
  bool at_rest() const override;
  bool greeted() const override { return state_ != State::kHandshake; }

  void send(std::string frame) override;
  bool full() const override;

 private:
  bool closed() const { return state_ == State::kClosed; }

  enum class State : std::uint8_t { kHandshake, kServing, kRefusing, kClosed };
  /// Rows are made until so many bytes wait, and again when few do.
  static constexpr std::size_t kFullBytes = std::size_t{1} << 20, kRoomBytes = kFullBytes / 4;
  /// Requests that a client may send ahead; more are left in its socket.
  static constexpr std::size_t kMaxInFlight = 256;
  static constexpr std::chrono::seconds kRefusalTime{2};

  void read();
  void received(std::size_t bytes);
  void take_frames();
  void refuse(const Error& error);
  void write();

  ConnectionHost& host_;
  std::unique_ptr<Channel> channel_;
  std::optional<Error> refusal_;
  std::shared_ptr<Conversation> conversation_;
  State state_ = State::kHandshake;
  bool stopping_ = false;
  Clock::time_point begin_ = Clock::now(), last_use_ = begin_;
  protocol::FrameReader frames_;
  std::array<char, 4096> input_{};
  bool reading_ = false;

  std::mutex mutex_;
  std::string waiting_;  // frames to be sent
  bool wakeup_posted_ = false;
  std::string writing_;  // of the thread: what is being sent
  bool is_writing_ = false;
  QueuedBytes queued_bytes_;
};

}  // namespace geode::server
