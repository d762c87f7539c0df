#include "worker/io_loop.hpp"

#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>

namespace geode::server {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A loop that runs until it goes.
struct RunningLoop {
  RunningLoop() { loop.start(); }
  ~RunningLoop() {
    guard.reset();
    loop.join();
  }
  /// In a handler, and waits for it.
  template <class Work>
  void on_thread(Work work) {
    std::promise<void> done;
    asio::post(loop.context(), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  IoLoop loop;
  asio::executor_work_guard<asio::io_context::executor_type> guard =
      asio::make_work_guard(loop.context());
};

TEST_CASE("quick jobs run in their order, and not inside of a handler") {
  RunningLoop running;
  std::vector<int> order;
  std::promise<void> done;
  running.on_thread([&] {
    for (int i = 0; i < 5; ++i) running.loop.run_quick([&order, i] { order.push_back(i); });
    running.loop.run_quick([&] { done.set_value(); });
    order.push_back(-1);
  });
  done.get_future().wait();
  CHECK(order == std::vector<int>{-1, 0, 1, 2, 3, 4});
}

TEST_CASE("a job that is not quick does not hold up handlers") {
  RunningLoop running;
  for (int round = 0; round < 20; ++round) {
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
    std::atomic<int> ended{0};
    constexpr int kJobs = 3;
    running.on_thread([&] {
      for (int i = 0; i < kJobs; ++i) {
        running.loop.run_quick([&] {
          released.wait();
          ++ended;
        });
      }
    });
    // Comes behind all of them.
    running.on_thread([&] { CHECK(ended == 0); });
    release.set_value();
    while (ended < kJobs) std::this_thread::yield();
  }
}

TEST_CASE("handlers run one at a time, whatever becomes of jobs") {
  RunningLoop running;
  std::atomic<int> inside{0};
  std::atomic<bool> together{false};
  int handled = 0;  // of handlers alone
  for (int i = 0; i < 2000; ++i) {
    asio::post(running.loop.context(), [&, i] {
      if (inside++ != 0) together = true;
      ++handled;
      if (i % 50 == 0) running.loop.run_quick([] { std::this_thread::sleep_for(3ms); });
      if (i % 3 == 0) running.loop.run_quick([] {});
      --inside;
    });
  }
  while (true) {
    int so_far = 0;
    running.on_thread([&] { so_far = handled; });
    if (so_far == 2000) break;
    std::this_thread::sleep_for(1ms);
  }
  CHECK_FALSE(together);
}

TEST_CASE("a pause, and a job that waits after it") {
  RunningLoop running;
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(150ms);  // whoever looks after jobs sleeps by now
    std::promise<void> release;
    running.on_thread([&] { running.loop.run_quick([&] { release.get_future().wait(); }); });
    running.on_thread([&] { release.set_value(); });
  }
}

}  // namespace
}  // namespace geode::server
