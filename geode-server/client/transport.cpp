#include "client/transport.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <geode/error.hpp>
#include "client/quic_stream.hpp"
#include "client/resolve.hpp"
#include "protocol/framing.hpp"

namespace geode::client {

namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(status::kConnection, what); }

std::string tls_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason ? reason : "the server ended the connection";
}

bool is_address(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

// OpenSSL's own way to a socket writes as to a file: where the connection is gone, that raises
// SIGPIPE, which would end the program. This one sends without the signal.

int send_bytes(BIO* bio, const char* bytes, int size) {
  const auto socket = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::send(socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

int receive_bytes(BIO* bio, char* bytes, int size) {
  const auto socket = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::recv(socket, bytes, static_cast<std::size_t>(size), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(count);
}

long control_bytes(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return command == BIO_CTRL_FLUSH;  // nothing is held back
}

/// For the lifetime of the process.
const BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "geode socket");
    BIO_meth_set_write(made, send_bytes);
    BIO_meth_set_read(made, receive_bytes);
    BIO_meth_set_ctrl(made, control_bytes);
    return made;
  }();
  return method;
}

int non_blocking_socket(int family) {
  return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

}  // namespace

void Transport::FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void Transport::FreeSession::operator()(ssl_st* session) const { SSL_free(session); }

Transport::Transport(const ConnectOptions& options) {
  const auto deadline = options.connect_timeout.count() == 0
                            ? Clock::time_point::max()
                            : Clock::now() + options.connect_timeout;
  if (options.quic && options.unix_path.empty()) {
    quic_ = std::make_unique<QuicStream>(options, deadline);
    return;
  }
  try {
    connect(options, deadline);
    if (options.unix_path.empty()) secure(options, deadline);
  } catch (...) {
    if (socket_ >= 0) ::close(socket_);
    throw;
  }
}

Transport::~Transport() {
  if (tls_) SSL_shutdown(tls_.get());
  ERR_clear_error();
  if (socket_ >= 0) ::close(socket_);
}

void Transport::connect(const ConnectOptions& options, Clock::time_point deadline) {
  if (!options.unix_path.empty()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (options.unix_path.size() >= sizeof address.sun_path)
      fail("the path of the socket is too long: " + options.unix_path);
    std::copy(options.unix_path.begin(), options.unix_path.end(), address.sun_path);
    socket_ = non_blocking_socket(AF_UNIX);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      fail("cannot connect to " + options.unix_path + ": " + std::strerror(errno));
    return;
  }
  const std::string where = options.host + ":" + std::to_string(options.port);
  const Addresses addresses = resolve(options, SOCK_STREAM);
  int error = 0;
  for (const addrinfo* address = addresses.get(); address; address = address->ai_next) {
    socket_ = non_blocking_socket(address->ai_family);
    if (::connect(socket_, address->ai_addr, address->ai_addrlen) != 0) {
      error = errno;
      if (error == EINPROGRESS) {
        wait(POLLOUT, deadline);
        socklen_t size = sizeof error;
        ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
      }
    } else {
      error = 0;
    }
    if (error == 0) {
      const int on = 1;
      ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return;
    }
    ::close(std::exchange(socket_, -1));
  }
  fail("cannot connect to " + where + ": " + std::strerror(error));
}

void Transport::secure(const ConnectOptions& options, Clock::time_point deadline) {
  const auto require = [](bool holds, const std::string& what) {
    if (!holds) fail(what + ": " + tls_reason());
  };
  context_.reset(SSL_CTX_new(TLS_client_method()));
  require(context_ != nullptr, "TLS cannot be used");
  SSL_CTX* context = context_.get();
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  if (!options.insecure) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    const bool trusts =
        options.ca_file.empty()
            ? SSL_CTX_set_default_verify_paths(context) == 1
            : SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) == 1;
    require(trusts, "the certificates of " + options.ca_file + " cannot be read");
  }
  if (!options.certificate_file.empty()) {
    require(SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) == 1,
            "the certificate " + options.certificate_file + " cannot be used");
    require(SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) == 1,
            "the key " + options.key_file + " cannot be used");
  }
  tls_.reset(SSL_new(context));
  require(tls_ != nullptr, "TLS cannot be used");
  SSL* tls = tls_.get();
  std::string names(1, static_cast<char>(protocol::kApplicationProtocol.size()));
  names += protocol::kApplicationProtocol;
  SSL_set_alpn_protos(tls, reinterpret_cast<const unsigned char*>(names.data()),
                      static_cast<unsigned>(names.size()));
  const std::string& name = options.server_name.empty() ? options.host : options.server_name;
  if (is_address(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), name.c_str());
  } else {
    SSL_set_tlsext_host_name(tls, name.c_str());
    require(SSL_set1_host(tls, name.c_str()) == 1, "the name " + name + " cannot be verified");
  }
  BIO* bio = BIO_new(socket_method());
  require(bio != nullptr, "TLS cannot be used");
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket_)));
  BIO_set_init(bio, 1);
  SSL_set_bio(tls, bio, bio);
  while (true) {
    ERR_clear_error();
    const int result = SSL_connect(tls);
    if (result == 1) return;
    switch (SSL_get_error(tls, result)) {
      case SSL_ERROR_WANT_READ:
        wait(POLLIN, deadline);
        break;
      case SSL_ERROR_WANT_WRITE:
        wait(POLLOUT, deadline);
        break;
      default: {
        const long verified = SSL_get_verify_result(tls);
        const std::string where = options.host + ":" + std::to_string(options.port);
        if (!options.insecure && verified != X509_V_OK) {
          ERR_clear_error();
          throw Error(status::kConnection, "the certificate of " + where + " is not trusted: " +
                                               X509_verify_cert_error_string(verified))
              .hint("name the certificate that signed it with ca=FILE");
        }
        fail("no TLS connection with " + where + ": " + tls_reason());
      }
    }
  }
}

