#include "quic/connection.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include <geode/error.hpp>
#include "quic/connection_impl.hpp"
#include "quic/packets.hpp"
#include "quic/paths.hpp"

namespace geode::quic {

namespace {

/// A side that hears nothing for so long holds the other for lost; each sends something before.
constexpr ngtcp2_duration kSilence = 30 * NGTCP2_SECONDS, kKeepAlive = 10 * NGTCP2_SECONDS;
/// What one datagram may bring; more than the packets of any usual network.
constexpr std::uint64_t kMostReceived = 2048;

}  // namespace

Time now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<Time>(time.tv_sec) * NGTCP2_SECONDS + static_cast<Time>(time.tv_nsec);
}

ngtcp2_settings Connection::Impl::settings() const {
  ngtcp2_settings settings;
  ngtcp2_settings_default(&settings);
  settings.initial_ts = now();
  settings.handshake_timeout = options.handshake_timeout.count() > 0
                                   ? static_cast<ngtcp2_duration>(options.handshake_timeout.count())
                                   : UINT64_MAX;
  return settings;
}

ngtcp2_transport_params Connection::Impl::parameters() const {
  ngtcp2_transport_params parameters;
  ngtcp2_transport_params_default(&parameters);
  parameters.initial_max_stream_data_bidi_local = options.stream_window;
  parameters.initial_max_stream_data_bidi_remote = options.stream_window;
  parameters.initial_max_data = options.connection_window;
  parameters.initial_max_streams_bidi = options.streams;
  parameters.max_idle_timeout = kSilence;
  parameters.max_udp_payload_size = kMostReceived;
  return parameters;
}

void Connection::Impl::begin_tls(const std::string& server_name) {
  tls = std::make_unique<TlsSession>(options.credentials, server_name, reference);
  ngtcp2_conn_set_tls_native_handle(connection, tls->native());
  ngtcp2_conn_set_keep_alive_timeout(connection, kKeepAlive);
  ngtcp2_connection_close_error_default(&close_error);
}

ConnectionId Connection::Impl::new_id(std::uint8_t* token) {
  ConnectionId id = random_id();
  const ngtcp2_cid cid = cid_of(id);
  if (ngtcp2_crypto_generate_stateless_reset_token(
          token, reinterpret_cast<const std::uint8_t*>(reset_secret.data()), reset_secret.size(),
          &cid) != 0)
    throw Error(status::kConnection, "a stateless reset token cannot be made");
  new_ids.push_back(id);
  return id;
}

