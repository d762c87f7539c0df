#include "net/connection.hpp"

#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include "geode.pb.h"
#include "protocol/convert.hpp"

namespace geode::server {

using boost::system::error_code;

Connection::Connection(ConnectionHost& host, std::unique_ptr<Channel> channel,
                       std::optional<Error> refusal)
    : host_(host),
      channel_(std::move(channel)),
      refusal_(std::move(refusal)),
      frames_(host.options.max_frame_bytes),
      queued_bytes_(host.queued_bytes) {}

void Connection::start() {
  channel_->handshake([self = shared_from_this()](error_code error) {
    if (self->closed()) return;
    if (error) {
      if (!is_probe(error)) {
        self->host_.log(LogLevel::kInfo, "no TLS connection with " + self->channel_->peer() + ": " +
                                             (error == boost::asio::error::no_protocol_option
                                                  ? "it does not speak geode/1"
                                                  : error.message()));
      }
      return self->close();
    }
    self->last_use_ = Clock::now();
    std::string why;
    if (!self->refusal_ && !self->channel_->allowed(why) &&
        !(self->channel_->networked() && self->host_.conversations.database.has_users()))
      self->refusal_ = Error(protocol::kRefused, "the connection is refused: " + why);
    if (self->refusal_) {
      ++self->host_.refused;
      self->host_.log(LogLevel::kWarn, self->channel_->peer() + ": " + self->refusal_->message());
      self->refuse(*self->refusal_);
    } else {
      self->state_ = State::kServing;
    }
    self->read();
  });
}

bool Connection::at_rest() const {
  return queued_bytes_ == 0 &&
         (!conversation_ || (conversation_->in_flight() == 0 && !conversation_->in_transaction()));
}

std::optional<ConnectionInfo> Connection::info() const {
  if (state_ != State::kServing) return std::nullopt;
  ConnectionInfo info;
  info.address = channel_->peer();
  info.transport = channel_->transport();
  info.since = wall_time(begin_);
  const bool waits = conversation_ && conversation_->in_flight() > 0;
  if (!waits) info.idle_since = wall_time(last_use_);
  if (conversation_) conversation_->describe(info);
  return info;
}

void Connection::begin_stop() {
  stopping_ = true;
  if (conversation_) conversation_->begin_stop();
}

void Connection::tick(Clock::time_point now) {
  const auto self = shared_from_this();  // close() may drop the last handler
  const auto passed = [&](std::chrono::milliseconds limit, Clock::time_point since) {
    return limit.count() > 0 && now - since > limit;
  };
  switch (state_) {
    case State::kHandshake:
      if (passed(host_.options.handshake_timeout, begin_)) close();
      return;
    case State::kRefusing:
      if (passed(kRefusalTime, last_use_)) close();
      return;
    case State::kServing:
      if (conversation_) conversation_->tick(now);
      // A transaction has limits of its own.
      if (at_rest() && passed(host_.conversations.limits.get().idle_timeout, last_use_)) close();
      return;
    case State::kClosed:
      if (conversation_) conversation_->tick(now);
      return;
  }
}

void Connection::close() {
  if (closed()) return;
  state_ = State::kClosed;
  if (conversation_) conversation_->close();
  channel_->close();
  host_.closed(shared_from_this());
}

void Connection::read() {
  if (reading_ || closed()) return;
  if (conversation_ && conversation_->in_flight() >= kMaxInFlight) return;  // write() goes on
  reading_ = true;
  channel_->read_some(boost::asio::buffer(input_),
                      [self = shared_from_this()](error_code error, std::size_t bytes) {
                        self->reading_ = false;
                        if (self->closed()) return;
                        if (error) return self->close();
                        self->received(bytes);
                      });
}

void Connection::received(std::size_t bytes) {
  if (state_ == State::kServing) {
    last_use_ = Clock::now();
    try {
      frames_.append({input_.data(), bytes});
      take_frames();
    } catch (const Error& error) {
      host_.log(LogLevel::kWarn, channel_->peer() + ": " + error.message());
      refuse(error);
    } catch (const std::bad_alloc&) {
      refuse(Error(status::kMemoryLimit, "the server's memory ran out"));
    }
  }
  read();
}

void Connection::take_frames() {
  while (const auto frame = frames_.next()) {
    wire::v1::ClientMessage message;
    protocol::parse_frame(*frame, message);
    if (!conversation_) {
      conversation_ =
          std::make_shared<Conversation>(host_.conversations, *this, channel_->identity());
      if (stopping_) conversation_->begin_stop();
    }
    conversation_->receive(std::move(message));
  }
}

/// Tells the client why, and then nothing any more. What it sends is read and left, as a socket
/// that is closed with unread bytes takes back what was sent.
void Connection::refuse(const Error& error) {
  state_ = State::kRefusing;
  last_use_ = Clock::now();
  if (conversation_) conversation_->close();
  wire::v1::ServerMessage message;
  protocol::write_error(error, *message.mutable_status());
  send(protocol::make_frame(message, host_.options.max_frame_bytes));
}

void Connection::send(std::string frame) {
  queued_bytes_ += frame.size();
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      waiting_ = std::move(frame);
    } else {
      waiting_ += frame;
    }
    if (std::exchange(wakeup_posted_, true)) return;
  }
  boost::asio::post(host_.io, [self = shared_from_this()] {
    {
      const std::lock_guard lock(self->mutex_);
      self->wakeup_posted_ = false;
    }
    self->write();
  });
}

bool Connection::full() const { return queued_bytes_ >= kFullBytes; }

void Connection::write() {
  if (is_writing_ || closed()) return;
  {
    const std::lock_guard lock(mutex_);
    writing_.clear();
    writing_.swap(waiting_);
  }
  if (writing_.empty()) {
    std::string().swap(writing_);
    if (state_ == State::kRefusing) channel_->end_writing();
    return;
  }
  is_writing_ = true;
  channel_->write(boost::asio::buffer(writing_),
                  [self = shared_from_this()](error_code error, std::size_t) {
                    self->is_writing_ = false;
                    if (self->closed()) return;
                    if (error) return self->close();
                    self->last_use_ = Clock::now();
                    self->queued_bytes_ -= self->writing_.size();
                    if (self->conversation_ && self->queued_bytes_ < kRoomBytes)
                      self->conversation_->resume();
                    self->write();
                    self->read();
                  });
}

}  // namespace geode::server
