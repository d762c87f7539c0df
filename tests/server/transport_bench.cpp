// What connections cost a server, and how many requests a second they carry:
//   transport_bench URL [PID_OF_SERVER]
// Opens 500 connections that ask nothing (with a PID: memory of the server for each), then asks
// point statements with 1 and with 16 in flight.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <string>
#include <vector>

#include <geode/error.hpp>
#include "client/connection.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using geode::client::Connection;
constexpr int kIdle = 500;
constexpr std::chrono::seconds kTime{3};

long resident_kib(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  std::string line;
  while (std::getline(status, line))
    if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
  return 0;
}

double requests_per_second(Connection& connection, std::size_t in_flight) {
  const auto statement = connection.prepare("RETURN 1");
  std::deque<geode::client::RemoteResult> open;
  long done = 0;
  const auto begin = Clock::now();
  while (Clock::now() - begin < kTime) {
    while (open.size() < in_flight) open.push_back(connection.submit(statement));
    open.front().consume();
    open.pop_front();
    ++done;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  while (!open.empty()) {
    open.front().consume();
    open.pop_front();
  }
  return static_cast<double>(done) / seconds;
}

}  // namespace

int main(int count, char** arguments) try {
  if (count < 2) {
    std::fputs("transport_bench URL [PID_OF_SERVER]\n", stderr);
    return 2;
  }
  const auto options = geode::client::parse_url(arguments[1]);
  {
    const std::string pid = count > 2 ? arguments[2] : "";
    std::vector<Connection> idle;
    idle.reserve(kIdle);
    for (int i = 0; i < 20; ++i) idle.emplace_back(options);  // what the first ones cost but once
    const long before = pid.empty() ? 0 : resident_kib(pid);
    for (int i = 0; i < kIdle; ++i) idle.emplace_back(options);
    if (!pid.empty()) {
      const long after = resident_kib(pid);
      std::printf("%.1f KiB for each idle connection\n",
                  static_cast<double>(after - before) / kIdle);
    }
  }
  Connection connection(options);
  for (const std::size_t in_flight : {1, 16})
    std::printf("%.0f requests/s with %zu in flight\n", requests_per_second(connection, in_flight),
                in_flight);
  return 0;
} catch (const geode::Error& error) {
  std::fprintf(stderr, "%s\n", error.message().c_str());
  return 1;
}
