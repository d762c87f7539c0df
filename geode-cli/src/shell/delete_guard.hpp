#pragma once

#include <string>

#include <geode/session.hpp>

namespace geode::cli {

class Shell;

/// More nodes and edges than a statement may delete in a conversation without a question.
inline constexpr std::uint64_t kUnaskedDeletes = 10'000;

/// Whether `text` may delete that many.
bool needs_guard(Shell& shell, const std::string& text);

/// Runs a statement that needs_guard(). Should it delete more than kUnaskedDeletes nodes and edges,
/// the user is asked; a no throws Error 57X01, and nothing was changed. Outside of a transaction
/// the statement runs in one of its own, which is not held open during the question: after a yes it
/// runs once more.
Result run_guarded(Shell& shell, const std::string& text, const StatementOptions& options);

}  // namespace geode::cli
