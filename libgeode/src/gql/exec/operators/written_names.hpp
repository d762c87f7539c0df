#pragma once

#include <string>
#include <vector>

#include <geode/error.hpp>
#include <geode/value.hpp>

namespace geode::gql::exec {

/// The labels that `$(..)` gives: a text, or the texts of a list. Throws 22G03 for anything else
/// and for an empty text.
std::vector<std::string> written_labels(const Value& value, Position position);
/// The name of a property in brackets.
std::string written_key(const Value& value, Position position);

}  // namespace geode::gql::exec
