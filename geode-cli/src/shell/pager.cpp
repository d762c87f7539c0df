#include "shell/pager.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace geode::cli {

namespace {

/// Starts `sh -c command`, its standard input from `input` unless that is -1. The shell itself
/// blocks SIGINT and ignores SIGPIPE; its children must have both as usual.
pid_t spawn_shell(const std::string& command, int input) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  if (input >= 0) posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGINT);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::string text = command;
  char shell[] = "sh";
  char flag[] = "-c";
  char* arguments[] = {shell, flag, text.data(), nullptr};
  pid_t process = -1;
  const int error = ::posix_spawn(&process, "/bin/sh", &files, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error == 0 ? process : -1;
}

int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool is_on_path(std::string_view program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t end = rest.find(':');
    std::string candidate(rest.substr(0, end));
    candidate += '/';
    candidate += program;
    if (::access(candidate.c_str(), X_OK) == 0) return true;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return false;
}

}  // namespace

std::string pager_command() {
  for (const char* name : {"GEODE_PAGER", "PAGER"}) {
    if (const char* value = std::getenv(name)) return value;
  }
  // -R: colours; -S: wide rows are cut, not folded; -F -X: a short text stays on the screen.
  return is_on_path("less") ? "less -RSFX" : "";
}

Pager::Pager(const std::string& command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  process_ = spawn_shell(command, ends[0]);
  ::close(ends[0]);
  if (process_ < 0) {
    ::close(ends[1]);
  } else {
    input_ = ends[1];
  }
}

Pager::~Pager() { finish(); }

bool Pager::write(std::string_view text) {
  while (input_ >= 0 && !text.empty()) {
    const ssize_t written = ::write(input_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return input_ >= 0;
}

void Pager::finish() {
  if (input_ >= 0) ::close(input_);
  input_ = -1;
  if (process_ > 0) wait_for(process_);
  process_ = -1;
}

int run_in_terminal(const std::string& command) {
  const pid_t process = spawn_shell(command, -1);
  return process < 0 ? -1 : wait_for(process);
}

}  // namespace geode::cli
