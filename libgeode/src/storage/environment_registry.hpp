#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <sys/types.h>
#include <utility>

#include "storage/environment_impl.hpp"

namespace geode::storage {

/// The environments of this process by (device, inode). LMDB must not open a file twice in one
/// process: closing one environment would drop the locks of the other.
///
/// An entry stays until its environment is closed; between the last reference and the closing,
/// others wait.
class EnvironmentRegistry {
 public:
  using FileId = std::pair<dev_t, ino_t>;
  struct Entry {
    std::weak_ptr<Environment> environment;
    Environment::Impl* impl = nullptr;
  };

  static EnvironmentRegistry& instance() {
    // Never destroyed: environments may live in static objects of the program.
    static EnvironmentRegistry* registry = new EnvironmentRegistry;
    return *registry;
  }

  /// `replace` gives an environment another file. The mutex must be held.
  template <class Replace>
  void replaced(Environment::Impl& impl, const Replace& replace) {
    auto entry = entries.extract({impl.device, impl.inode});
    replace();
    entry.key() = {impl.device, impl.inode};
    entries.insert(std::move(entry));
  }

  std::mutex mutex;
  std::condition_variable closed;
  std::map<FileId, Entry> entries;

 private:
  EnvironmentRegistry() {
    pthread_atfork([] { instance().mutex.lock(); }, [] { instance().mutex.unlock(); },
                   [] {
                     EnvironmentRegistry& registry = instance();
                     for (auto& [id, entry] : registry.entries) entry.impl->forget_after_fork();
                     registry.entries.clear();
                     registry.mutex.unlock();
                   });
  }
};

}  // namespace geode::storage
