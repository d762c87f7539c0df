#include "running_server.hpp"

#include <utility>

namespace geode::test {

RunningServer::RunningServer(server::ServerOptions options)
    : database(folder.file("db.geode")),
      server(
          [&] {
            options.listen.resize(1);
            options.listen[0].port = 0;
            options.development_certificate_folder = folder.file("tls");
            options.log = [this](server::LogLevel, std::string_view line) {
              const std::lock_guard lock(mutex_);
              lines_.emplace_back(line);
            };
            return std::move(options);
          }(),
          database) {
  server.start();
}

client::ConnectOptions RunningServer::options() const {
  client::ConnectOptions options;
  options.host = "127.0.0.1";
  options.port = server.port();
  options.ca_file = folder.file("tls/development-certificate.pem");
  return options;
}

std::vector<std::string> RunningServer::log_lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

}  // namespace geode::test
