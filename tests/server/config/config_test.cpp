#include "config/config.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "config/machine.hpp"
#include "temp_directory.hpp"

using namespace geode::server;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  std::string write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }

  Config read() {
    problems.clear();
    sources.root = folder.path().string();
    sources.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
    return Config(sources, problems);
  }

  /// What is wrong with a file of this text, without its folder.
  std::string problems_of(const std::string& text) {
    sources.file = write("g.yaml", text);
    read();
    std::string out;
    for (const geode::Error& problem : problems) {
      out += problem.message();
      out += problem.hint_text().empty() ? "\n" : " (" + problem.hint_text() + ")\n";
    }
    const std::string prefix = folder.path().string() + "/";
    for (std::size_t at; (at = out.find(prefix)) != std::string::npos;) {
      out.erase(at, prefix.size());
    }
    return out;
  }

  geode::test::TempDirectory folder;
  std::map<std::string, std::string> variables;
  ConfigSources sources;
  std::vector<geode::Error> problems;
};

}  // namespace

TEST_CASE("every key has a default that its own rules take, and names of its own", "[config]") {
  Fixture fixture;
  const Config config = fixture.read();
  CHECK(fixture.problems.empty());
  CHECK(config.entries().size() == settings().size());
  std::set<std::string> names;
  for (const Setting& setting : settings()) {
    CHECK(names.insert(std::string(setting.name)).second);
    CHECK(names.insert(variable_name(setting)).second);
    if (!setting.flag.empty()) CHECK(names.insert("--" + std::string(setting.flag)).second);
  }
  CHECK(config.endpoint("server.listen") == Endpoint{"0.0.0.0", 3141});
  CHECK(config.number("server.max_connections") == 1000);
  CHECK(config.duration("performance.query_timeout") == 60s);
  CHECK(config.number("performance.worker_threads") >= 1);
}

