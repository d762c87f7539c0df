#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>

namespace geode::cli {

/// The command that shows long results: GEODE_PAGER, PAGER, or else less; "" when there is none.
std::string pager_command();

/// A pager that is running and reads what is written here.
class Pager {
 public:
  explicit Pager(const std::string& command);
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  /// False once the user has left the pager.
  bool write(std::string_view text);
  /// Waits until the user leaves it.
  void finish();

 private:
  int input_ = -1;
  pid_t process_ = -1;
};

/// Runs a program in the terminal and waits for it. Gives its exit status, or -1 when it could not
/// start.
int run_in_terminal(const std::string& command);

}  // namespace geode::cli
