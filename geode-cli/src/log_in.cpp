#include "log_in.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <unistd.h>

#include <geode/error.hpp>
#include "terminal.hpp"

namespace geode::cli {

namespace {

void say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string ask_hidden(const std::string& question) {
  constexpr char kBackspace = 0x08, kCtrlU = 0x15, kDelete = 0x7f;
  const KeyByKey keys;
  say(question);
  std::string answer;
  for (;;) {
    char key = 0;
    const ssize_t count = ::read(STDIN_FILENO, &key, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count != 1 || key == KeyByKey::kCtrlC || key == KeyByKey::kCtrlD) {
      say("\n");
      throw Error(status::kCancelled, "no password was given");
    }
    if (key == '\n' || key == '\r') break;
    if (key == kCtrlU) {
      answer.clear();
    } else if (key == kBackspace || key == kDelete) {
      // A character of UTF-8 is its first byte and those behind it of the form 10xxxxxx.
      while (!answer.empty() && (answer.back() & 0xc0) == 0x80) answer.pop_back();
      if (!answer.empty()) answer.pop_back();
    } else {
      answer += key;
    }
  }
  say("\n");
  return answer;
}

}  // namespace

client::Connection log_in(client::ConnectOptions& options) {
  try {
    return client::Connection(options);
  } catch (const Error& error) {
    const bool refused = error.gqlstatus().starts_with("28");
    if (!refused || !options.password.empty() || !is_terminal(STDIN_FILENO)) throw;
  }
  options.password =
      ask_hidden("password" + (options.user.empty() ? std::string() : " of " + options.user) +
                 " at " + client::address_text(options) + ": ");
  try {
    return client::Connection(options);
  } catch (const Error&) {
    options.password.clear();  // the next try asks again
    throw;
  }
}

void hide_passwords(char** begin, char** end) {
  for (char** argument = begin; argument != end; ++argument) {
    const std::string_view text(*argument);
    const auto hide = [&](std::size_t from, std::size_t to) {
      std::fill(*argument + from, *argument + std::min(to, text.size()), '*');
    };
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) continue;
    const std::size_t authority = scheme + 3, at = text.rfind('@');
    const std::size_t colon = text.find(':', authority);
    if (at != std::string_view::npos && colon < at) hide(colon + 1, at);
    for (const std::string_view name : {"password=", "pass="}) {
      const std::size_t found = text.find(name, authority);
      if (found == std::string_view::npos) continue;
      hide(found + name.size(), text.find('&', found));
    }
  }
}

}  // namespace geode::cli