void Transport::wait(short events, Clock::time_point deadline) {
  while (true) {
    int timeout = -1;
    if (deadline != Clock::time_point::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000'000));
    }
    pollfd poll{socket_, events, 0};
    const int ready = ::poll(&poll, 1, timeout);
    if (ready > 0) return;
    if (ready == 0) throw Error(status::kTimeout, "the server did not answer in time");
    if (errno != EINTR) fail(std::string("poll: ") + std::strerror(errno));
  }
}

void Transport::write(std::string_view bytes) {
  if (quic_) return quic_->write(bytes);
  const std::lock_guard one_writer(write_mutex_);
  while (!bytes.empty()) {
    short events = POLLOUT;
    if (tls_) {
      const std::lock_guard lock(tls_mutex_);
      ERR_clear_error();
      std::size_t written = 0;
      if (SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &written) == 1) {
        bytes.remove_prefix(written);
        continue;
      }
      const int error = SSL_get_error(tls_.get(), 0);
      if (error == SSL_ERROR_WANT_READ) {
        events = POLLIN;
      } else if (error != SSL_ERROR_WANT_WRITE) {
        fail("the connection was lost: " + tls_reason());
      }
    } else {
      const ssize_t written = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (written >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(written));
        continue;
      }
      if (errno != EAGAIN && errno != EINTR)
        fail(std::string("the connection was lost: ") + std::strerror(errno));
    }
    wait(events, Clock::time_point::max());
  }
}

std::size_t Transport::read(char* bytes, std::size_t size, std::chrono::milliseconds timeout) {
  const auto deadline = timeout.count() == 0 ? Clock::time_point::max() : Clock::now() + timeout;
  if (quic_) return quic_->read(bytes, size, deadline);
  while (true) {
    short events = POLLIN;
    if (tls_) {
      const std::lock_guard lock(tls_mutex_);
      ERR_clear_error();
      std::size_t count = 0;
      if (SSL_read_ex(tls_.get(), bytes, size, &count) == 1) return count;
      const int error = SSL_get_error(tls_.get(), 0);
      if (error == SSL_ERROR_WANT_WRITE) {
        events = POLLOUT;
      } else if (error == SSL_ERROR_ZERO_RETURN ||
                 (error == SSL_ERROR_SSL &&
                  ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
        ERR_clear_error();
        return 0;
      } else if (error != SSL_ERROR_WANT_READ) {
        fail("the connection was lost: " + tls_reason());
      }
    } else {
      const ssize_t count = ::recv(socket_, bytes, size, 0);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EAGAIN && errno != EINTR)
        fail(std::string("the connection was lost: ") + std::strerror(errno));
    }
    wait(events, deadline);
  }
}

}  // namespace geode::client