bool Connection::Impl::goes_on(int code) {
  if (code == 0) return !is_over;
  if (is_over) return false;
  is_over = true;
  switch (code) {
    case NGTCP2_ERR_DRAINING: {
      is_silent = true;
      ngtcp2_connection_close_error error;
      ngtcp2_conn_get_connection_close_error(connection, &error);
      if (error.type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION &&
          error.error_code == kNoError)
        return false;
      failure = error.error_code == NGTCP2_CONNECTION_REFUSED
                    ? "the other side takes no connection at present"
                    : "the other side ended it with code " + std::to_string(error.error_code);
      // 0x100 and the alert of TLS.
      if (error.error_code >= NGTCP2_CRYPTO_ERROR && error.error_code < NGTCP2_CRYPTO_ERROR + 256) {
        const char* alert = gnutls_alert_get_name(
            static_cast<gnutls_alert_description_t>(error.error_code - NGTCP2_CRYPTO_ERROR));
        failure = std::string("the other side broke off TLS: ") + (alert ? alert : "unknown alert");
      }
      return false;
    }
    case NGTCP2_ERR_IDLE_CLOSE:
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_RETRY:
      is_silent = true;
      if (code == NGTCP2_ERR_IDLE_CLOSE) failure = "the other side was not heard of for too long";
      return false;
    case NGTCP2_ERR_CRYPTO: {
      const std::uint8_t alert = ngtcp2_conn_get_tls_alert(connection);
      ngtcp2_connection_close_error_set_transport_error_tls_alert(&close_error, alert, nullptr, 0);
      const char* name = gnutls_alert_get_name(static_cast<gnutls_alert_description_t>(alert));
      failure = std::string("TLS failed: ") + (name ? name : "unknown alert");
      return false;
    }
    default:
      ngtcp2_connection_close_error_set_transport_error_liberr(&close_error, code, nullptr, 0);
      failure = ngtcp2_strerror(code);
      return false;
  }
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

std::unique_ptr<Connection> Connection::accept(const ConnectionOptions& options, const Path& path,
                                               const Initial& initial,
                                               const std::optional<ConnectionId>& original,
                                               const std::string& reset_secret) {
  auto impl = std::make_unique<Impl>(options);
  impl->reset_secret = reset_secret;
  ngtcp2_settings settings = impl->settings();
  ngtcp2_transport_params parameters = impl->parameters();
  const ngtcp2_cid client = cid_of(initial.from);
  const ngtcp2_cid own = cid_of(impl->new_id(parameters.stateless_reset_token));
  parameters.stateless_reset_token_present = 1;
  parameters.original_dcid = cid_of(original.value_or(initial.to));
  std::string token = initial.token;
  if (original) {
    parameters.retry_scid_present = 1;
    parameters.retry_scid = cid_of(initial.to);
    settings.token = {reinterpret_cast<std::uint8_t*>(token.data()), token.size()};
  }
  impl->new_ids.push_back(initial.to);
  const ngtcp2_callbacks callbacks = impl->callbacks(true);
  const ngtcp2_path between = path_of(path);
  const int code =
      ngtcp2_conn_server_new(&impl->connection, &client, &own, &between, initial.version,
                             &callbacks, &settings, &parameters, nullptr, impl.get());
  if (code != 0) throw Error(status::kConnection, ngtcp2_strerror(code));
  impl->begin_tls("");
  return std::unique_ptr<Connection>(new Connection(std::move(impl)));
}

std::unique_ptr<Connection> Connection::connect(const ConnectionOptions& options, const Path& path,
                                                const std::string& server_name) {
  auto impl = std::make_unique<Impl>(options);
  impl->reset_secret = random_id(32);
  const ngtcp2_settings settings = impl->settings();
  const ngtcp2_transport_params parameters = impl->parameters();
  const ngtcp2_cid server = cid_of(random_id()), own = cid_of(random_id());
  const ngtcp2_callbacks callbacks = impl->callbacks(false);
  const ngtcp2_path between = path_of(path);
  const int code =
      ngtcp2_conn_client_new(&impl->connection, &server, &own, &between, NGTCP2_PROTO_VER_V1,
                             &callbacks, &settings, &parameters, nullptr, impl.get());
  if (code != 0) throw Error(status::kConnection, ngtcp2_strerror(code));
  impl->begin_tls(server_name);
  return std::unique_ptr<Connection>(new Connection(std::move(impl)));
}

bool Connection::receive(const Path& path, Bytes datagram, Time time) {
  if (impl_->is_over) return false;
  if (datagram.empty()) return true;
  const ngtcp2_path between = path_of(path);
  const ngtcp2_pkt_info info{};
  return impl_->goes_on(ngtcp2_conn_read_pkt(impl_->connection, &between, &info, datagram.data(),
                                             datagram.size(), time));
}

bool Connection::expire(Time time) {
  if (impl_->is_over) return false;
  return impl_->goes_on(ngtcp2_conn_handle_expiry(impl_->connection, time));
}

Time Connection::expiry() const {
  return impl_->is_over ? kNever : ngtcp2_conn_get_expiry(impl_->connection);
}

bool Connection::flush(DatagramSink& sink, Time time) {
  return !impl_->is_over && impl_->write_packets(sink, time);
}

bool Connection::blocked() const { return !impl_->unsent.empty(); }
bool Connection::over() const { return impl_->is_over; }
const std::string& Connection::failure() const { return impl_->failure; }
const std::string& Connection::distrust() const { return impl_->tls->distrust(); }
bool Connection::confirmed() const { return impl_->is_confirmed; }
bool Connection::peer_is_verified() const { return impl_->tls->peer_is_verified(); }

const std::string& Connection::peer_name() const { return impl_->tls->peer_name(); }
bool Connection::all_acknowledged() const {
  return std::all_of(impl_->streams.begin(), impl_->streams.end(), [](const auto& entry) {
    const Impl::Stream& stream = entry.second;
    return stream.cut || (stream.queue.size() == 0 && stream.to_end == stream.ended);
  });
}
void Connection::refuse_streams() { impl_->refuses_streams = true; }

std::vector<std::uint8_t> Connection::close(std::string_view why) {
  Impl& self = *impl_;
  std::vector<std::uint8_t> packet;
  if (self.is_silent) return packet;
  ngtcp2_connection_close_error error = self.close_error;
  if (!std::exchange(self.is_over, true)) {
    ngtcp2_connection_close_error_set_application_error(
        &error, kNoError, reinterpret_cast<std::uint8_t*>(const_cast<char*>(why.data())),
        why.size());
  }
  packet.resize(NGTCP2_MAX_UDP_PAYLOAD_SIZE);
  ngtcp2_path_storage storage;
  ngtcp2_path_storage_zero(&storage);
  ngtcp2_pkt_info info{};
  const ngtcp2_ssize size = ngtcp2_conn_write_connection_close(
      self.connection, &storage.path, &info, packet.data(), packet.size(), &error, now());
  packet.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return packet;
}

Path Connection::path() const {
  const ngtcp2_path* path = ngtcp2_conn_get_path(impl_->connection);
  return {address_of(path->local), address_of(path->remote)};
}

std::chrono::nanoseconds Connection::linger() const {
  return std::chrono::nanoseconds(3 * ngtcp2_conn_get_pto(impl_->connection));
}

std::vector<ConnectionId> Connection::take_new_ids() { return std::exchange(impl_->new_ids, {}); }
std::vector<ConnectionId> Connection::take_old_ids() { return std::exchange(impl_->old_ids, {}); }
std::vector<std::int64_t> Connection::take_opened() { return std::exchange(impl_->opened, {}); }
std::vector<std::int64_t> Connection::take_ready() { return std::exchange(impl_->ready, {}); }

std::optional<std::int64_t> Connection::open_stream() {
  std::int64_t id = -1;
  if (ngtcp2_conn_open_bidi_stream(impl_->connection, &id, nullptr) != 0) return std::nullopt;
  impl_->streams[id];
  return id;
}

std::size_t Connection::read(std::int64_t id, std::span<char> to) {
  Impl::Stream* stream = impl_->find(id);
  if (!stream) return 0;
  const std::size_t count = stream->received.copy(to.data(), to.size(), stream->read);
  stream->read += count;
  // What was read leaves when it is the most, so that no byte is moved often.
  if (stream->read == stream->received.size()) {
    stream->received = std::string();
    stream->read = 0;
  } else if (stream->read > stream->received.size() / 2) {
    stream->received.erase(0, std::exchange(stream->read, 0));
  }
  if (count > 0 && !impl_->is_over) {
    if (!stream->closed) ngtcp2_conn_extend_max_stream_offset(impl_->connection, id, count);
    ngtcp2_conn_extend_max_offset(impl_->connection, count);
  }
  return count;
}

bool Connection::at_end(std::int64_t id) const {
  const Impl::Stream* stream = impl_->find(id);
  if (!stream) return true;
  const bool all_read = stream->read == stream->received.size();
  return all_read && (stream->received_end || stream->broken || impl_->is_over);
}

std::size_t Connection::write(std::int64_t id, std::string_view bytes) {
  Impl::Stream* stream = impl_->find(id);
  if (!stream || stream->cut || stream->to_end || impl_->is_over) return 0;
  const std::size_t room = kUnacknowledged - std::min(kUnacknowledged, stream->queue.size());
  const std::size_t count = std::min(room, bytes.size());
  stream->queue.append(bytes.substr(0, count));
  if (count < bytes.size()) stream->was_full = true;
  impl_->want_to_send(id, *stream);
  return count;
}

bool Connection::is_cut(std::int64_t id) const {
  const Impl::Stream* stream = impl_->find(id);
  return !stream || stream->cut || impl_->is_over;
}

void Connection::end(std::int64_t id) {
  Impl::Stream* stream = impl_->find(id);
  if (!stream || impl_->is_over) return;
  stream->to_end = true;
  impl_->want_to_send(id, *stream);
}

void Connection::release(std::int64_t id) {
  Impl::Stream* stream = impl_->find(id);
  if (!stream || stream->released) return;
  stream->released = true;
  if (impl_->is_over) return;
  end(id);
  ngtcp2_conn_extend_max_offset(impl_->connection, stream->received.size() - stream->read);
  std::string().swap(stream->received);
  stream->read = 0;
  if (!stream->closed && !stream->received_end)
    ngtcp2_conn_shutdown_stream_read(impl_->connection, id, kAbandoned);
  impl_->erase_if_done(id, *stream);
}

}  // namespace geode::quic
