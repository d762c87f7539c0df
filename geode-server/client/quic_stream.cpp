#include "client/quic_stream.hpp"

#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <mutex>
#include <new>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

#include <geode/error.hpp>
#include "client/resolve.hpp"
#include "quic/connection.hpp"
#include "quic/udp_socket.hpp"

namespace geode::client {

namespace {

using Clock = QuicStream::Clock;

/// Bytes that are read before the server is told that there is room again.
constexpr std::size_t kTellOfRoom = 64 << 10;
constexpr std::uint64_t kStreamWindow = 1 << 20, kConnectionWindow = 2 << 20;

[[noreturn]] void fail(const std::string& what) { throw Error(status::kConnection, what); }

}  // namespace

struct QuicStream::Impl {
  Impl(const ConnectOptions& options, Clock::time_point deadline)
      : where(options.host + ":" + std::to_string(options.port)),
        credentials(quic::Credentials::of_client(options.certificate_file, options.key_file,
                                                 options.ca_file, options.insecure)) {
    wake_up = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_up < 0) fail(std::string("eventfd: ") + std::strerror(errno));
    try {
      const std::string& name = options.server_name.empty() ? options.host : options.server_name;
      Addresses addresses = resolve(options, SOCK_DGRAM);
      std::string reason = "it has no address";
      for (const addrinfo* address = addresses.get(); address; address = address->ai_next) {
        if (begin(*address, name, deadline, reason)) return;
      }
      fail("no QUIC connection with " + where + ": " + reason);
    } catch (...) {
      ::close(wake_up);
      throw;
    }
  }

  ~Impl() {
    end_thread();
    const std::vector<std::uint8_t> last = connection->close("");
    if (!last.empty()) socket->send(connection->path(), last, last.size());
    ::close(wake_up);
  }

  /// Whether the server at `address` answered; else why not.
  bool begin(const addrinfo& address, const std::string& name, Clock::time_point deadline,
             std::string& reason) {
    quic::Address server;
    server.size = address.ai_addrlen;
    std::memcpy(server.get(), address.ai_addr, address.ai_addrlen);
    try {
      socket = quic::UdpSocket::connect(server);
    } catch (const std::system_error& error) {
      reason = error.code().message();
      return false;
    }
    quic::ConnectionOptions options;
    options.credentials = credentials;
    options.stream_window = kStreamWindow;
    options.connection_window = kConnectionWindow;
    options.handshake_timeout = std::chrono::nanoseconds(0);
    const quic::Path path{socket->local(), server};
    connection = quic::Connection::connect(options, path, name);
    is_ending = false;
    flush();
    thread = std::thread([this] { run(); });
    std::unique_lock lock(mutex);
    const auto settled = [&] { return connection->confirmed() || is_lost(); };
    const bool in_time = wait(lock, deadline, settled);
    if (in_time && !is_lost()) {
      if (const auto opened = connection->open_stream()) {
        stream = *opened;
        return true;
      }
      reason = "the server takes no stream";
    }
    lock.unlock();
    end_thread();
    if (!in_time) throw Error(status::kTimeout, "the server did not answer in time");
    if (!connection->distrust().empty()) {
      throw Error(status::kConnection,
                  "the certificate of " + where + " is not trusted: " + connection->distrust())
          .hint("name the certificate that signed it with ca=FILE");
    }
    if (is_lost()) reason = why_lost();
    return false;
  }

  void end_thread() {
    {
      const std::lock_guard lock(mutex);
      is_ending = true;
    }
    wake();
    if (thread.joinable()) thread.join();
  }

  bool is_lost() const {
    return is_broken || connection->over() || (socket->is_refused() && !connection->confirmed());
  }
  std::string why_lost() const {
    if (is_broken) return "the memory of the client ran out";
    if (!connection->over() && socket->is_refused()) return std::strerror(ECONNREFUSED);
    if (!connection->failure().empty()) return connection->failure();
    return "the server ended the connection";
  }

  void wake() {
    const std::uint64_t one = 1;
    // It cannot be full but for what would wake as well.
    [[maybe_unused]] const ssize_t written = ::write(wake_up, &one, sizeof one);
  }

