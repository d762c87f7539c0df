#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>

#include "quic/address.hpp"
#include "quic/connection.hpp"

namespace geode::quic {

/// A socket for datagrams that neither waits nor raises signals. Its functions throw
/// std::system_error where one cannot be made.
class UdpSocket : public DatagramSink {
 public:
  /// Of a server: knows to which of this machine's addresses each datagram came, and answers from
  /// it.
  static std::unique_ptr<UdpSocket> bind(const Address& address);
  /// Of a client: hears `server` alone.
  static std::unique_ptr<UdpSocket> connect(const Address& server);
  ~UdpSocket() override;
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  int descriptor() const { return socket_; }
  const Address& local() const { return local_; }

  using Take = std::function<void(const Path&, Bytes)>;
  /// Gives what has come to `take`, up to a batch. False when there was nothing.
  bool receive(const Take& take);
  /// Whether the machine of the server said that nobody listens there.
  bool is_refused() const { return is_refused_; }

  bool send(const Path& path, Bytes datagrams, std::size_t segment) override;

 private:
  static constexpr std::size_t kBatch = 64, kMostBytes = 2048, kControl = 64;
  struct Batch;

  explicit UdpSocket(int family);
  void find_local();
  bool send_once(const Path& path, Bytes datagrams, std::size_t segment);

  int socket_;
  Address local_, server_;  // server_: of a client
  bool cuts_ = false;       // the kernel cuts what is sent into datagrams
  bool is_refused_ = false;
  std::unique_ptr<Batch> batch_;
};

}  // namespace geode::quic
