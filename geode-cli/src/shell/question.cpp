#include "shell/question.hpp"

#include <cerrno>
#include <poll.h>
#include <string>
#include <unistd.h>

#include "shell/shell.hpp"

namespace geode::cli {

bool ask(Shell& shell, std::string_view question) {
  const std::string text = std::string(question) + " [y/N] ";
  shell.interrupts().take();  // before the question: from then on it is an answer
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return false;
  std::string answer;
  for (;;) {
    // Ctrl-C arrives on another thread and does not end a read.
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = ::poll(&input, 1, 100);
    if (shell.interrupts().take()) {
      shell.talk().say("");
      return false;
    }
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    char c = 0;
    if (ready < 0 || ::read(STDIN_FILENO, &c, 1) != 1) return false;
    if (c == '\n') break;
    answer += c;
  }
  return !answer.empty() && (answer.front() == 'y' || answer.front() == 'Y');
}

}  // namespace geode::cli
