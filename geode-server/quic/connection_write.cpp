#include <algorithm>
#include <array>

#include "quic/connection_impl.hpp"
#include "quic/paths.hpp"

namespace geode::quic {

namespace {

/// What the kernel takes at once to be cut into datagrams.
constexpr std::size_t kMostBurst = 65'000, kMostSegments = 44;

}  // namespace

void Connection::Impl::want_to_send(std::int64_t id, Stream& stream) {
  const bool has = !stream.queue.unsent().empty() || (stream.to_end && !stream.ended);
  if (!has || stream.blocked || stream.cut || std::exchange(stream.waits_to_send, true)) return;
  sending.push_back(id);
}

Connection::Impl::Stream* Connection::Impl::next_to_send(std::int64_t& id) {
  while (!sending.empty()) {
    id = sending.front();
    Stream* stream = find(id);
    if (stream && !stream->blocked && !stream->cut) return stream;
    if (stream) stream->waits_to_send = false;
    sending.pop_front();
  }
  return nullptr;
}

bool Connection::Impl::pass_on(DatagramSink& sink, const Path& path, Bytes datagrams,
                               std::size_t segment) {
  if (datagrams.empty() || sink.send(path, datagrams, segment)) return true;
  unsent.assign(datagrams.begin(), datagrams.end());
  unsent_segment = segment;
  unsent_path = path;
  return false;
}

bool Connection::Impl::write_packets(DatagramSink& sink, Time time) {
  if (!unsent.empty()) {
    if (!sink.send(unsent_path, unsent, unsent_segment)) return true;
    std::vector<std::uint8_t>().swap(unsent);
  }
  std::array<std::uint8_t, kMostBurst> burst;
  const std::size_t most = ngtcp2_conn_get_max_tx_udp_payload_size(connection);
  const std::size_t usual = ngtcp2_conn_get_path_max_tx_udp_payload_size(connection);
  const std::size_t packets = std::clamp<std::size_t>(
      std::min(ngtcp2_conn_get_send_quantum(connection), kMostBurst) / most, 1, kMostSegments);
  std::size_t used = 0, segment = 0, count = 0;
  Path path;
  bool connection_blocked = false;
  while (true) {
    ngtcp2_path_storage storage;
    ngtcp2_path_storage_zero(&storage);
    ngtcp2_pkt_info info{};  // congestion that routers tell of is not looked at
    std::int64_t id = -1;
    Stream* stream = connection_blocked ? nullptr : next_to_send(id);
    ngtcp2_vec piece{};
    std::uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_MORE;
    if (stream) {
      const std::string_view bytes = stream->queue.unsent();
      piece = {reinterpret_cast<std::uint8_t*>(const_cast<char*>(bytes.data())), bytes.size()};
      if (stream->to_end && stream->queue.unsent_is_last()) flags |= NGTCP2_WRITE_STREAM_FLAG_FIN;
    } else {
      id = -1;
    }
    ngtcp2_ssize taken = -1;
    const ngtcp2_ssize size =
        ngtcp2_conn_writev_stream(connection, &storage.path, &info, burst.data() + used, most,
                                  &taken, flags, id, &piece, stream ? 1 : 0, time);
    if (stream && taken >= 0) {
      const auto bytes = static_cast<std::size_t>(taken);
      if (bytes > 0) stream->queue.sent(bytes);
      if (bytes == piece.len && (flags & NGTCP2_WRITE_STREAM_FLAG_FIN)) stream->ended = true;
      // The next stream has its turn.
      sending.pop_front();
      stream->waits_to_send = false;
      want_to_send(id, *stream);
    }
    if (size == NGTCP2_ERR_WRITE_MORE) continue;
    if (size == NGTCP2_ERR_STREAM_DATA_BLOCKED) {
      if (ngtcp2_conn_get_max_data_left(connection) == 0) {
        connection_blocked = true;
      } else {
        stream->blocked = true;
      }
      continue;
    }
    if (size == NGTCP2_ERR_STREAM_SHUT_WR || size == NGTCP2_ERR_STREAM_NOT_FOUND) {
      // So it is told that the other side reads no more.
      stream->cut = true;
      note_ready(id);
      continue;
    }
    if (size < 0) return goes_on(static_cast<int>(size));
    if (size == 0) break;
    const auto length = static_cast<std::size_t>(size);
    const Path next{address_of(storage.path.local), address_of(storage.path.remote)};
    if (count == 0) {
      path = next;
      segment = length;
    } else {
      const ngtcp2_path before = path_of(path);
      if (!ngtcp2_path_eq(&before, &storage.path) || length > segment ||
          (segment > usual && length != segment)) {
        // One that does not go with those before it.
        if (pass_on(sink, path, Bytes(burst.data(), used), segment))
          pass_on(sink, next, Bytes(burst.data() + used, length), length);
        ngtcp2_conn_update_pkt_tx_time(connection, time);
        return true;
      }
    }
    used += length;
    if (++count == packets || length < segment) break;
  }
  pass_on(sink, path, Bytes(burst.data(), used), segment);
  ngtcp2_conn_update_pkt_tx_time(connection, time);
  return true;
}

}  // namespace geode::quic
