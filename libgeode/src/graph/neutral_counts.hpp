#pragma once

#include <cstdint>

namespace geode::graph {

/// While one lives that is on, counts and statistics that this thread asks a transaction for are
/// round figures, the same whatever the graph holds. Plans for a user from whom something is hidden
/// are made by them: else his plans, and the order of his rows, would tell of what he does not see.
class NeutralCounts {
 public:
  explicit NeutralCounts(bool on) : before_(on_) { on_ = on_ || on; }
  ~NeutralCounts() { on_ = before_; }
  NeutralCounts(const NeutralCounts&) = delete;
  NeutralCounts& operator=(const NeutralCounts&) = delete;

  static bool on() { return on_; }
  static constexpr std::uint64_t kNodes = 1'000'000, kNodesOfLabel = 100'000, kEdges = 10'000'000,
                                 kEdgesOfLabel = 1'000'000, kDistinctValues = 10'000;

 private:
  inline static thread_local bool on_ = false;
  bool before_;
};

}  // namespace geode::graph