  /// Sends what there is to send, and has the thread look at the time again.
  void flush() {
    connection->flush(*socket, quic::now());
    // The thread sleeps for as long as it was told before.
    if (connection->blocked() || connection->expiry() < sleeps_until) wake();
  }

  template <class Condition>
  bool wait(std::unique_lock<std::mutex>& lock, Clock::time_point deadline, Condition holds) {
    if (deadline != Clock::time_point::max()) return changed.wait_until(lock, deadline, holds);
    changed.wait(lock, holds);
    return true;
  }

  void run() {
    std::unique_lock lock(mutex);
    try {
      work(lock);
    } catch (const std::bad_alloc&) {
      is_broken = true;
    }
    changed.notify_all();
  }

  void work(std::unique_lock<std::mutex>& lock) {
    while (!is_ending && !is_lost()) {
      const bool room_is_awaited = connection->blocked();
      const quic::Time until = room_is_awaited ? quic::kNever : connection->expiry();
      sleeps_until = until;
      lock.unlock();
      sleep(until, room_is_awaited);
      lock.lock();
      sleeps_until = 0;  // awake
      while (socket->receive([&](const quic::Path& path, quic::Bytes datagram) {
        connection->receive(path, datagram, quic::now());
      })) {
      }
      if (quic::now() >= connection->expiry()) connection->expire(quic::now());
      // As many bursts as the pace allows at present.
      do {
        if (!connection->flush(*socket, quic::now())) break;
      } while (!connection->blocked() && connection->expiry() <= quic::now() &&
               connection->expire(quic::now()));
      connection->take_ready();
      changed.notify_all();
    }
  }

  void sleep(quic::Time until, bool room_is_awaited) {
    pollfd polls[] = {
        {socket->descriptor(), static_cast<short>(room_is_awaited ? POLLIN | POLLOUT : POLLIN), 0},
        {wake_up, POLLIN, 0}};
    timespec left{};
    const timespec* timeout = nullptr;
    if (until != quic::kNever) {
      const quic::Time time = quic::now();
      const quic::Time nanoseconds = until > time ? until - time : 0;
      left.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000);
      left.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
      timeout = &left;
    }
    ::ppoll(polls, std::size(polls), timeout, nullptr);
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t taken = ::read(wake_up, &count, sizeof count);
  }

  const std::string where;
  const std::shared_ptr<const quic::Credentials> credentials;
  std::unique_ptr<quic::UdpSocket> socket;
  std::unique_ptr<quic::Connection> connection;
  std::int64_t stream = -1;
  int wake_up = -1;

  std::mutex mutex;
  std::condition_variable changed;  // something was received, or all is over
  std::thread thread;
  quic::Time sleeps_until = 0;
  bool is_ending = false, is_broken = false;
  std::size_t unreported = 0;  // bytes read since the server was told of room
};

QuicStream::QuicStream(const ConnectOptions& options, Clock::time_point deadline)
    : impl_(std::make_unique<Impl>(options, deadline)) {}

QuicStream::~QuicStream() = default;

void QuicStream::write(std::string_view bytes) {
  Impl& self = *impl_;
  std::unique_lock lock(self.mutex);
  while (true) {
    if (self.is_lost() || self.connection->is_cut(self.stream))
      fail("the connection was lost: " + self.why_lost());
    const std::size_t count = self.connection->write(self.stream, bytes);
    bytes.remove_prefix(count);
    if (count > 0) self.flush();
    if (bytes.empty()) return;
    if (count == 0) self.changed.wait(lock);
  }
}

std::size_t QuicStream::read(char* bytes, std::size_t size, Clock::time_point deadline) {
  Impl& self = *impl_;
  std::unique_lock lock(self.mutex);
  std::size_t count = 0;
  const bool in_time = self.wait(lock, deadline, [&] {
    count = self.connection->read(self.stream, {bytes, size});
    return count > 0 || self.connection->at_end(self.stream) || self.is_lost();
  });
  if (!in_time) throw Error(status::kTimeout, "the server did not answer in time");
  self.unreported += count;
  if (self.unreported >= kTellOfRoom) {
    self.unreported = 0;
    self.flush();
  }
  if (count == 0 && !self.connection->failure().empty())
    fail("the connection was lost: " + self.why_lost());
  return count;
}

}  // namespace geode::client
