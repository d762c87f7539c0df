#include "query_api/http_request.hpp"

#include <algorithm>
#include <cstdint>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "protocol/framing.hpp"

namespace geode::server {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

/// A body that takes memory for what came. Beast's own takes at once what the length claims.
struct GrowingBody {
  using value_type = std::string;

  class reader {
   public:
    template <bool kIsRequest, class Fields>
    reader(http::header<kIsRequest, Fields>&, std::string& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>&, beast::error_code& error) { error = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, beast::error_code& error) {
      std::size_t bytes = 0;
      for (const auto part : beast::buffers_range_ref(buffers)) {
        body_.append(static_cast<const char*>(part.data()), part.size());
        bytes += part.size();
      }
      error = {};
      return bytes;
    }
    void finish(beast::error_code& error) { error = {}; }

   private:
    std::string& body_;
  };
};

using Parser = http::request_parser<GrowingBody>;

[[noreturn]] void refuse(unsigned http_status, const std::string& message) {
  throw HttpProblem{http_status, Error(protocol::kProtocolViolation, message)};
}

/// Throws what a client is told of an error of the parser.
[[noreturn]] void refuse(const beast::error_code& error, std::size_t header_limit,
                         std::size_t body_limit) {
  if (error == http::error::header_limit) {
    refuse(431, "the header of a request is " + std::to_string(header_limit) + " bytes at most");
  }
  if (error == http::error::body_limit) {
    throw HttpProblem{
        413, Error(protocol::kProtocolViolation,
                   "the body of a request is " + std::to_string(body_limit) + " bytes at most")
                 .hint("server.http_query.max_body raises the limit")};
  }
  refuse(400, "not a request of HTTP/1.1: " + error.message());
}

std::string field(const Parser& parser, http::field name) {
  return std::string(parser.get()[name]);
}

}  // namespace

struct HttpRequestReader::State {
  State(std::size_t header, std::size_t body) : header_limit(header), body_limit(body) { renew(); }

  void renew() {
    parser.emplace();
    parser->eager(true);
    // next() holds to the limit: the parser does not where a header comes whole, and is a few bytes
    // off elsewhere.
    parser->header_limit(static_cast<std::uint32_t>(2 * header_limit));
    parser->body_limit(body_limit);
    expectation_seen = false;
    header_bytes = 0;
  }

  const std::size_t header_limit, body_limit;
  std::optional<Parser> parser;
  std::string waiting;
  std::size_t header_bytes = 0;  ///< that the parser has taken
  bool expectation_seen = false, expects = false;
};

HttpRequestReader::HttpRequestReader(std::size_t header_limit, std::size_t body_limit)
    : state_(std::make_unique<State>(header_limit, body_limit)) {}
HttpRequestReader::~HttpRequestReader() = default;

void HttpRequestReader::append(std::string_view bytes) { state_->waiting += bytes; }

std::optional<HttpRequest> HttpRequestReader::next() {
  State& state = *state_;
  std::size_t taken = 0;
  while (taken < state.waiting.size() && !state.parser->is_done()) {
    const bool in_header = !state.parser->is_header_done();
    const std::size_t room = state.header_limit - state.header_bytes;
    const std::size_t left = state.waiting.size() - taken;
    beast::error_code error;
    const std::size_t used = state.parser->put(
        boost::asio::buffer(state.waiting.data() + taken, in_header ? std::min(left, room) : left),
        error);
    taken += used;
    if (error && error != http::error::need_more)
      refuse(error, state.header_limit, state.body_limit);
    if (!state.parser->is_header_done()) {
      if (left >= room) refuse(http::error::header_limit, state.header_limit, state.body_limit);
      state.header_bytes += used;
    }
    if (error || used == 0) break;
  }
  state.waiting.erase(0, taken);
  if (state.waiting.empty()) std::string().swap(state.waiting);
  if (!state.parser->is_done()) {
    if (state.parser->is_header_done() && !std::exchange(state.expectation_seen, true)) {
      state.expects = beast::iequals(state.parser->get()[http::field::expect], "100-continue");
    }
    return std::nullopt;
  }
  const Parser& parser = *state.parser;
  if (parser.get().count(http::field::authorization) > 1)
    refuse(400, "a request has one Authorization field at most");
  HttpRequest request;
  request.method = std::string(parser.get().method_string());
  const std::string_view target = parser.get().target();
  request.path = std::string(target.substr(0, target.find('?')));
  request.content_type = field(parser, http::field::content_type);
  request.authorization = field(parser, http::field::authorization);
  request.user_agent = field(parser, http::field::user_agent);
  request.keep_alive = parser.keep_alive();
  request.takes_chunks = parser.get().version() >= 11;
  request.body = std::move(state.parser->get().body());
  state.expects = false;
  state.renew();
  return request;
}

bool HttpRequestReader::within_request() const {
  return !state_->waiting.empty() || state_->parser->got_some();
}

bool HttpRequestReader::take_expectation() { return std::exchange(state_->expects, false); }

std::size_t HttpRequestReader::pending() const { return state_->waiting.size(); }

}  // namespace geode::server
