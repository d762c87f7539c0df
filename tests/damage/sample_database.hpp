#pragma once

#include <optional>
#include <string>
#include <vector>

#include <geode/database.hpp>

namespace geode::test {

/// Makes a small database at `path` with every kind of table and value: hubs, several labels, long
/// strings, lists, indexes, constraints, deltas that are not folded, and free pages.
void make_sample_database(const std::string& path);

/// Statements that together read all of it.
const std::vector<std::string>& sample_questions();

/// The rows of an answer, in no order, as text. Throws what the statement throws.
std::string answer(Session& session, const std::string& question);

/// Statements that change all kinds of tables. What they throw is for the caller.
const std::vector<std::string>& sample_changes();

}  // namespace geode::test
