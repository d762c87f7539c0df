#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace geode::server {

/// Logins that wait for their turn, and the threads that look at passwords.
///
/// A look at a password is made to take long. So it has threads of its own: a crowd of logins holds
/// up no statement. And it is not first come, first served: who has logged in from his address
/// before goes first, and of the others an address with few logins that wait before one with many,
/// so that who tries passwords waits behind himself.
class LoginQueue {
 public:
  using Job = std::function<void()>;

  /// Half of the processors, and no more than the four that may look at passwords at a time.
  LoginQueue();
  explicit LoginQueue(std::size_t threads);
  /// Runs what was posted, then joins.
  ~LoginQueue();
  LoginQueue(const LoginQueue&) = delete;
  LoginQueue& operator=(const LoginQueue&) = delete;

  /// Jobs do not throw. `is_known`: the account has logged in from there before.
  void post(Job job, const std::string& address, bool is_known);

 private:
  struct Login {
    Job job;
    std::string address;  // empty: of one that is known
  };
  void loop();

  std::mutex mutex_;
  std::condition_variable work_;
  /// By how many of the address waited when it came, then by when it came.
  std::map<std::pair<std::size_t, std::uint64_t>, Login> waiting_;
  std::unordered_map<std::string, std::size_t> of_address_;
  std::uint64_t posted_ = 0;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace geode::server
