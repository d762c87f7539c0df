#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <geode/session.hpp>
#include "shell/interrupt.hpp"
#include "shell/target.hpp"

namespace geode::cli {

class Shell;

/// `/schema/name`, as statements write it.
std::string graph_path(std::string_view schema, std::string_view name);

/// One state of the database for several queries: that of the open transaction of the shell, its
/// own changes among it, or else the newest one. Ctrl-C ends a query of it.
class Snapshot {
 public:
  /// Throws Error 40X01 when the open transaction has failed.
  explicit Snapshot(Shell& shell);
  /// The session of the shell is left as it was found.
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  /// The graph that queries are about from now on; before that it is the shell's. `path` as
  /// statements write it.
  void use_graph(const std::string& path);
  Result query(std::string_view text);
  /// Throws Error 57X01 after Ctrl-C.
  void check_interrupt() const;

 private:
  Interrupts& interrupts_;
  std::unique_ptr<Target> own_;
  Target* session_;
  std::string graph_;  // the shell's
  std::optional<Interrupts::Running> running_;
};

}  // namespace geode::cli
