#include "server.hpp"

#include <algorithm>
#include <deque>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <unordered_set>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/certificate.hpp"
#include "net/connection.hpp"
#include "net/http_connection.hpp"
#include "net/quic_listener.hpp"
#include "net/tls_context.hpp"

namespace geode::server {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Local = asio::local::stream_protocol;
using Clock = std::chrono::steady_clock;

/// Connections beyond the limit that are told so; more are closed without a word.
constexpr std::size_t kRefusedAtOnce = 64;
/// Younger handshakes may be about to end.
constexpr std::chrono::seconds kGivesWayAfter{1};
constexpr std::chrono::milliseconds kLongestTick{1'000}, kTickOfStop{5}, kAcceptPause{100};
/// Ports that are tried until one is free for TCP and for UDP.
constexpr int kTriesOfPort = 16;

/// Often enough that limits are kept to a quarter.
std::chrono::milliseconds tick_of(const ServerOptions& options, const ServerLimits& limits) {
  std::chrono::milliseconds tick = kLongestTick;
  for (const auto limit : {options.handshake_timeout, limits.idle_timeout,
                           limits.transaction_idle_timeout, limits.transaction_timeout})
    if (limit.count() > 0) tick = std::min(tick, limit / 4);
  return std::max(tick, kTickOfStop);
}

std::size_t worker_count(const ServerOptions& options) {
  if (options.worker_threads > 0) return options.worker_threads;
  return 4 * std::max(1u, std::thread::hardware_concurrency());
}

template <class ErrorCode>
[[noreturn]] void cannot_listen(const std::string& where, const ErrorCode& error) {
  throw Error(status::kCannotOpen, "cannot listen on " + where + ": " + error.message())
      .hint("choose another address, or see who uses it: ss -tulnp");
}

std::shared_ptr<const quic::Credentials> make_credentials(const ServerOptions& options) {
  const CertificateFiles files = certificate_files(options);
  return quic::Credentials::of_server(files.certificate, files.key, options.client_ca_file,
                                      options.client_crl_file, options.require_client_certificate);
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions given, Database database)
      : options(std::move(given)),
        workers(worker_count(options)),
        conversations{options, std::move(database),       workers, loop, SharedLimits(options),
                      {},      [this] { return stats(); }},
        host{io,
             conversations,
             options,
             refused,
             queued_bytes,
             [this](LogLevel level, const std::string& line) {
               if (options.log) options.log(level, line);
             },
             [this](const std::shared_ptr<ServedConnection>& connection) { drop(connection); }},
        quic_host{
            io,
            options,
            host.log,
            [this] { return conversations.limits.get(); },
            [this](std::unique_ptr<Channel> channel) { admit<Connection>(std::move(channel)); },
            refused,
            nullptr,
            {}},
        timer(io),
        accept_pause(io) {}

  tcp::endpoint resolve(const Endpoint& address) {
    error_code error;
    tcp::resolver resolver(io);
    const auto found =
        resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive, error);
    if (error) cannot_listen(endpoint_text(address), error);
    return found.begin()->endpoint();
  }

