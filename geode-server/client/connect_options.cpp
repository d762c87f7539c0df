#include "client/connect_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include <geode/error.hpp>
#include "config/units.hpp"

namespace geode::client {

namespace {

constexpr std::string_view kTcp = "geode://", kUnix = "geode+unix://";
constexpr std::string_view kQuic[] = {"geode+quic://", "quic://"};

std::string_view network_scheme(std::string_view url) {
  for (const std::string_view scheme : {kTcp, kQuic[0], kQuic[1]})
    if (url.starts_with(scheme)) return scheme;
  return {};
}

/// A URL may hold a password, in places where none belongs as well: no message repeats its text.
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
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned byte = 0;
    const char* end = digits.data() + digits.size();
    const auto [last, error] = std::from_chars(digits.data(), end, byte, 16);
    if (digits.size() != 2 || error != std::errc() || last != end)
      reject("% is followed by two hexadecimal digits");
    if (byte == 0) reject("there is no place for %00");
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::uint64_t number(std::string_view name, std::string_view text, std::uint64_t least,
                     std::uint64_t most) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || last != end || value < least || value > most) {
    reject(std::string(name) + " is a number from " + std::to_string(least) + " to " +
           std::to_string(most));
  }
  return value;
}

std::chrono::milliseconds duration(std::string_view name, const std::string& text) {
  try {
    const auto value =
        std::chrono::ceil<std::chrono::milliseconds>(server::parse_duration(text, true));
    if (value <= std::chrono::hours(24)) return value;
  } catch (const Error&) {
    // Its message has the text.
  }
  reject(std::string(name) + " is a duration of at most a day, such as 500ms or 10s");
}

bool truth(std::string_view name, const std::string& text) {
  try {
    return text.empty() || server::parse_boolean(text);
  } catch (const Error&) {
    reject(std::string(name) + " is true or false");
  }
}

struct Parameter {
  std::array<std::string_view, 3> names;  ///< the first is the one that messages name
  void (*set)(ConnectOptions& options, std::string_view name, const std::string& value);
};

constexpr Parameter kParameters[] = {
    {{"graph"}, [](auto& options, auto, auto& value) { options.graph = value; }},
    {{"user", "username"}, [](auto& options, auto, auto& value) { options.user = value; }},
    {{"password", "pass"}, [](auto& options, auto, auto& value) { options.password = value; }},
    {{"ca"}, [](auto& options, auto, auto& value) { options.ca_file = value; }},
    {{"cert"}, [](auto& options, auto, auto& value) { options.certificate_file = value; }},
    {{"key"}, [](auto& options, auto, auto& value) { options.key_file = value; }},
    {{"server_name"}, [](auto& options, auto, auto& value) { options.server_name = value; }},
    {{"insecure", "skip_verify", "insecure_tls_skip_verify"},
     [](auto& options, auto name, auto& value) { options.insecure = truth(name, value); }},
    {{"connect_timeout"},
     [](auto& options, auto name, auto& value) {
       options.connect_timeout = duration(name, value);
     }},
    {{"request_timeout"},
     [](auto& options, auto name, auto& value) {
       options.request_timeout = duration(name, value);
     }},
    {{"timeout"},
     [](auto& options, auto name, auto& value) {
       options.connect_timeout = options.request_timeout = duration(name, value);
     }},
    {{"page_size"},
     [](auto& options, auto name, auto& value) {
       options.page_size = static_cast<std::uint32_t>(
           number(name, value, 0, std::numeric_limits<std::uint32_t>::max()));
     }},
    {{"read_only"},
     [](auto& options, auto name, auto& value) { options.read_only = truth(name, value); }},
    {{"app", "hello_name"}, [](auto& options, auto, auto& value) { options.client_name = value; }},
};

