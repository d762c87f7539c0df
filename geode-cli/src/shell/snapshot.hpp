#pragma once

#include <optional>
#include <string_view>

#include <geode/session.hpp>
#include "shell/interrupt.hpp"

namespace geode::cli {

class Shell;

/// One state of the database for several queries: that of the open transaction of the shell, its
/// own changes among it, or else the newest one. Ctrl-C ends a query of it.
class Snapshot {
 public:
  /// Throws Error 40X01 when the open transaction has failed.
  explicit Snapshot(Shell& shell);
  Result query(std::string_view text);
  /// Throws Error 57X01 after Ctrl-C.
  void check_interrupt() const;

 private:
  Interrupts& interrupts_;
  std::optional<Session> own_;
  Session* session_;
  std::optional<Interrupts::Running> running_;
};

}  // namespace geode::cli
