#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "storage/environment.hpp"

namespace geode::storage {

/// A process that has a database open until the test lets it go.
class OtherProcess {
 public:
  /// `ready` names a file that is not there.
  OtherProcess(const std::string& path, const std::string& ready) {
    pid_ = fork();
    if (pid_ == 0) {
      EnvironmentOptions options;
      options.read_only = true;
      auto environment = Environment::open(path, options);
      std::ofstream(ready) << "x";
      std::this_thread::sleep_for(std::chrono::seconds(60));
      _exit(0);
    }
    while (!std::filesystem::exists(ready)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    std::filesystem::remove(ready);
  }
  ~OtherProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

 private:
  pid_t pid_ = -1;
};

}  // namespace geode::storage
