#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quic/address.hpp"
#include "quic/credentials.hpp"

namespace geode::quic {

struct Initial;

using Bytes = std::span<const std::uint8_t>;
/// A connection's name in packets.
using ConnectionId = std::string;
/// Nanoseconds of CLOCK_MONOTONIC.
using Time = std::uint64_t;
constexpr Time kNever = UINT64_MAX;
Time now();

/// Where the datagrams of a connection go.
class DatagramSink {
 public:
  virtual ~DatagramSink() = default;
  /// Sends datagrams of `segment` bytes each, the last of which may be shorter. False when none of
  /// them can be sent at present.
  virtual bool send(const Path& path, Bytes datagrams, std::size_t segment) = 0;
};

struct ConnectionOptions {
  std::shared_ptr<const Credentials> credentials;
  std::chrono::nanoseconds handshake_timeout{std::chrono::seconds(10)};
  /// Bytes of a stream, and of all of them, that the other side may send ahead of read().
  std::uint64_t stream_window = 256 << 10, connection_window = 1 << 20;
  /// Streams that the other side may have open.
  std::uint64_t streams = 0;
};

/// One QUIC connection and its streams, without sockets and timers: the owner brings datagrams and
/// time to it, and carries away what flush() makes. Bidirectional streams only. One thread at a
/// time; nothing is called back but the sink of flush().
///
/// After receive(), expire(), read(), write(), end() and release() the owner calls flush(), and
/// expire() at expiry(). Where receive(), expire() or flush() give false, the connection is over:
/// close() is to be sent, streams can still be read.
class Connection {
 public:
  /// A stream takes bytes until so many are not acknowledged.
  static constexpr std::size_t kUnacknowledged = std::size_t{1} << 20;

  /// The server's side of what began with `initial`. `original`: the first name that the client
  /// gave to the server, where a Retry came between. Throws Error.
  static std::unique_ptr<Connection> accept(const ConnectionOptions& options, const Path& path,
                                            const Initial& initial,
                                            const std::optional<ConnectionId>& original,
                                            const std::string& reset_secret);
  /// The client's side; the certificate of the server has to be for `server_name`. Throws Error.
  static std::unique_ptr<Connection> connect(const ConnectionOptions& options, const Path& path,
                                             const std::string& server_name);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool receive(const Path& path, Bytes datagram, Time time);
  bool expire(Time time);
  Time expiry() const;
  bool flush(DatagramSink& sink, Time time);
  /// Whether the sink took what flush() had.
  bool blocked() const;
  /// The last datagram; empty when the other side expects none. `why`: for its eyes.
  std::vector<std::uint8_t> close(std::string_view why);
  /// Of the packets that come after it.
  Path path() const;
  /// Time after which packets of a connection that is over come no more.
  std::chrono::nanoseconds linger() const;

  bool over() const;
  /// Why it is over; empty when the other side closed it, or fell silent before the handshake.
  const std::string& failure() const;
  /// Whether it is over because of the other side's certificate, and why.
  const std::string& distrust() const;
  /// The handshake is done, and each side knows that the other one thinks so.
  bool confirmed() const;
  /// Whether the other side has shown a certificate that was verified.
  bool peer_is_verified() const;
  /// The common name of that certificate; empty when it has none.
  const std::string& peer_name() const;

  /// Names that packets for this connection bear from now on, and those that they do not any more.
  std::vector<ConnectionId> take_new_ids();
  std::vector<ConnectionId> take_old_ids();

  /// Nothing when the other side allows no more.
  std::optional<std::int64_t> open_stream();
  /// Streams that the other side opened.
  std::vector<std::int64_t> take_opened();
  /// Streams of which more can be read or written than before.
  std::vector<std::int64_t> take_ready();
  std::size_t read(std::int64_t stream, std::span<char> to);
  /// Nothing more can be read: all was, or the other side broke off.
  bool at_end(std::int64_t stream) const;
  /// How many of the bytes it took.
  std::size_t write(std::int64_t stream, std::string_view bytes);
  /// Whether the other side reads no more.
  bool is_cut(std::int64_t stream) const;
  void end(std::int64_t stream);
  /// The owner has no more to do with it: what was written is sent, the rest is not read.
  void release(std::int64_t stream);
  /// Whether all that was written has arrived.
  bool all_acknowledged() const;
  /// The other side may open no more streams.
  void refuse_streams();

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace geode::quic
