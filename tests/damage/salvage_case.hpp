#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace geode::test {

/// What became of the attempt to save what is in a damaged file.
struct SalvageVerdict {
  bool refused = false;  ///< nothing could be saved, and an Error said so
  bool whole = false;    ///< nothing was lost
  std::string fault;     ///< it ended the process, took too long, or does not verify
  std::string differs;   ///< from the original, in another way than by what is said to be lost
  std::uint64_t nodes = 0, edges = 0;
};

/// Salvages the database at `path` in a process of its own. The output must verify, and hold
/// nothing that the original does not, whose `right` answers to sample_questions() these are;
/// where nothing is said to be lost, it must hold all of that. Where the last commit is lost, what
/// it holds is not looked at.
SalvageVerdict try_salvage(const std::string& path, const std::vector<std::string>& right,
                           std::uint64_t timeout_ms);

}  // namespace geode::test
