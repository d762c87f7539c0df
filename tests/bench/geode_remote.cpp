// Point reads over TLS, server and clients in this process: prints one JSON line with the reads of
// each second over all connections, and the median and 99th percentile of a read, in microseconds.
//
//   geode_remote [--connections=N] [--nodes=N] [--seconds=N]

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <geode/geode.hpp>
#include "client/connection.hpp"
#include "measure.hpp"
#include "number_options.hpp"
#include "server.hpp"
#include "temp_directory.hpp"

namespace {

/// Times of reads one after another, in seconds.
std::vector<double> read_until(double end, const geode::client::ConnectOptions& options,
                               std::uint64_t nodes, std::uint64_t seed) {
  geode::client::Connection connection(options);
  const auto statement = connection.prepare("MATCH (p:Person {id: $id}) RETURN p.name");
  std::mt19937_64 random(seed);
  std::vector<double> times;
  for (double begin = geode::bench::wall_seconds(); begin < end;) {
    const geode::Parameters parameters{
        {"id", geode::Value(static_cast<long>(random() % nodes + 1))}};
    if (connection.execute(statement, parameters).all().size() != 1)
      throw geode::Error(geode::status::kInternal, "a person was not found");
    const double now = geode::bench::wall_seconds();
    times.push_back(now - begin);
    begin = now;
  }
  return times;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t connections = 16, nodes = 10'000, seconds = 3;
  if (!geode::test::read_numbers(
          argc, argv,
          {{"--connections=", connections}, {"--nodes=", nodes}, {"--seconds=", seconds}},
          "usage: geode_remote [--connections=N] [--nodes=N] [--seconds=N]\n")) {
    return 2;
  }
  try {
    const geode::test::TempDirectory folder;
    geode::Database database;
    database.execute("CREATE INDEX FOR (p:Person) ON (p.id)");
    database.execute(
        "FOR i IN range(1, $n) INSERT (:Person {id: i, name: 'person ' || CAST(i AS STRING)})",
        {{"n", geode::Value(static_cast<long>(nodes))}});
    geode::server::ServerOptions options;
    options.listen[0].port = 0;
    options.development_certificate_folder = folder.path().string();
    geode::server::Server server(options, database);
    server.start();
    geode::client::ConnectOptions connect;
    connect.host = "127.0.0.1";
    connect.port = server.port();
    connect.ca_file = folder.file("development-certificate.pem");

    const double begin = geode::bench::wall_seconds();
    std::vector<std::vector<double>> of_thread(connections);
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < connections; ++i) {
      threads.emplace_back([&, i] {
        of_thread[i] = read_until(begin + static_cast<double>(seconds), connect, nodes, i + 1);
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::vector<double> times;
    for (const auto& some : of_thread) times.insert(times.end(), some.begin(), some.end());
    std::sort(times.begin(), times.end());
    std::printf(
        "{\"connections\":%llu,\"reads_per_second\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
        static_cast<unsigned long long>(connections),
        static_cast<double>(times.size()) / static_cast<double>(seconds),
        times[times.size() / 2] * 1e6, times[times.size() * 99 / 100] * 1e6);
    return 0;
  } catch (const geode::Error& error) {
    std::fprintf(stderr, "geode_remote: %s\n", error.what());
    return 1;
  }
}
