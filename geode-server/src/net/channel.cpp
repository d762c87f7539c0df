#include "net/channel.hpp"

#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace geode::server {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

bool is_loopback(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  return address.is_loopback();
}

/// Whole, as a part of it may be the name of another. Empty when there is none.
std::string common_name(const X509& certificate) {
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (place < 0) return {};
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return name;
}

class TlsChannel : public Channel {
 public:
  TlsChannel(tcp::socket socket, std::shared_ptr<asio::ssl::context> context,
             Application application)
      : context_(std::move(context)),
        stream_(std::move(socket), *context_),
        application_(application) {
    error_code ignored;
    stream_.next_layer().set_option(tcp::no_delay(true), ignored);
    peer_ = stream_.next_layer().remote_endpoint(ignored);
  }

  void handshake(std::function<void(error_code)> done) override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [this, done = std::move(done)](error_code error) {
                              const unsigned char* name = nullptr;
                              unsigned int length = 0;
                              SSL_get0_alpn_selected(stream_.native_handle(), &name, &length);
                              if (!error && length == 0 && application_ == Application::kGeode)
                                error = asio::error::no_protocol_option;
                              done(error);
                            });
  }
  void read_some(asio::mutable_buffer buffer, Handler done) override {
    stream_.async_read_some(buffer, std::move(done));
  }
  void write(asio::const_buffer buffer, Handler done) override {
    asio::async_write(stream_, buffer, std::move(done));
  }
  void end_writing() override {
    error_code ignored;
    stream_.next_layer().shutdown(tcp::socket::shutdown_send, ignored);
  }
  void say_goodbye(std::function<void(error_code)> done) override {
    stream_.async_shutdown(std::move(done));
  }
  void close() override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }
  std::string_view transport() const override {
    return application_ == Application::kHttp ? "https" : "tls";
  }
  std::string peer() const override {
    return peer_.address().to_string() + ":" + std::to_string(peer_.port());
  }
  Peer identity() const override {
    Peer out{peer_.address().to_string(), {}, std::string(transport())};
    if (const X509* certificate = verified_certificate())
      out.certificate_name = common_name(*certificate);
    return out;
  }
  bool allowed(std::string& why) const override {
    return may_ask(peer_.address(), verified_certificate() != nullptr, why);
  }

 private:
  const X509* verified_certificate() const {
    auto* tls = const_cast<asio::ssl::stream<tcp::socket>&>(stream_).native_handle();
    return SSL_get_verify_result(tls) == X509_V_OK ? SSL_get0_peer_certificate(tls) : nullptr;
  }

  std::shared_ptr<asio::ssl::context> context_;
  asio::ssl::stream<tcp::socket> stream_;
  const Application application_;
  tcp::endpoint peer_;
};

class LocalChannel : public Channel {
 public:
  using Socket = asio::local::stream_protocol::socket;
  explicit LocalChannel(Socket socket) : socket_(std::move(socket)) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    known_ =
        ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0;
    user_ = credentials.uid;
  }

  void handshake(std::function<void(error_code)> done) override { done({}); }
  void read_some(asio::mutable_buffer buffer, Handler done) override {
    socket_.async_read_some(buffer, std::move(done));
  }
  void write(asio::const_buffer buffer, Handler done) override {
    asio::async_write(socket_, buffer, std::move(done));
  }
  void end_writing() override {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }
  std::string_view transport() const override { return "unix"; }
  std::string peer() const override { return "user " + std::to_string(user_); }
  Peer identity() const override { return {"local", {}, std::string(transport())}; }
  bool networked() const override { return false; }
  bool allowed(std::string& why) const override {
    if (known_ && (user_ == ::geteuid() || user_ == 0)) return true;
    why = "the socket is for the account of the server, and for root";
    return false;
  }

 private:
  Socket socket_;
  bool known_ = false;
  uid_t user_ = 0;
};

}  // namespace

bool may_ask(const asio::ip::address& client, bool has_certificate, std::string& why) {
  if (has_certificate || is_loopback(client)) return true;
  why =
      "there are no users yet, and without them connections from other machines need a "
      "certificate that the server's client CA signed; on the server's machine, "
      "CREATE USER name WITH PASSWORD '..' ROLE administrator makes the first one";
  return false;
}

std::unique_ptr<Channel> make_tls_channel(tcp::socket socket,
                                          std::shared_ptr<asio::ssl::context> context,
                                          Application application) {
  return std::make_unique<TlsChannel>(std::move(socket), std::move(context), application);
}

std::unique_ptr<Channel> make_local_channel(asio::local::stream_protocol::socket socket) {
  return std::make_unique<LocalChannel>(std::move(socket));
}

}  // namespace geode::server
