#include "output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <geode/error.hpp>
#include "shell/pager.hpp"
#include "terminal.hpp"

namespace geode::cli {

namespace {
constexpr std::size_t kBufferBytes = 64 * 1024;
}

Output::Output() : descriptor_(STDOUT_FILENO) { buffer_.reserve(kBufferBytes); }

Output::Output(std::string& text) : descriptor_(-1), text_(&text) {}

Output::~Output() { close_file(); }

void Output::write(std::string_view text) {
  if (pager_left_) return;
  buffer_ += text;
  if (holding_) {
    held_lines_ += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    if (held_lines_ < screen_lines_) return;
    holding_ = false;
    const std::string command = pager_command();
    if (!command.empty()) pager_ = std::make_unique<Pager>(command);
  }
  if (buffer_.size() >= kBufferBytes) flush();
}

void Output::flush() {
  if (holding_) return;
  std::string text;
  text.swap(buffer_);
  buffer_.reserve(kBufferBytes);
  if (pager_) {
    if (!pager_->write(text)) pager_left_ = true;
    return;
  }
  write_through(text);
}

void Output::write_through(std::string_view text) {
  if (text_ != nullptr) {
    *text_ += text;
    return;
  }
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EPIPE) throw OutputClosed();
      throw Error(errno == ENOSPC ? status::kDiskFull : status::kIo,
                  std::string("cannot write the output: ") + std::strerror(errno));
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Output::redirect(const std::string& path) {
  flush();
  int descriptor = STDOUT_FILENO;
  if (!path.empty()) {
    descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) {
      throw Error(status::kIo, "cannot write to " + path + ": " + std::strerror(errno));
    }
  }
  close_file();
  descriptor_ = descriptor;
  once_ = false;
}

void Output::redirect_once(const std::string& path) {
  redirect(path);
  once_ = true;
}

void Output::close_file() {
  if (descriptor_ != STDOUT_FILENO && descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = STDOUT_FILENO;
}

bool Output::to_terminal() const { return is_terminal(descriptor_); }

void Output::begin_result(bool may_page) {
  flush();
  holding_ = may_page && to_terminal();
  held_lines_ = 0;
  screen_lines_ = std::max<std::size_t>(terminal_size(descriptor_).rows, 4) - 2;
  pager_left_ = false;
}

void Output::end_result() {
  holding_ = false;
  flush();
  if (pager_) {
    pager_->finish();
    pager_.reset();
  }
  pager_left_ = false;
  if (once_) {
    close_file();
    once_ = false;
  }
}

}  // namespace geode::cli
