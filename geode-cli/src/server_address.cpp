#include "server_address.hpp"

#include <algorithm>
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

std::chrono::milliseconds milliseconds(double seconds) {
  constexpr double kLongest = 86'400;
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(std::max(1.0, std::min(seconds, kLongest) * 1000)));
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
  if (!options.user.empty()) return;
  options.user = process_environment("GEODE_USERNAME").value_or("");
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

void set_address(client::ConnectOptions& options, const server::Config& config) {
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
  if (!options.ca_file.empty()) return;
  // The server of this machine made it for itself.
  const std::string made = config.text("storage.data_dir") + "/tls/development-certificate.pem";
  if (is_there(made)) options.ca_file = made;
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

client::ConnectOptions ServerAddress::standard_options() const {
  client::ConnectOptions options;
  options.connect_timeout = connect_timeout;
  options.request_timeout = request_timeout;
  options.client_name = "geode-cli";
  options.ca_file = process_environment("GEODE_TLS_CA").value_or("");
  return options;
}

std::string ServerAddress::named() const {
  return url.empty() ? process_environment("GEODE_URL").value_or("") : url;
}

std::optional<client::ConnectOptions> ServerAddress::named_options() const {
  const std::string text = named();
  if (text.empty()) return std::nullopt;
  return client::parse_url(text, standard_options());
}

client::ConnectOptions ServerAddress::connect_options() const {
  std::optional<client::ConnectOptions> options = named_options();
  if (!options) {
    options = standard_options();
    const server::Config config = configuration();
    options->unix_path = socket_of_this_machine(config);
    if (options->unix_path.empty()) set_address(*options, config);
  }
  if (timeout_seconds)
    options->connect_timeout = options->request_timeout = milliseconds(*timeout_seconds);
  add_credentials(*options);
  return *options;
}

std::string ServerAddress::url_if_any() const {
  if (const std::string text = named(); !text.empty()) return text;
  const std::string path = socket_of_this_machine(configuration());
  if (path.empty()) return "";
  return "geode+unix://" + std::filesystem::absolute(path).string();
}

ServerAddress::Pages ServerAddress::pages() const {
  Pages pages{reachable(configuration().endpoint("metrics.listen")), connect_timeout};
  if (const std::optional<client::ConnectOptions> options = named_options()) {
    pages.limit = options->connect_timeout;
    if (options->unix_path.empty()) {
      pages.endpoint.host = options->host;
      if (pages.endpoint.port == 0) pages.endpoint.port = 9090;
    }
  }
  if (timeout_seconds) pages.limit = milliseconds(*timeout_seconds);
  if (pages.endpoint.host.empty()) {
    throw Error(status::kCannotOpen, "the server has no pages: metrics.listen is none")
        .hint("`geode ping` asks the server itself");
  }
  return pages;
}

}  // namespace geode::cli