TEST_CASE("a file as operators write it is read", "[config]") {
  Fixture fixture;
  fixture.sources.file = fixture.write("g.yaml", R"(
server:
  listen: "[::]:8443"
  max_connections: 50
  tls:
    cert_file: /etc/geode/certs/server.crt
    key_file: /etc/geode/certs/server.key
    client_ca: /etc/geode/certs/ca.crt
    min_version: "1.3"
    require_client_cert: true
storage:
  data_dir: /var/lib/geode/data
  checkpoint_interval: 300s
logging:
performance: {max_query_memory: 2GB, worker_threads: auto}
cluster:
  enabled: false
  peers:
    - geode-1:3141
    - geode-2:3141
)");
  const Config config = fixture.read();
  REQUIRE(fixture.problems.empty());
  CHECK(config.endpoint("server.listen") == Endpoint{"::", 8443});
  CHECK(config.number("server.max_connections") == 50);
  CHECK(config.truth("server.tls.require_client_cert"));
  CHECK(config.text("storage.data_dir") == "/var/lib/geode/data");
  CHECK(config.number("performance.max_query_memory") == 2'000'000'000);
  CHECK(config.number("performance.query_cache") == machine_limits(fixture.sources.root).memory_bytes / 10);
  CHECK(config.endpoints("cluster.peers") ==
        std::vector<Endpoint>{{"geode-1", 3141}, {"geode-2", 3141}});
  CHECK(config.entries().front().place == fixture.sources.file + ":3:11");
}

TEST_CASE("flags outweigh variables, variables the file, the file the default", "[config]") {
  Fixture fixture;
  const auto entry = [&] { return fixture.read().entry("server.max_connections"); };
  CHECK(entry().origin == Origin::kDefault);
  fixture.sources.file = fixture.write("g.yaml", "server: {max_connections: 2}");
  CHECK(std::get<std::uint64_t>(entry().value) == 2);
  CHECK(entry().origin == Origin::kFile);
  fixture.variables["GEODE_SERVER_MAX_CONNECTIONS"] = "3";
  CHECK(std::get<std::uint64_t>(entry().value) == 3);
  CHECK(entry().place == "GEODE_SERVER_MAX_CONNECTIONS");
  fixture.sources.flags = {{"server.max_connections", "4"}};
  CHECK(std::get<std::uint64_t>(entry().value) == 4);
  CHECK(entry().place == "--max-connections");
}

TEST_CASE("short variables are read, long ones outweigh them", "[config]") {
  Fixture fixture;
  fixture.variables["GEODE_NODE_ID"] = "geode-0";
  CHECK(fixture.read().text("cluster.node_id") == "geode-0");
  fixture.variables["GEODE_CLUSTER_NODE_ID"] = "geode-1";
  CHECK(fixture.read().text("cluster.node_id") == "geode-1");
  fixture.variables["GEODE_CLUSTER_PEERS"] = "a:1,b:2";
  CHECK(fixture.read().endpoints("cluster.peers") == std::vector<Endpoint>{{"a", 1}, {"b", 2}});
}

TEST_CASE("the file is looked for in the places of the documentation", "[config]") {
  Fixture fixture;
  CHECK(fixture.read().file().empty());
  const std::string places[] = {fixture.write("etc/geode/geode.conf", "{}"),
                                fixture.write("etc/geode/geode.yaml", ""),
                                fixture.write("home/.config/geode/geode.yaml", "server:"),
                                fixture.write("xdg/geode/geode.yaml", "# nothing"),
                                fixture.write("named.yaml", "{}"),
                                fixture.write("flag.yaml", "{}")};
  fixture.variables["HOME"] = fixture.folder.path().string() + "/nowhere";
  CHECK(fixture.read().file() == places[1]);
  std::filesystem::remove(places[1]);
  CHECK(fixture.read().file() == places[0]);
  fixture.variables["HOME"] = fixture.folder.path().string() + "/home";
  CHECK(fixture.read().file() == places[2]);
  fixture.variables["XDG_CONFIG_HOME"] = fixture.folder.path().string() + "/xdg";
  CHECK(fixture.read().file() == places[3]);
  fixture.variables["GEODE_CONFIG"] = places[4];
  CHECK(fixture.read().file() == places[4]);
  fixture.sources.file = places[5];
  CHECK(fixture.read().file() == places[5]);
  CHECK(fixture.problems.empty());
}

TEST_CASE("what is wrong in a file is said with its place", "[config]") {
  Fixture fixture;
  CHECK(fixture.problems_of("server:\n  listn: a:1\n") ==
        "g.yaml:2:3: there is no key `server.listn` (did you mean `server.listen`?)\n");
  CHECK(fixture.problems_of("srver:\n  listen: a:1\n") ==
        "g.yaml:1:1: there is no key `srver` (did you mean `server`?)\n");
  CHECK(fixture.problems_of("zzzzzzzz: 1\n") ==
        "g.yaml:1:1: there is no key `zzzzzzzz` (`geode config keys` lists them)\n");
  CHECK(fixture.problems_of("server:\n  listen: a:1\n  listen: b:1\n") ==
        "g.yaml:3:3: `server.listen` stands here a second time (first: g.yaml:2:3)\n");
  CHECK(fixture.problems_of("server: {}\nserver: {}\n") ==
        "g.yaml:2:1: `server` stands here a second time (first: g.yaml:1:1)\n");
  CHECK(fixture.problems_of("server: 3141\n") ==
        "g.yaml:1:9: `server` is a section of keys, not a value\n");
  CHECK(fixture.problems_of("server:\n  listen: [a:1]\n") ==
        "g.yaml:2:11: `server.listen` is one value: host:port\n");
  CHECK(fixture.problems_of("server:\n  listen:\n") ==
        "g.yaml:2:3: `server.listen` has no value (leave the key out, or write \"\" for an empty "
        "one)\n");
  CHECK(fixture.problems_of("- a\n") ==
        "g.yaml:1:1: a configuration is made of sections such as `server:`\n");
  CHECK(fixture.problems_of("server: {}\n---\nserver: {}\n") ==
        "g.yaml:2:1: a configuration is one document; here a second begins\n");
  // The parser makes documents of nothing of these, as many as it is asked for.
  for (const char* endless : {",", "}", "] a: 1", ", max: a}x# "})
    CHECK(fixture.problems_of(endless) != "");
  CHECK(fixture.problems_of("server:\n  listen: [\n").starts_with("g.yaml:3:1: no YAML: "));
  CHECK(fixture.problems_of("performance:\n  query_timeout: 60\n") ==
        "g.yaml:2:18: performance.query_timeout: `60` is no duration: its unit is missing (`60s` "
        "are seconds, `60ms` milliseconds)\n");
  CHECK(fixture.problems_of("server: {idle_timeout: 300000, max_connections: 0}\n") ==
        "g.yaml:1:49: server.max_connections: `0` is out of bounds: 1 to 1000000\n");
  CHECK(fixture.problems_of("server: {tls: {min_version: 1.2}}\n") ==
        "g.yaml:1:29: server.tls.min_version: `1.2` is not possible: it is 1.3\n");
  CHECK(fixture.problems_of("logging: {level: loud, rotate_size: 1KB}\n") ==
        "g.yaml:1:18: logging.level: `loud` is not possible: it is debug, info, warn or error\n"
        "g.yaml:1:37: logging.rotate_size: `1KB` is out of bounds: 4KiB at least\n");
}

TEST_CASE("settings that do not go together are refused", "[config]") {
  Fixture fixture;
  CHECK(fixture.problems_of("cluster: {enabled: true}\n") ==
        "g.yaml:1:20: cluster.enabled: there are no clusters of servers yet; leave it out or say "
        "false\n");
  CHECK(fixture.problems_of("server: {tls: {cert_file: c}}\n") ==
        "g.yaml:1:27: server.tls.cert_file: a certificate needs its server.tls.key_file\n");
  CHECK(fixture.problems_of("server: {tls: {key_file: k}}\n") ==
        "g.yaml:1:26: server.tls.key_file: a key needs its server.tls.cert_file\n");
  CHECK(
      fixture.problems_of("server: {tls: {require_client_cert: yes}}\n") ==
      "g.yaml:1:37: server.tls.require_client_cert: needs server.tls.client_ca, which tells whose "
      "certificates are taken\n");
  CHECK(fixture.problems_of("cluster: {heartbeat_interval: 1s}\n") ==
        "g.yaml:1:31: cluster.heartbeat_interval: must be shorter than cluster.election_timeout, "
        "300ms\n");
}

TEST_CASE("a file that cannot be read is told of", "[config]") {
  Fixture fixture;
  fixture.sources.file = "/nowhere/g.yaml";
  fixture.read();
  REQUIRE(fixture.problems.size() == 1);
  CHECK(fixture.problems[0].gqlstatus() == geode::status::kIo);
  CHECK(fixture.problems[0].message() ==
        "/nowhere/g.yaml: the configuration cannot be read: No such file or directory");
  fixture.sources.file = fixture.folder.path().string();
  fixture.read();
  CHECK(fixture.problems[0].message().find("Is a directory") != std::string::npos);
  CHECK(fixture.problems_of(std::string(2 << 20, '#')) ==
        "g.yaml: a configuration is 1 MiB at most\n");
}
