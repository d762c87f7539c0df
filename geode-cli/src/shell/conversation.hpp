#pragma once

namespace geode::cli {

class Shell;

/// Talks with a person at a terminal until they leave. Gives an ExitCode.
int converse(Shell& shell);

}  // namespace geode::cli
