#pragma once

#include <string>

namespace geode::cli {

class Shell;

/// $XDG_CONFIG_HOME/geode/shellrc, or ~/.config/geode/shellrc; "" without a home.
std::string shellrc_path();

/// Runs the user's shellrc, statements and dot commands, if there is one. Its errors are told and
/// end it, not the conversation.
void run_shellrc(Shell& shell);

/// What to say to one who opens the shell for the first time; "" ever after. Beside the history a
/// file remembers it, so that nothing is written, and nothing said, where there is no history.
std::string first_run_tip(const std::string& history_path);

}  // namespace geode::cli
