#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace geode::cli {

class Pager;

/// Thrown when whoever read standard output has gone (`geode ... | head`): there is no one to tell.
struct OutputClosed {};

/// Where results go: standard output, a file, or a pager. Buffered; what cannot be written is an
/// Error.
class Output {
 public:
  Output();
  /// Appends to `text` in place of a descriptor.
  explicit Output(std::string& text);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text);
  void flush();

  /// Sends everything from now on to a file, or back to standard output when `path` is empty.
  void redirect(const std::string& path);
  /// Sends the next result to a file.
  void redirect_once(const std::string& path);
  bool to_terminal() const;

  /// Between these two calls a text that is taller than the screen goes to the pager, when
  /// `may_page`.
  void begin_result(bool may_page);
  void end_result();

 private:
  void write_through(std::string_view text);
  void close_file();

  int descriptor_;
  std::string* text_ = nullptr;
  bool once_ = false;
  std::string buffer_;
  bool holding_ = false;  // the result still fits on the screen and waits in buffer_
  std::size_t held_lines_ = 0;
  std::size_t screen_lines_ = 0;
  std::unique_ptr<Pager> pager_;
  bool pager_left_ = false;
};

}  // namespace geode::cli
