#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>

#include "client/connect_options.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace geode::client {

class QuicStream;

/// Bytes to and from a server. One thread reads while others write. Errors are of class 08, but for
/// 57X02 where time ran out.
class Transport {
 public:
  /// Connected, and the server known, when it returns.
  explicit Transport(const ConnectOptions& options);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  void write(std::string_view bytes);
  /// At least one byte; zero when the server closed. A timeout of zero: none.
  std::size_t read(char* bytes, std::size_t size, std::chrono::milliseconds timeout);

 private:
  using Clock = std::chrono::steady_clock;
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const;
  };
  struct FreeSession {
    void operator()(ssl_st* session) const;
  };
  void connect(const ConnectOptions& options, Clock::time_point deadline);
  void secure(const ConnectOptions& options, Clock::time_point deadline);
  void wait(short events, Clock::time_point deadline);

  std::unique_ptr<QuicStream> quic_;  // all there is of a connection with QUIC
  int socket_ = -1;
  std::mutex tls_mutex_;  // a TLS session serves one thread at a time
  std::mutex write_mutex_;
  std::unique_ptr<ssl_ctx_st, FreeContext> context_;
  std::unique_ptr<ssl_st, FreeSession> tls_;  // null on a socket of the file system
};

}  // namespace geode::client
