#pragma once

#include <string>
#include <vector>

namespace geode::cli {

class Shell;

struct Finding {
  enum class Level { kFact, kGood, kWarning, kDamage } level = Level::kFact;
  std::string name, text;
};

/// Looks at the open database and its file. Stops reading after some hundred thousand nodes or a
/// million edges.
std::vector<Finding> examine(Shell& shell);

}  // namespace geode::cli