void set_parameter(ConnectOptions& options, std::size_t place, const std::string& name,
                   const std::string& value) {
  for (const Parameter& parameter : kParameters)
    if (!name.empty() && std::ranges::count(parameter.names, name) > 0)
      return parameter.set(options, parameter.names[0], value);
  std::string names;
  for (const Parameter& parameter : kParameters)
    names += (names.empty() ? "" : ", ") + std::string(parameter.names[0]);
  reject("parameter " + std::to_string(place) + " behind the ? is none of " + names);
}

void set_query(ConnectOptions& options, std::string_view query) {
  for (std::size_t place = 1; !query.empty(); ++place) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(pair.size(), equals + 1));
    set_parameter(options, place, decoded(pair.substr(0, equals)), decoded(value));
  }
}

ServerPlace read_place(std::string_view text) {
  ServerPlace place;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) reject("[ has no ]");
    place.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    place.host = decoded(text.substr(0, colon));
    port = text.substr(colon);
  }
  if (port.empty()) return place;
  if (port.front() != ':' || port.size() == 1) reject("a port stands behind : after the host");
  place.port = static_cast<std::uint16_t>(number("the port", port.substr(1), 1, 65'535));
  return place;
}

void set_places(ConnectOptions& options, std::string_view list) {
  std::vector<ServerPlace> places;
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = list.find(',');
    places.push_back(read_place(list.substr(0, comma)));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  if (places.size() > 1 && std::any_of(places.begin(), places.end(),
                                       [](const ServerPlace& place) { return place.host.empty(); }))
    reject("a host is missing beside a comma");
  options.host = places.front().host.empty() ? "localhost" : std::move(places.front().host);
  options.port = places.front().port;
  options.alternatives.assign(std::make_move_iterator(places.begin() + 1),
                              std::make_move_iterator(places.end()));
}

}  // namespace

ConnectOptions parse_url(std::string_view url, ConnectOptions defaults) {
  ConnectOptions options = std::move(defaults);
  options.unix_path.clear();
  const std::string_view scheme = network_scheme(url);
  const bool is_network = !scheme.empty();
  if (!is_network && !url.starts_with(kUnix))
    reject("it begins with geode://, geode+quic:// or geode+unix://");
  options.quic = is_network && scheme != kTcp;
  url.remove_prefix(is_network ? scheme.size() : kUnix.size());
  const std::size_t end = std::min(url.find_first_of(is_network ? "/?" : "?"), url.size());
  std::string_view place = url.substr(0, end), rest = url.substr(end);
  if (!is_network) {
    options.unix_path = decoded(place);
    if (!options.unix_path.starts_with('/')) reject("geode+unix:// is followed by a whole path");
  } else {
    // The host would be taken for the name of the user, and what is left of a password for a port.
    if (rest.find('@') != std::string_view::npos) {
      reject(
          "there is an @ behind the host: percent-encode the password (/ as %2F, ? as %3F, @ as "
          "%40)");
    }
    if (const std::size_t at = place.rfind('@'); at != std::string_view::npos) {
      const std::string_view who = place.substr(0, at);
      const std::size_t colon = std::min(who.find(':'), who.size());
      options.user = decoded(who.substr(0, colon));
      options.password = decoded(who.substr(std::min(who.size(), colon + 1)));
      place.remove_prefix(at + 1);
    }
    set_places(options, place);
    const std::size_t question = std::min(rest.find('?'), rest.size());
    if (rest.starts_with('/')) {
      options.graph = decoded(rest.substr(1, question - 1));
      // Of a graph in a schema, both names stand there: geode://host/schema/graph.
      if (options.graph.find('/') != std::string::npos) options.graph.insert(0, 1, '/');
    }
    rest.remove_prefix(question);
  }
  if (!rest.empty()) set_query(options, rest.substr(1));
  return options;
}

std::string address_text(const ConnectOptions& options) {
  return options.unix_path.empty()
             ? std::string(kTcp) + server::endpoint_text({options.host, options.port})
             : std::string(kUnix) + options.unix_path;
}

}  // namespace geode::client
