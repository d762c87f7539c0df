#include "auth/login_throttle.hpp"

namespace geode::server {

void LoginThrottle::forget_old(Times& times, Clock::time_point now) {
  while (!times.empty() && now - times.front() >= kWindow) times.pop_front();
}

/// Names that somebody makes up do not fill the memory.
void LoginThrottle::make_room(Clock::time_point now) {
  if (accounts_.size() < kMostKept && addresses_.size() < kMostKept) return;
  const auto drop_old = [&](auto& all) {
    std::erase_if(all, [&](const auto& entry) {
      return entry.second.empty() || now - entry.second.back() >= kWindow;
    });
    if (all.size() >= kMostKept) all.erase(all.begin());
  };
  drop_old(accounts_);
  drop_old(addresses_);
}

bool LoginThrottle::begin(const std::string& account, const std::string& address,
                          Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  make_room(now);
  Times& mine = accounts_[{account, address}];
  forget_old(mine, now);
  if (mine.size() >= kOfAccount) return false;
  if (mine.size() >= kFree) {
    const auto pause = kFirstPause * (1 << (mine.size() - kFree));
    if (now - mine.back() < pause) return false;
  }
  Times& all = addresses_[address];
  forget_old(all, now);
  if (all.size() >= kOfAddress && !trusted_.contains({account, address})) return false;
  mine.push_back(now);
  all.push_back(now);
  return true;
}

void LoginThrottle::ended(const std::string& account, const std::string& address, bool succeeded) {
  if (!succeeded) return;
  const std::lock_guard lock(mutex_);
  accounts_.erase({account, address});
  const auto all = addresses_.find(address);
  if (all != addresses_.end() && !all->second.empty()) all->second.pop_back();
  if (trusted_.size() >= kMostKept) trusted_.erase(trusted_.begin());
  trusted_.insert({account, address});
}

bool LoginThrottle::is_known(const std::string& account, const std::string& address) const {
  const std::lock_guard lock(mutex_);
  return trusted_.contains({account, address});
}

}  // namespace geode::server