  tcp::acceptor listen_at(const tcp::endpoint& endpoint, const std::string& where) {
    error_code error;
    tcp::acceptor acceptor(io);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) cannot_listen(where, error);
    return acceptor;
  }

  void listen(const Endpoint& address) {
    const std::string where = endpoint_text(address);
    const tcp::endpoint endpoint = resolve(address);
    for (int tries_left = address.port == 0 ? kTriesOfPort : 1;; --tries_left) {
      tcp::acceptor acceptor = listen_at(endpoint, where);
      try {
        if (options.quic) {
          quic_listeners.push_back(std::make_unique<QuicListener>(
              quic_host,
              asio::ip::udp::endpoint(endpoint.address(), acceptor.local_endpoint().port())));
        }
      } catch (const std::system_error& udp_error) {
        // Another program may have the UDP port whose TCP port is free.
        if (tries_left > 1) continue;
        cannot_listen(where + " with UDP", udp_error.code());
      }
      acceptors.push_back(std::move(acceptor));
      return;
    }
  }

  void listen_locally(const std::string& path) {
    error_code error;
    if (path.size() >= sizeof(sockaddr_un::sun_path))
      cannot_listen(path, asio::error::make_error_code(asio::error::name_too_long));
    struct stat info {};
    // One that nobody listens on was left by a server that was killed.
    if (::lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode)) {
      Local::socket probe(io);
      probe.connect(Local::endpoint(path), error);
      if (error == asio::error::connection_refused) ::unlink(path.c_str());
    }
    Local::acceptor acceptor(io);
    acceptor.open(Local(), error);
    if (!error) acceptor.bind(Local::endpoint(path), error);
    // Nobody can connect before listen().
    if (!error && ::chmod(path.c_str(), 0600) != 0)
      error = error_code(errno, boost::system::system_category());
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) cannot_listen(path, error);
    local.emplace(std::move(acceptor));
  }

  /// `admit_socket` takes the sockets of clients.
  template <class Acceptor, class AdmitSocket>
  void accept(Acceptor& acceptor, AdmitSocket admit_socket) {
    acceptor.async_accept([this, &acceptor, admit_socket](error_code error, auto socket) {
      if (!acceptor.is_open()) return;
      if (error) {
        // Out of descriptors, most of all: it would come again at once.
        host.log(LogLevel::kWarn, "a connection could not be taken: " + error.message());
        accept_pause.expires_after(kAcceptPause);
        accept_pause.async_wait([this, &acceptor, admit_socket](error_code) {
          // Another acceptor's pause cancels this one, which then just ends sooner.
          if (acceptor.is_open()) accept(acceptor, admit_socket);
        });
        return;
      }
      admit_socket(std::move(socket));
      accept(acceptor, admit_socket);
    });
  }

  /// `Kind`: Connection or HttpConnection.
  template <class Kind>
  void admit(std::unique_ptr<Channel> channel) {
    ++accepted;
    std::optional<Error> refusal;
    const std::size_t most = conversations.limits.get().max_connections;
    if (!has_room(most)) {
      if (open >= most + kRefusedAtOnce) {
        ++refused;
        return channel->close();
      }
      refusal = Error(protocol::kRefused, "the connection is refused: " + std::to_string(most) +
                                              " are open, which is the limit")
                    .hint("close some, or raise max_connections");
    }
    auto connection = std::make_shared<Kind>(host, std::move(channel), std::move(refusal));
    connections.insert(connection);
    shaking_hands.emplace_back(Clock::now(), connection);
    ++open;
    connection->start();
  }

  /// The oldest that is still at its handshake gives way when there is none: who leaves handshakes
  /// half done would keep others out until their time is over.
  bool has_room(std::size_t most) {
    const Clock::time_point now = Clock::now();
    while (!shaking_hands.empty()) {
      const auto& [begin, weak] = shaking_hands.front();
      const std::shared_ptr<ServedConnection> oldest = weak.lock();
      if (oldest && !oldest->greeted()) {
        if (open < most || now - begin < kGivesWayAfter) break;
        oldest->close();
      }
      shaking_hands.pop_front();
    }
    return open < most;
  }

  void tick() {
    const Clock::time_point now = Clock::now();
    ticking = true;
    for (const auto& connection : connections) {
      connection->tick(now);
      if (stopping && (now >= stop_at || connection->at_rest())) connection->close();
    }
    ticking = false;
    std::erase_if(connections, [](const auto& connection) { return connection->gone(); });
    for (const auto& listener : quic_listeners) listener->tick(now);
    if (stopping && connections.empty()) {
      for (const auto& listener : quic_listeners) listener->close();
      return guard.reset();
    }
    timer.expires_after(stopping ? kTickOfStop : tick_of(options, conversations.limits.get()));
    timer.async_wait([this](error_code error) {
      if (!error) tick();
    });
  }

  /// Those whose statements still run are dropped by a later tick.
  void drop(const std::shared_ptr<ServedConnection>& connection) {
    --open;
    if (!ticking && connection->gone()) connections.erase(connection);
  }

  void close_acceptors() {
    accepts = false;
    error_code ignored;
    for (const auto& listener : quic_listeners) listener->drain();
    for (tcp::acceptor& acceptor : acceptors) acceptor.close(ignored);
    for (tcp::acceptor& acceptor : http_acceptors) acceptor.close(ignored);
    if (local && local->is_open()) {
      local->close(ignored);
      ::unlink(options.unix_socket.c_str());
    }
    accept_pause.cancel();
  }

  /// Runs `job` on the thread of input and output, and waits for it.
  template <class Job>
  void on_thread(Job job) {
    if (!loop.running()) return;
    std::promise<void> done;
    asio::post(io, [&] {
      job();
      done.set_value();
    });
    done.get_future().wait();
  }

  ServerStats stats() const {
    ServerStats stats;
    stats.uptime = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
    stats.accepts = accepts;
    stats.open_connections = open;
    stats.accepted_connections = accepted;
    stats.refused_connections = refused;
    stats.queued_bytes = queued_bytes;
    stats.active_statements = conversations.totals.active_statements;
    stats.active_transactions = conversations.totals.active_transactions;
    stats.statements = conversations.totals.statements;
    stats.failed_statements = conversations.totals.failed_statements;
    return stats;
  }

  const Clock::time_point begin = Clock::now();
  std::atomic<bool> accepts{false};
  IoLoop loop;
  asio::io_context& io = loop.context();
  const ServerOptions options;
  std::atomic<std::uint64_t> open{0}, accepted{0}, refused{0}, queued_bytes{0};
  WorkerPool workers;
  ConversationHost conversations;
  ConnectionHost host;
  QuicHost quic_host;
  std::shared_ptr<asio::ssl::context> tls, http_tls;
  std::vector<std::unique_ptr<QuicListener>> quic_listeners;
  std::vector<tcp::acceptor> acceptors, http_acceptors;
  std::optional<Local::acceptor> local;
  std::uint16_t first_port = 0, first_http_port = 0;
  std::unordered_set<std::shared_ptr<ServedConnection>> connections;
  /// Those that were at their handshake when they were last looked at, the oldest first.
  std::deque<std::pair<Clock::time_point, std::weak_ptr<ServedConnection>>> shaking_hands;
  asio::steady_timer timer, accept_pause;
  asio::executor_work_guard<asio::io_context::executor_type> guard = asio::make_work_guard(io);
  bool stopping = false, ticking = false;
  Clock::time_point stop_at;
  std::mutex stop_mutex;
};

