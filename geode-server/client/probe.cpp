#include "client/probe.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <geode/error.hpp>

namespace geode::client {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

/// One request and its answer, each step begun by the one before.
class Probe {
 public:
  Probe(asio::io_context& io, const std::string& host, const std::string& path)
      : stream_(io), request_(http::verb::get, path, 11) {
    request_.set(http::field::host, host);
    request_.set(http::field::connection, "close");
  }

  void start(const asio::ip::tcp::resolver::results_type& places, std::chrono::milliseconds limit) {
    stream_.expires_after(limit);
    stream_.async_connect(places, [this](error_code error, const asio::ip::tcp::endpoint&) {
      if (failed(error)) return;
      http::async_write(stream_, request_, [this](error_code written, std::size_t) {
        if (failed(written)) return;
        http::async_read(stream_, buffer_, answer_,
                         [this](error_code read, std::size_t) { failed(read); });
      });
    });
  }

  const error_code& error() const { return error_; }
  ProbeAnswer answer() { return {answer_.result_int(), std::move(answer_.body())}; }

 private:
  bool failed(error_code error) {
    error_ = error;
    return static_cast<bool>(error);
  }

  beast::tcp_stream stream_;
  http::request<http::empty_body> request_;
  http::response<http::string_body> answer_;
  beast::flat_buffer buffer_;
  error_code error_;
};

}  // namespace

ProbeAnswer probe(const std::string& host, std::uint16_t port, const std::string& path,
                  std::chrono::milliseconds limit) {
  asio::io_context io{1};
  error_code error;
  const auto places = asio::ip::tcp::resolver(io).resolve(host, std::to_string(port), error);
  Probe probe(io, host, path);
  if (!error) {
    probe.start(places, limit);
    io.run();
    error = probe.error();
  }
  if (!error) return probe.answer();
  throw Error(status::kCannotOpen, "no answer from http://" + host + ":" + std::to_string(port) +
                                       path + ": " + error.message())
      .hint("is the server running? metrics.listen tells where its pages are");
}

}  // namespace geode::client
