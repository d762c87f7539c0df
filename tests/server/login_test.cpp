#include "auth/login.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "worker/login_queue.hpp"

namespace geode::server {
namespace {

using Clock = LoginThrottle::Clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("ten failures a minute for an account and an address") {
  LoginThrottle throttle;
  const Clock::time_point begin{};
  int let_through = 0;
  for (milliseconds at{0}; at < seconds(60); at += milliseconds(10)) {
    if (!throttle.begin("ann", "10.0.0.1", begin + at)) continue;
    throttle.ended("ann", "10.0.0.1", false);
    ++let_through;
  }
  CHECK(let_through >= 5);
  CHECK(let_through <= 10);
  CHECK(throttle.begin("ann", "10.0.0.2", begin + seconds(59)));
  CHECK(throttle.begin("bob", "10.0.0.1", begin + seconds(59)));
  CHECK(throttle.begin("ann", "10.0.0.1", begin + seconds(200)));
}

TEST_CASE("attempts under way count") {
  LoginThrottle throttle;
  int let_through = 0;
  for (int i = 0; i < 1000; ++i)
    let_through += throttle.begin("ann", "10.0.0.1", Clock::time_point{});
  CHECK(let_through == 3);
}

TEST_CASE("names that are made up end at a hundred an address, and known ones pass") {
  LoginThrottle throttle;
  const Clock::time_point begin{};
  REQUIRE(throttle.begin("ann", "10.0.0.1", begin));
  throttle.ended("ann", "10.0.0.1", true);
  int let_through = 0;
  for (int i = 0; i < 20'000; ++i)
    let_through += throttle.begin("user" + std::to_string(i), "10.0.0.1", begin + milliseconds(i));
  CHECK(let_through <= 100);
  CHECK(throttle.begin("ann", "10.0.0.1", begin + seconds(21)));
  CHECK(throttle.begin("eve", "10.0.0.2", begin + seconds(21)));
}

TEST_CASE("who tries passwords waits behind himself, and who is known for nobody") {
  LoginQueue queue(1);
  std::vector<std::string> order;
  std::promise<void> begun, goes_on;
  queue.post(
      [&] {
        begun.set_value();
        goes_on.get_future().wait();
      },
      "10.0.0.1", false);
  begun.get_future().wait();
  std::promise<void> done;
  const auto post = [&](const std::string& name, const std::string& address, bool is_known) {
    queue.post([&order, name] { order.push_back(name); }, address, is_known);
  };
  for (const char* name : {"a1", "a2", "a3", "a4"}) post(name, "10.0.0.1", false);
  post("b1", "10.0.0.2", false);
  post("b2", "10.0.0.2", false);
  post("known", "10.0.0.1", true);
  queue.post([&] { done.set_value(); }, "10.0.0.1", false);
  goes_on.set_value();
  done.get_future().wait();
  CHECK(order == std::vector<std::string>{"known", "a1", "b1", "a2", "b2", "a3", "a4"});
}

TEST_CASE("logins that were posted are run before their queue ends") {
  std::atomic<int> run{0};
  {
    LoginQueue queue(2);
    for (int i = 0; i < 100; ++i)
      queue.post([&] { ++run; }, "10.0.0." + std::to_string(i % 7), false);
  }
  CHECK(run == 100);
}

TEST_CASE("who logs in gets his session, and failures say the same") {
  Database db;
  LoginThrottle throttle;
  const Peer peer{"10.0.0.1", {}, "tls"};
  log_in(db, throttle, peer, "", "").execute("INSERT (:A)");
  db.execute("CREATE USER admin PASSWORD 'right' ROLE administrator");
  db.execute("CREATE USER off PASSWORD 'right' ROLE reader");
  db.execute("ALTER USER off SET STATUS SUSPENDED");
  const auto failure = [&](const std::string& user, const std::string& password) {
    try {
      log_in(db, throttle, peer, user, password);
    } catch (const Error& error) {
      CHECK(error.gqlstatus() == status::kNotAuthenticated);
      return error.message();
    }
    return std::string();
  };
  CHECK_FALSE(failure("", "").empty());
  const std::string wrong = failure("admin", "wrong");
  CHECK_FALSE(wrong.empty());
  CHECK(failure("nobody", "right") == wrong);
  CHECK(failure("off", "right") == wrong);
  CHECK(failure("reader", "right") == wrong);
  CHECK(failure("admin", std::string(100'000, 'x')) == wrong);
  for (int i = 0; i < 20; ++i) CHECK(failure("off", "x") == wrong);
  CHECK(failure("admin", "right").empty());
  CHECK(log_in(db, throttle, {"10.0.0.1", "admin", "tls"}, "", "")
            .execute("RETURN current_user()")
            .single()
            .as_string() == "admin");
  CHECK_THROWS_AS(log_in(db, throttle, {"10.0.0.1", "stranger", "tls"}, "", ""), Error);
}

}  // namespace
}  // namespace geode::server
