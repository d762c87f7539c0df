#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>

#include "auth/login.hpp"
#include "net/tls_context.hpp"

namespace geode::server {

/// Bytes to and from one client. One thread; handlers are called from its loop.
class Channel {
 public:
  using Handler = std::function<void(boost::system::error_code, std::size_t)>;

  virtual ~Channel() = default;
  virtual void handshake(std::function<void(boost::system::error_code)> done) = 0;
  virtual void read_some(boost::asio::mutable_buffer buffer, Handler done) = 0;
  virtual void write(boost::asio::const_buffer buffer, Handler done) = 0;
  /// No more is written; the client sees the end.
  virtual void end_writing() = 0;
  /// The same, in a way that the client can tell from a connection that broke (close_notify of
  /// TLS). The channel lives until `done` is called, which may be when the client has gone.
  virtual void say_goodbye(std::function<void(boost::system::error_code)> done) {
    end_writing();
    done({});
  }
  virtual void close() = 0;
  /// For messages: "127.0.0.1:50123".
  virtual std::string peer() const = 0;
  /// "tls", "quic", "unix", "https": what it goes over.
  virtual std::string_view transport() const = 0;
  /// Who is at the other end. After the handshake.
  virtual Peer identity() const = 0;
  /// Comes over a network, where users log in.
  virtual bool networked() const { return true; }
  /// Whether statements are allowed while there are no users; else `why` says what is missing.
  /// After the handshake.
  virtual bool allowed(std::string& why) const = 0;
};

/// Allowed where the client is on this machine, or has shown a certificate that was verified.
bool may_ask(const boost::asio::ip::address& client, bool has_certificate, std::string& why);

/// `context` is one for the application.
std::unique_ptr<Channel> make_tls_channel(boost::asio::ip::tcp::socket socket,
                                          std::shared_ptr<boost::asio::ssl::context> context,
                                          Application application = Application::kGeode);
/// A socket of the file system: of processes of this account and of root.
std::unique_ptr<Channel> make_local_channel(boost::asio::local::stream_protocol::socket socket);

}  // namespace geode::server
