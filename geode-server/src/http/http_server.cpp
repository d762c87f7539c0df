#include "http/http_server.hpp"

#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <geode/error.hpp>

namespace geode::server {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

/// What all connections share; touched by the server's thread alone.
struct Shared {
  HttpServer::Handler handler;
  HttpLimits limits;
  std::size_t connections = 0;
};

/// One connection, kept alive by the operation that it waits for.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, Shared& shared) : stream_(std::move(socket)), shared_(shared) {
    ++shared_.connections;
  }
  ~Connection() { --shared_.connections; }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void read() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes));
    parser_->body_limit(0);
    stream_.expires_after(shared_.limits.time);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](beast::error_code error, std::size_t) { self->answer(error); });
  }

 private:
  void answer(beast::error_code error) {
    if (error == http::error::header_limit) {
      send({431, "text/plain", "the header of the request is too large\n"}, false);
    } else if (error == http::error::body_limit) {
      send({413, "text/plain", "a request has no body here\n"}, false);
    } else if (error &&
               error.category() == http::make_error_code(http::error::bad_version).category() &&
               error != http::error::end_of_stream && error != http::error::partial_message) {
      send({400, "text/plain", "no request of HTTP: " + error.message() + "\n"}, false);
    } else if (!error) {
      const http::verb verb = parser_->get().method();
      const bool known = verb == http::verb::get || verb == http::verb::head;
      send(known ? answer_to(parser_->get().target())
                 : HttpAnswer{405, "text/plain", "GET and HEAD are answered here\n"},
           known && parser_->get().keep_alive());
    }
    // Any other error: the peer has gone, or has sent nothing for too long.
  }

  HttpAnswer answer_to(std::string_view target) const {
    try {
      return shared_.handler(target.substr(0, target.find('?')));
    } catch (const std::exception& error) {
      return {500, "text/plain", std::string(error.what()) + "\n"};
    }
  }

  void send(HttpAnswer answer, bool keep_alive) {
    response_ = {};
    response_.result(answer.status);
    response_.version(11);
    response_.set(http::field::content_type, answer.content_type);
    response_.set(http::field::cache_control, "no-store");
    if (answer.status == 405) response_.set(http::field::allow, "GET, HEAD");
    response_.keep_alive(keep_alive);
    response_.content_length(answer.body.size());
    if (parser_->get().method() != http::verb::head) response_.body() = std::move(answer.body);
    stream_.expires_after(shared_.limits.time);
    http::async_write(
        stream_, response_,
        [self = shared_from_this(), keep_alive](beast::error_code error, std::size_t) {
          if (!error && keep_alive) {
            self->read();
          } else {
            self->stream_.socket().shutdown(tcp::socket::shutdown_send, error);
          }
        });
  }

  beast::tcp_stream stream_;
  Shared& shared_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

}  // namespace

struct HttpServer::State {
  State(Handler handler, const HttpLimits& limits)
      : shared{std::move(handler), limits}, acceptor(context), pause(context) {}

  void listen(const Endpoint& endpoint) {
    const auto check = [&](const boost::system::error_code& error) {
      if (!error) return;
      Error refusal(status::kCannotOpen,
                    "cannot listen on " + endpoint_text(endpoint) + ": " + error.message());
      if (error != asio::error::address_in_use) throw refusal;
      throw std::move(refusal).hint(
          "another process, a Prometheus perhaps, has the port: choose one with --metrics-listen");
    };
    boost::system::error_code error;
    tcp::resolver resolver(context);
    const auto found = resolver.resolve(endpoint.host, std::to_string(endpoint.port),
                                        tcp::resolver::passive, error);
    check(error);
    const tcp::endpoint address = found.begin()->endpoint();
    check(acceptor.open(address.protocol(), error));
    check(acceptor.set_option(tcp::acceptor::reuse_address(true), error));
    check(acceptor.bind(address, error));
    check(acceptor.listen(asio::socket_base::max_listen_connections, error));
  }

  void accept() {
    acceptor.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error && shared.connections < shared.limits.connections) {
        std::make_shared<Connection>(std::move(socket), shared)->read();
      }
      if (!error) return accept();
      // Without file descriptors to spare, accepting fails again at once.
      pause.expires_after(std::chrono::milliseconds(100));
      pause.async_wait([this](const boost::system::error_code& ended) {
        if (!ended) accept();
      });
    });
  }

  Shared shared;  // outlives the context, and with it the connections
  asio::io_context context{1};
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::uint16_t port = 0;
  std::thread thread;
};

HttpServer::HttpServer(const Endpoint& endpoint, Handler handler, const HttpLimits& limits)
    : state_(std::make_unique<State>(std::move(handler), limits)) {
  state_->listen(endpoint);
  state_->port = state_->acceptor.local_endpoint().port();
  state_->accept();
  state_->thread = std::thread([state = state_.get()] { state->context.run(); });
}

HttpServer::~HttpServer() {
  state_->context.stop();
  state_->thread.join();
}

std::uint16_t HttpServer::port() const { return state_->port; }

}  // namespace geode::server
