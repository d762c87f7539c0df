#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <geode/database.hpp>

namespace geode::cli {

struct Finding {
  enum class Level { kFact, kGood, kWarning, kDamage } level = Level::kFact;
  std::string name, text;
  std::string hint = {};  ///< what can be done about it; "" for nothing
  /// "", "good", "look here" or "damaged".
  std::string_view mark() const;
};

/// Looks at the open database and its file. Stops reading after some hundred thousand nodes or a
/// million edges.
std::vector<Finding> examine(Database& database);

}  // namespace geode::cli
