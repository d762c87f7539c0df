#pragma once

// For the files of this folder that call ngtcp2.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include "quic/connection.hpp"
#include "quic/send_queue.hpp"
#include "quic/tls_session.hpp"

namespace geode::quic {

// Codes of this protocol, in what ends a connection or a stream.
constexpr std::uint64_t kNoError = 0, kAbandoned = 1;

inline ngtcp2_cid cid_of(const ConnectionId& id) {
  ngtcp2_cid cid;
  ngtcp2_cid_init(&cid, reinterpret_cast<const std::uint8_t*>(id.data()), id.size());
  return cid;
}

struct Connection::Impl {
  struct Stream {
    SendQueue queue;
    std::string received;
    std::size_t read = 0;                             // of what was received
    bool received_end = false, broken = false;        // of the other side's direction
    bool to_end = false, ended = false, cut = false;  // of this side's
    bool blocked = false, waits_to_send = false, was_full = false;
    bool closed = false;  // in both directions, and forgotten by ngtcp2
    bool released = false;
  };

  explicit Impl(const ConnectionOptions& given) : options(given) {
    reference.get_conn = [](ngtcp2_crypto_conn_ref* self) {
      return static_cast<Impl*>(self->user_data)->connection;
    };
    reference.user_data = this;
  }
  ~Impl() {
    if (connection) ngtcp2_conn_del(connection);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  static Impl& of(void* user_data) { return *static_cast<Impl*>(user_data); }
  Stream* find(std::int64_t id) {
    const auto found = streams.find(id);
    return found == streams.end() ? nullptr : &found->second;
  }
  void note_ready(std::int64_t id) {
    if (ready.empty() || ready.back() != id) ready.push_back(id);
  }

  ngtcp2_callbacks callbacks(bool server) const;
  ngtcp2_settings settings() const;
  ngtcp2_transport_params parameters() const;
  void begin_tls(const std::string& server_name);
  ConnectionId new_id(std::uint8_t* token);

  /// Whether the connection goes on after `code` of ngtcp2.
  bool goes_on(int code);
  void stream_data(std::int64_t id, Bytes data, bool is_last);
  void stream_closed(std::int64_t id);
  void want_to_send(std::int64_t id, Stream& stream);
  Stream* next_to_send(std::int64_t& id);
  void erase_if_done(std::int64_t id, Stream& stream);
  bool write_packets(DatagramSink& sink, Time time);
  bool pass_on(DatagramSink& sink, const Path& path, Bytes datagrams, std::size_t segment);

  const ConnectionOptions options;
  ngtcp2_crypto_conn_ref reference{};
  std::unique_ptr<TlsSession> tls;  // outlives the connection
  ngtcp2_conn* connection = nullptr;
  std::string reset_secret;

  bool is_confirmed = false, is_over = false, is_silent = false, refuses_streams = false;
  std::string failure;
  ngtcp2_connection_close_error close_error{};
  std::vector<ConnectionId> new_ids, old_ids;
  std::unordered_map<std::int64_t, Stream> streams;
  std::vector<std::int64_t> opened, ready;
  std::deque<std::int64_t> sending;  // streams with something to send, in turn

  // What the sink did not take.
  std::vector<std::uint8_t> unsent;
  std::size_t unsent_segment = 0;
  Path unsent_path;
};

}  // namespace geode::quic
