#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace geode::server {

/// Slows down who tries passwords: at most ten failures a minute for an account from one address,
/// with a pause that grows after the third, and a hundred from one address for accounts that have
/// not logged in from there before. Nobody waits for another: an attempt that comes too soon is
/// refused without a look at the password. Attempts that are under way count as failed.
class LoginThrottle {
 public:
  using Clock = std::chrono::steady_clock;

  /// False: not now. Else ended() follows.
  bool begin(const std::string& account, const std::string& address, Clock::time_point now);
  void ended(const std::string& account, const std::string& address, bool succeeded);
  /// Whether the account has logged in from there before.
  bool is_known(const std::string& account, const std::string& address) const;

 private:
  using Key = std::pair<std::string, std::string>;  // account and address
  using Times = std::deque<Clock::time_point>;

  static void forget_old(Times& times, Clock::time_point now);
  void make_room(Clock::time_point now);

  static constexpr std::size_t kOfAccount = 10, kOfAddress = 100, kFree = 3, kMostKept = 10'000;
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::chrono::milliseconds kFirstPause{250};

  mutable std::mutex mutex_;
  std::map<Key, Times> accounts_;
  std::map<std::string, Times> addresses_;
  std::set<Key> trusted_;  ///< logged in before
};

}  // namespace geode::server
