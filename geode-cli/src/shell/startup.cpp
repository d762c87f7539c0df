#include "shell/startup.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "shell/shell.hpp"

namespace geode::cli {

std::string shellrc_path() {
  if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config == '/') {
    return std::string(config) + "/geode/shellrc";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return std::string(home) + "/.config/geode/shellrc";
  }
  return "";
}

void run_shellrc(Shell& shell) {
  const std::string path = shellrc_path();
  if (path.empty() || ::access(path.c_str(), F_OK) != 0) return;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    shell.talk().usage("cannot read " + path + ": " + std::strerror(errno));
    return;
  }
  shell.run_script(file, path);
}

std::string first_run_tip(const std::string& history_path) {
  if (history_path.empty()) return "";
  const std::filesystem::path folder = std::filesystem::path(history_path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  const int file =
      ::open((folder / "welcomed").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return "";
  ::close(file);
  return "Here for the first time? `.tutorial` shows the language in six steps.";
}

}  // namespace geode::cli
