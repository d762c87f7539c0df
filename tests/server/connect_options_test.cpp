#include "client/connect_options.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "running_server.hpp"

namespace geode {
namespace {

using client::ConnectOptions;
using client::parse_url;
using client::ServerPlace;
using namespace std::chrono_literals;
using test::status_of;

/// Everything that somebody is shown when `url` is refused.
std::string refusal(std::string_view url) {
  try {
    parse_url(url);
  } catch (const Error& error) {
    CHECK(error.gqlstatus() == status::kInvalidArgument);
    return error.render("");
  }
  return "";
}

TEST_CASE("URLs say where, who and whom to trust") {
  const ConnectOptions options = parse_url(
      "geode://ada:p%40ss@[::1]:4000/sales/orders?ca=%2Ftmp%2Fca.pem&insecure=false&page_size=7");
  CHECK(options.user == "ada");
  CHECK(options.password == "p@ss");
  CHECK(options.host == "::1");
  CHECK(options.port == 4000);
  CHECK(options.graph == "/sales/orders");
  CHECK(options.ca_file == "/tmp/ca.pem");
  CHECK_FALSE(options.insecure);
  CHECK(options.page_size == 7);
  CHECK(parse_url("geode://db").port == 3141);
  CHECK(parse_url("geode://db?graph=g").graph == "g");
  CHECK(parse_url("geode://db/g?app=loader").graph == "g");
  CHECK(parse_url("geode+unix:///run/a%20b.sock?graph=g").unix_path == "/run/a b.sock");
}

TEST_CASE("parameters of URLs have the names and units that people write") {
  for (const char* name : {"user", "username"})
    CHECK(parse_url("geode://h?" + std::string(name) + "=ada").user == "ada");
  for (const char* name : {"password", "pass"})
    CHECK(parse_url("geode://h?" + std::string(name) + "=p%26s").password == "p&s");
  for (const char* name : {"insecure", "skip_verify", "insecure_tls_skip_verify"}) {
    CHECK(parse_url("geode://h?" + std::string(name)).insecure);
    CHECK(parse_url("geode://h?" + std::string(name) + "=yes").insecure);
    CHECK_FALSE(parse_url("geode://h?" + std::string(name) + "=0").insecure);
  }
  for (const char* name : {"app", "hello_name"})
    CHECK(parse_url("geode://h?" + std::string(name) + "=loader").client_name == "loader");
  const ConnectOptions options = parse_url(
      "geode://h?cert=c.pem&key=k.pem&server_name=db&connect_timeout=2s&request_timeout=1m");
  CHECK(options.certificate_file == "c.pem");
  CHECK(options.key_file == "k.pem");
  CHECK(options.server_name == "db");
  CHECK(options.connect_timeout == 2s);
  CHECK(options.request_timeout == 1min);
  CHECK(parse_url("geode://h?connect_timeout=250").connect_timeout == 250ms);
  CHECK(parse_url("geode://h?connect_timeout=1us").connect_timeout == 1ms);
  CHECK(parse_url("geode://h?read_only=true").read_only);
  const ConnectOptions both = parse_url("geode://h?timeout=3s&request_timeout=0");
  CHECK(both.connect_timeout == 3s);
  CHECK(both.request_timeout == 0s);
}

TEST_CASE("a URL leaves what it does not say as it was") {
  ConnectOptions defaults;
  defaults.ca_file = "ca.pem";
  defaults.connect_timeout = 5s;
  defaults.unix_path = "/run/other.sock";
  const ConnectOptions options = parse_url("geode://h?request_timeout=7s", defaults);
  CHECK(options.ca_file == "ca.pem");
  CHECK(options.connect_timeout == 5s);
  CHECK(options.request_timeout == 7s);
  CHECK(options.unix_path.empty());
  CHECK(parse_url("geode://h?ca=mine.pem", defaults).ca_file == "mine.pem");
}

TEST_CASE("URLs that are none are refused") {
  for (const char* bad : {"http://x",
                          "geode://h:70000",
                          "geode://h:x",
                          "geode://h:0",
                          "geode://h:",
                          "geode://h?colour=red",
                          "geode://h?=red",
                          "geode://[::1",
                          "geode://[::1]x",
                          "geode://%zz",
                          "geode://%",
                          "geode://a%4",
                          "geode://h/g%0",
                          "geode://a%00b",
                          "geode+unix://relative",
                          "geode+unix://",
                          "geode://a,,b",
                          "geode://,a",
                          "geode://a,",
                          "geode://a:0,b",
                          "geode://h?connect_timeout=soon",
                          "geode://h?connect_timeout=25h",
                          "geode://h?insecure=perhaps",
                          "geode://h?page_size=-1"}) {
    INFO(bad);
    CHECK_FALSE(refusal(bad).empty());
  }
  // A view that ends with the digits of another text behind it.
  CHECK_FALSE(refusal(std::string_view("geode://a%41", 11)).empty());
}

TEST_CASE("no part of a password is taken for a host, or shown") {
  for (const char* url :
       {"geode://ann:12?hunter2@127.0.0.1:1", "geode://ann:12/hunter2@127.0.0.1:1",
        "geode://ann:hunter2?x=1@127.0.0.1:1", "geode://ann:hunter/2@127.0.0.1:1",
        "geode://ann:hunter2", "geode://h?hunter2=1", "geode://h?insecure=hunter2",
        "geode://h?connect_timeout=hunter2", "geode://ann:hunter2%zz@h"}) {
    INFO(url);
    const std::string text = refusal(url);
    CHECK_FALSE(text.empty());
    CHECK(text.find("hunter") == std::string::npos);
  }
  CHECK(refusal("geode://ann:12?hunter2@127.0.0.1:1").find("percent-encode") != std::string::npos);
  CHECK(parse_url("geode://ann:a,b#c@h").password == "a,b#c");
  CHECK(parse_url("geode://ann:12%3Fhunter%2F2@h").password == "12?hunter/2");
}

TEST_CASE("several servers are tried in their order") {
  const ConnectOptions options = parse_url("geode://u:p@a,b:3142,[::1]:7/g?ca=x");
  CHECK(options.host == "a");
  CHECK(options.alternatives == std::vector<ServerPlace>{{"b", 3142}, {"::1", 7}});
  CHECK(options.graph == "g");

  test::RunningServer running;
  ConnectOptions connect = running.options();
  connect.alternatives = {{connect.host, connect.port}};
  connect.port = 1;
  client::Connection connection(connect);
  CHECK(connection.address() == "geode://127.0.0.1:" + std::to_string(running.server.port()));
  CHECK(connection.execute("RETURN 1").all().size() == 1);
  CHECK(status_of([&] { client::ping(connect); }).empty());

  connect.alternatives[0].port = 2;
  try {
    client::Connection{connect};
    FAIL("nobody is there");
  } catch (const Error& error) {
    CHECK(error.gqlstatus() == status::kConnection);
    CHECK(error.message().find("127.0.0.1:1:") != std::string::npos);
    CHECK(error.message().find("127.0.0.1:2:") != std::string::npos);
  }
}

}  // namespace
}  // namespace geode
