#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <geode/database.hpp>
#include "client/connection.hpp"
#include "server.hpp"
#include "temp_directory.hpp"

namespace geode::test {

/// A server of this process on a free port of 127.0.0.1, with a development certificate.
class RunningServer {
 public:
  explicit RunningServer(server::ServerOptions options = {});

  client::ConnectOptions options() const;
  client::Connection connect() const { return client::Connection(options()); }
  std::vector<std::string> log_lines() const;

  TempDirectory folder;
  Database database;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;

 public:
  server::Server server;
};

/// The GQLSTATUS that `action` ends with; "" when it succeeds.
template <class Action>
std::string status_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.gqlstatus();
  }
  return "";
}

/// Waits until `holds()`, for at most ten seconds.
template <class Condition>
bool becomes_true(Condition holds) {
  for (int i = 0; i < 2000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace geode::test
