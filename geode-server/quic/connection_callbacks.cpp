#include <gnutls/crypto.h>

#include "quic/connection_impl.hpp"

// What ngtcp2 calls while it reads and writes packets. These functions take notes, and call it for
// no more than windows: a connection must not be entered again from here.

namespace geode::quic {

namespace {

/// For what C calls: an exception ends the connection.
template <class Action>
int guarded(Action action) noexcept {
  try {
    return action();
  } catch (...) {
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
}

ConnectionId id_of(const ngtcp2_cid& cid) {
  return {reinterpret_cast<const char*>(cid.data), cid.datalen};
}

void give_random(std::uint8_t* to, std::size_t size, const ngtcp2_rand_ctx*) {
  gnutls_rnd(GNUTLS_RND_NONCE, to, size);
}

int give_challenge(ngtcp2_conn*, std::uint8_t* to, void*) {
  return gnutls_rnd(GNUTLS_RND_RANDOM, to, NGTCP2_PATH_CHALLENGE_DATALEN) < 0
             ? NGTCP2_ERR_CALLBACK_FAILURE
             : 0;
}

}  // namespace

ngtcp2_callbacks Connection::Impl::callbacks(bool server) const {
  ngtcp2_callbacks calls{};
  if (server) {
    calls.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
  } else {
    calls.client_initial = ngtcp2_crypto_client_initial_cb;
    calls.recv_retry = ngtcp2_crypto_recv_retry_cb;
    calls.handshake_confirmed = [](ngtcp2_conn*, void* user) {
      of(user).is_confirmed = true;
      return 0;
    };
  }
  calls.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
  calls.encrypt = ngtcp2_crypto_encrypt_cb;
  calls.decrypt = ngtcp2_crypto_decrypt_cb;
  calls.hp_mask = ngtcp2_crypto_hp_mask_cb;
  calls.update_key = ngtcp2_crypto_update_key_cb;
  calls.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
  calls.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
  calls.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
  calls.get_path_challenge_data = give_challenge;
  calls.rand = give_random;
  // A client that names no application protocol gets as far as this.
  calls.handshake_completed = [](ngtcp2_conn* of_it, void* user) {
    Impl& self = of(user);
    if (!self.tls->speaks_geode()) {
      ngtcp2_conn_set_tls_alert(of_it, GNUTLS_A_NO_APPLICATION_PROTOCOL);
      return static_cast<int>(NGTCP2_ERR_CRYPTO);
    }
    if (ngtcp2_conn_is_server(of_it)) self.is_confirmed = true;
    return 0;
  };
  calls.get_new_connection_id = [](ngtcp2_conn*, ngtcp2_cid* id, std::uint8_t* token, std::size_t,
                                   void* user) {
    return guarded([&] {
      *id = cid_of(of(user).new_id(token));
      return 0;
    });
  };
  calls.remove_connection_id = [](ngtcp2_conn*, const ngtcp2_cid* id, void* user) {
    return guarded([&] {
      of(user).old_ids.push_back(id_of(*id));
      return 0;
    });
  };
  calls.stream_open = [](ngtcp2_conn* of_it, std::int64_t id, void* user) {
    return guarded([&] {
      Impl& self = of(user);
      Stream& stream = self.streams[id];
      if (self.refuses_streams) {
        stream.released = true;
        return ngtcp2_conn_shutdown_stream(of_it, id, kAbandoned);
      }
      self.opened.push_back(id);
      return 0;
    });
  };
  calls.recv_stream_data = [](ngtcp2_conn*, std::uint32_t flags, std::int64_t id, std::uint64_t,
                              const std::uint8_t* data, std::size_t size, void* user, void*) {
    return guarded([&] {
      of(user).stream_data(id, {data, size}, (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0);
      return 0;
    });
  };
  calls.acked_stream_data_offset = [](ngtcp2_conn*, std::int64_t id, std::uint64_t,
                                      std::uint64_t size, void* user, void*) {
    return guarded([&] {
      Stream* stream = of(user).find(id);
      if (!stream) return 0;
      stream->queue.acknowledged(size);
      if (stream->was_full && stream->queue.size() < kUnacknowledged / 2) {
        stream->was_full = false;
        of(user).note_ready(id);
      }
      return 0;
    });
  };
  calls.stream_close = [](ngtcp2_conn*, std::uint32_t, std::int64_t id, std::uint64_t, void* user,
                          void*) {
    return guarded([&] {
      of(user).stream_closed(id);
      return 0;
    });
  };
  calls.stream_reset = [](ngtcp2_conn*, std::int64_t id, std::uint64_t, std::uint64_t, void* user,
                          void*) {
    return guarded([&] {
      if (Stream* stream = of(user).find(id)) stream->broken = true;
      of(user).note_ready(id);
      return 0;
    });
  };
  calls.extend_max_stream_data = [](ngtcp2_conn*, std::int64_t id, std::uint64_t, void* user,
                                    void*) {
    return guarded([&] {
      Stream* stream = of(user).find(id);
      if (!stream) return 0;
      stream->blocked = false;
      of(user).want_to_send(id, *stream);
      return 0;
    });
  };
  return calls;
}

void Connection::Impl::stream_data(std::int64_t id, Bytes data, bool is_last) {
  Stream* stream = find(id);
  if (!stream || stream->released) {
    ngtcp2_conn_extend_max_offset(connection, data.size());
    return;
  }
  stream->received.append(reinterpret_cast<const char*>(data.data()), data.size());
  if (is_last) stream->received_end = true;
  note_ready(id);
}

void Connection::Impl::stream_closed(std::int64_t id) {
  Stream* stream = find(id);
  if (!stream) return;
  stream->closed = true;
  if (!stream->received_end) stream->broken = true;
  stream->cut = true;
  note_ready(id);
  erase_if_done(id, *stream);
}

/// Streams are as many as the other side may have open until both sides are done with them.
void Connection::Impl::erase_if_done(std::int64_t id, Stream& stream) {
  if (!stream.closed || !stream.released) return;
  streams.erase(id);
  if (!ngtcp2_conn_is_local_stream(connection, id))
    ngtcp2_conn_extend_max_streams_bidi(connection, 1);
}

}  // namespace geode::quic
