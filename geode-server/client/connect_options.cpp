#include "client/connect_options.hpp"

#include <charconv>
#include <limits>

#include <geode/error.hpp>

namespace geode::client {

namespace {

constexpr std::string_view kTcp = "geode://", kUnix = "geode+unix://";
constexpr std::string_view kQuic[] = {"geode+quic://", "quic://"};

std::string_view network_scheme(std::string_view url) {
  for (const std::string_view scheme : {kTcp, kQuic[0], kQuic[1]})
    if (url.starts_with(scheme)) return scheme;
  return {};
}

/// A URL may hold a password, so no message repeats it.
[[noreturn]] void reject(const std::string& what) {
  throw Error(status::kInvalidArgument, "the URL of the server: " + what)
      .hint("geode://user:password@host:3141/graph?ca=ca.pem, or geode+unix:///run/geode.sock");
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* end = text.data() + std::min(text.size(), i + 3);
    const auto [last, error] = std::from_chars(text.data() + i + 1, end, byte, 16);
    if (error != std::errc() || last != text.data() + i + 3)
      reject("% is followed by two hexadecimal digits");
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::uint64_t number(std::string_view name, const std::string& text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [last, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || last != text.data() + text.size() || value > most)
    reject(std::string(name) + " is a number from 0 to " + std::to_string(most));
  return value;
}

bool truth(std::string_view name, const std::string& text) {
  if (text == "true" || text == "1" || text.empty()) return true;
  if (text == "false" || text == "0") return false;
  reject(std::string(name) + " is true or false");
}

void set_parameter(ConnectOptions& options, const std::string& name, const std::string& value) {
  constexpr std::uint64_t kMostMs = 86'400'000;
  if (name == "ca") {
    options.ca_file = value;
  } else if (name == "cert") {
    options.certificate_file = value;
  } else if (name == "key") {
    options.key_file = value;
  } else if (name == "server_name") {
    options.server_name = value;
  } else if (name == "user" || name == "username") {
    options.user = value;
  } else if (name == "password" || name == "pass") {
    options.password = value;
  } else if (name == "graph") {
    options.graph = value;
  } else if (name == "insecure" || name == "skip_verify" || name == "insecure_tls_skip_verify") {
    options.insecure = truth(name, value);
  } else if (name == "connect_timeout") {
    options.connect_timeout = std::chrono::milliseconds(number(name, value, kMostMs));
  } else if (name == "request_timeout") {
    options.request_timeout = std::chrono::milliseconds(number(name, value, kMostMs));
  } else if (name == "page_size") {
    options.page_size =
        static_cast<std::uint32_t>(number(name, value, std::numeric_limits<std::uint32_t>::max()));
  } else {
    reject("there is no parameter " + name);
  }
}

void set_query(ConnectOptions& options, std::string_view query) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    set_parameter(options, decoded(pair.substr(0, equals)), decoded(value));
  }
}

void set_host(ConnectOptions& options, std::string_view place) {
  std::string_view port;
  if (place.starts_with('[')) {
    const std::size_t end = place.find(']');
    if (end == std::string_view::npos) reject("[ has no ]");
    options.host = place.substr(1, end - 1);
    port = place.substr(end + 1);
  } else {
    const std::size_t colon = std::min(place.find(':'), place.size());
    if (colon > 0) options.host = decoded(place.substr(0, colon));
    port = place.substr(colon);
  }
  if (port.empty()) return;
  if (port.front() != ':' || port.size() == 1) reject("a port stands behind : after the host");
  options.port =
      static_cast<std::uint16_t>(number("the port", std::string(port.substr(1)), 65'535));
}

}  // namespace

ConnectOptions parse_url(std::string_view url) {
  ConnectOptions options;
  const std::size_t question = std::min(url.find('?'), url.size());
  const std::string_view query = url.substr(std::min(url.size(), question + 1));
  url = url.substr(0, question);
  if (url.starts_with(kUnix)) {
    options.unix_path = decoded(url.substr(kUnix.size()));
    if (!options.unix_path.starts_with('/')) reject("geode+unix:// is followed by a whole path");
  } else if (const std::string_view scheme = network_scheme(url); !scheme.empty()) {
    options.quic = scheme != kTcp;
    url.remove_prefix(scheme.size());
    const std::size_t slash = std::min(url.find('/'), url.size());
    if (slash < url.size()) {
      options.graph = decoded(url.substr(slash + 1));
      // Of a graph in a schema, both names stand there: geode://host/schema/graph.
      if (options.graph.find('/') != std::string::npos) options.graph.insert(0, 1, '/');
    }
    std::string_view place = url.substr(0, slash);
    const std::size_t at = place.rfind('@');
    if (at != std::string_view::npos) {
      const std::string_view who = place.substr(0, at);
      const std::size_t colon = std::min(who.find(':'), who.size());
      options.user = decoded(who.substr(0, colon));
      options.password = decoded(who.substr(std::min(who.size(), colon + 1)));
      place.remove_prefix(at + 1);
    }
    set_host(options, place);
  } else {
    reject("it begins with geode://, geode+quic:// or geode+unix://");
  }
  set_query(options, query);
  return options;
}

}  // namespace geode::client
