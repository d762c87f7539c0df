#include "base/worker_pool.hpp"

#include <atomic>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <catch2/catch.hpp>

namespace geode::base {
namespace {

TEST_CASE("every task of the pool is done once", "[base]") {
  std::atomic<int> done{0};
  std::vector<std::shared_ptr<Task>> tasks;
  for (int i = 0; i < 1000; ++i) {
    tasks.push_back(std::make_shared<Task>([&] { ++done; }));
    WorkerPool::shared().start(tasks.back(), 3);
    if (i % 3 == 0) tasks.back()->run();
  }
  while (done < 1000) std::this_thread::yield();
  for (const auto& task : tasks) task->withdraw_or_wait();
  CHECK(done == 1000);
}

TEST_CASE("a task that was withdrawn never begins, one that has begun is waited for", "[base]") {
  std::atomic<bool> go{false}, over{false}, begun{false};
  auto slow = std::make_shared<Task>([&] {
    begun = true;
    while (!go) std::this_thread::yield();
    over = true;
  });
  std::atomic<int> late{0};
  auto never = std::make_shared<Task>([&] { ++late; });
  never->withdraw_or_wait();
  WorkerPool::shared().start(slow, 1);
  WorkerPool::shared().start(never, 1);
  while (!begun) std::this_thread::yield();
  CHECK_FALSE(slow->is_over());
  std::thread opener([&] { go = true; });
  slow->withdraw_or_wait();
  CHECK(over);
  CHECK(slow->is_over());
  never->run();
  CHECK(late == 0);
  opener.join();
}

TEST_CASE("a child process has a pool of its own", "[base]") {
  auto first = std::make_shared<Task>([] {});
  WorkerPool::shared().start(first, 2);
  // A sanitizer's locks are not for a fork while a thread begins.
  while (!first->is_over()) usleep(100);
  const pid_t child = fork();
  if (child == 0) {
    std::atomic<bool> done{false};
    auto task = std::make_shared<Task>([&] { done = true; });
    WorkerPool::shared().start(task, 2);
    for (int i = 0; i < 10'000 && !done; ++i) usleep(1000);
    _exit(done ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  first->withdraw_or_wait();
}

}  // namespace
}  // namespace geode::base