Server::Server(ServerOptions options, Database database)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(database))) {}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

void Server::start() {
  Impl& impl = *impl_;
  if (!impl.options.listen.empty()) {
    impl.tls = make_tls_context(impl.options);
    if (impl.options.quic) {
      impl.quic_host.credentials = make_credentials(impl.options);
      impl.quic_host.secrets = quic::make_secrets(text_of(certificate_files(impl.options).key));
    }
  }
  if (!impl.options.http_query.empty())
    impl.http_tls = make_tls_context(impl.options, Application::kHttp);
  for (const Endpoint& address : impl.options.listen) impl.listen(address);
  for (const Endpoint& address : impl.options.http_query)
    impl.http_acceptors.push_back(impl.listen_at(impl.resolve(address), endpoint_text(address)));
  if (!impl.options.unix_socket.empty()) impl.listen_locally(impl.options.unix_socket);
  if (!impl.acceptors.empty()) impl.first_port = impl.acceptors.front().local_endpoint().port();
  if (!impl.http_acceptors.empty())
    impl.first_http_port = impl.http_acceptors.front().local_endpoint().port();
  for (tcp::acceptor& acceptor : impl.acceptors) {
    impl.accept(acceptor, [&impl](tcp::socket socket) {
      impl.admit<Connection>(make_tls_channel(std::move(socket), impl.tls));
    });
  }
  for (tcp::acceptor& acceptor : impl.http_acceptors) {
    impl.accept(acceptor, [&impl](tcp::socket socket) {
      impl.admit<HttpConnection>(
          make_tls_channel(std::move(socket), impl.http_tls, Application::kHttp));
    });
  }
  for (const auto& listener : impl.quic_listeners) listener->start();
  if (impl.local) {
    impl.accept(*impl.local, [&impl](Local::socket socket) {
      impl.admit<Connection>(make_local_channel(std::move(socket)));
    });
  }
  impl.tick();
  impl.accepts = true;
  impl.loop.start();
}

bool Server::responds(std::chrono::milliseconds limit) const {
  auto done = std::make_shared<std::promise<void>>();
  asio::post(impl_->io, [done] { done->set_value(); });
  return done->get_future().wait_for(limit) == std::future_status::ready;
}

std::uint16_t Server::port() const { return impl_->first_port; }
std::uint16_t Server::http_port() const { return impl_->first_http_port; }

void Server::drain() {
  const std::lock_guard lock(impl_->stop_mutex);
  impl_->on_thread([&] { impl_->close_acceptors(); });
}

void Server::stop(std::chrono::milliseconds grace) {
  const std::lock_guard lock(impl_->stop_mutex);
  if (!impl_->loop.running()) return;
  impl_->on_thread([&] {
    impl_->close_acceptors();
    impl_->stopping = true;
    for (const auto& connection : impl_->connections) connection->begin_stop();
    impl_->stop_at = Clock::now() + grace;
    impl_->timer.cancel();
    impl_->tick();
  });
  impl_->loop.join();
}

ServerStats Server::stats() const { return impl_->stats(); }

std::vector<ConnectionInfo> Server::connections() const {
  std::vector<ConnectionInfo> infos;
  impl_->on_thread([&] {
    for (const auto& connection : impl_->connections)
      if (auto info = connection->info()) infos.push_back(std::move(*info));
  });
  std::sort(infos.begin(), infos.end(),
            [](const ConnectionInfo& a, const ConnectionInfo& b) { return a.since < b.since; });
  return infos;
}

std::size_t Server::max_connections() const {
  return impl_->conversations.limits.get().max_connections;
}

void Server::set_limits(const ServerLimits& limits) {
  impl_->conversations.limits.set(limits);
  // The next tick may have to come sooner. It is not waited for: a statement that a stop waits for
  // may be who sets them.
  asio::post(impl_->io, [impl = impl_.get()] {
    impl->timer.cancel();
    impl->tick();
  });
}

void Server::reload_certificates() {
  const ServerOptions& options = impl_->options;
  std::shared_ptr<asio::ssl::context> tls, http_tls;
  std::shared_ptr<const quic::Credentials> credentials;
  if (!options.listen.empty()) tls = make_tls_context(options);
  if (!options.listen.empty() && options.quic) credentials = make_credentials(options);
  if (!options.http_query.empty()) http_tls = make_tls_context(options, Application::kHttp);
  const std::lock_guard lock(impl_->stop_mutex);
  impl_->on_thread([&] {
    impl_->tls = std::move(tls);
    impl_->http_tls = std::move(http_tls);
    impl_->quic_host.credentials = std::move(credentials);
  });
}

}  // namespace geode::server
