#include "server_address.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/stat.h>
#include <vector>

#include <CLI/CLI.hpp>

#include "protocol/unix_socket_places.hpp"

namespace geode::cli {

namespace {

using server::process_environment;

/// That of a server of this machine, as it reads it. What is wrong with it is the server's to tell.
server::Config configuration() {
  server::ConfigSources sources;
  sources.environment = process_environment;
  std::vector<Error> ignored;
  return server::Config(sources, ignored);
}

/// One that listens on every address is reached by this machine's own.
server::Endpoint reachable(server::Endpoint endpoint) {
  if (endpoint.host == "0.0.0.0") endpoint.host = "127.0.0.1";
  if (endpoint.host == "::") endpoint.host = "::1";
  return endpoint;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) {
    throw Error(status::kInvalidArgument, "no password can be read from " + path)
        .hint("GEODE_PASSWORD_FILE names a file with the password in its first line");
  }
  return line;
}

void add_credentials(client::ConnectOptions& options) {
  if (options.user.empty()) options.user = process_environment("GEODE_USERNAME").value_or("");
  if (!options.password.empty()) return;
  if (const auto password = process_environment("GEODE_PASSWORD")) {
    options.password = *password;
  } else if (const auto path = process_environment("GEODE_PASSWORD_FILE"); path && !path->empty()) {
    options.password = first_line(*path);
  }
}

std::string socket_of_this_machine(const server::Config& config) {
  const std::string& setting = config.text("server.unix_socket");
  if (setting == "none") return "";
  const std::vector<std::string> places =
      setting == "auto"
          ? protocol::unix_socket_places(process_environment, config.text("storage.data_dir"))
          : std::vector<std::string>{setting};
  for (const std::string& place : places)
    if (protocol::unix_socket_answers(place)) return place;
  return "";
}

bool is_there(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

client::ConnectOptions address_of_server(const server::Config& config) {
  client::ConnectOptions options;
  server::Endpoint endpoint = reachable(config.endpoint("server.listen"));
  if (endpoint.host.empty()) endpoint = {"127.0.0.1", 3141};
  if (const auto host = process_environment("GEODE_HOST"); host && !host->empty()) {
    const bool with_port = host->rfind(':') != std::string::npos && host->back() != ']' &&
                           (host->front() == '[' || host->find(':') == host->rfind(':'));
    if (with_port) {
      endpoint = server::parse_endpoint(*host);
    } else {
      endpoint = {*host, 3141};
    }
  }
  if (const auto port = process_environment("GEODE_PORT"); port && !port->empty())
    endpoint.port = server::parse_endpoint("host:" + *port).port;
  options.host = endpoint.host;
  options.port = endpoint.port;
  if (const auto ca = process_environment("GEODE_TLS_CA"); ca && !ca->empty()) {
    options.ca_file = *ca;
  } else if (const std::string made =
                 config.text("storage.data_dir") + "/tls/development-certificate.pem";
             is_there(made)) {
    // The server of this machine made it for itself.
    options.ca_file = made;
  }
  return options;
}

}  // namespace

void ServerAddress::add_to(CLI::App& app) {
  app.add_option("url", url,
                 "geode://[USER@]HOST[:PORT][?ca=FILE] or geode+unix:///PATH; without it "
                 "$GEODE_URL, else the server of this machine")
      ->type_name("URL");
  app.add_option("--timeout", timeout_seconds, "How long to wait for an answer")
      ->type_name("SECONDS")
      ->check(CLI::PositiveNumber);
}

std::chrono::milliseconds ServerAddress::timeout() const {
  constexpr double kLongest = 86'400;
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(std::max(1.0, std::min(timeout_seconds, kLongest) * 1000)));
}

client::ConnectOptions ServerAddress::connect_options() const {
  const std::string named = url.empty() ? process_environment("GEODE_URL").value_or("") : url;
  client::ConnectOptions options;
  if (!named.empty()) {
    options = client::parse_url(named);
  } else {
    const server::Config config = configuration();
    options.unix_path = socket_of_this_machine(config);
    if (options.unix_path.empty()) options = address_of_server(config);
  }
  options.connect_timeout = options.request_timeout = timeout();
  add_credentials(options);
  return options;
}

std::string ServerAddress::url_if_any() const {
  if (const auto named = process_environment("GEODE_URL"); named && !named->empty()) return *named;
  const std::string path = socket_of_this_machine(configuration());
  if (path.empty()) return "";
  return "geode+unix://" + std::filesystem::absolute(path).string();
}

server::Endpoint ServerAddress::pages() const {
  server::Endpoint endpoint = reachable(configuration().endpoint("metrics.listen"));
  const std::string named = url.empty() ? process_environment("GEODE_URL").value_or("") : url;
  if (!named.empty()) {
    const client::ConnectOptions options = client::parse_url(named);
    if (options.unix_path.empty()) {
      endpoint.host = options.host;
      if (endpoint.port == 0) endpoint.port = 9090;
    }
  }
  if (endpoint.host.empty()) {
    throw Error(status::kInvalidArgument, "the server has no pages: metrics.listen is none")
        .hint("`geode ping` asks the server itself");
  }
  return endpoint;
}

}  // namespace geode::cli
