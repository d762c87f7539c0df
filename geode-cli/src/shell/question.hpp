#pragma once

#include <string_view>

namespace geode::cli {

class Shell;

/// Asks on the terminal; true for an answer that begins with y or Y. No answer, the end of the
/// input and Ctrl-C mean no.
bool ask(Shell& shell, std::string_view question);

}  // namespace geode::cli
