#pragma once

namespace geode::base {

/// While one lives that is on, this thread makes plans that do not depend on what the graph holds:
/// counts and statistics are round figures, and names that the catalog does not have are planned as
/// those it has. Plans for a user from whom something is hidden are made so: else a plan, and the
/// order of its rows, would tell of what he does not see.
class NeutralPlans {
 public:
  explicit NeutralPlans(bool on) : before_(on_) { on_ = on_ || on; }
  ~NeutralPlans() { on_ = before_; }
  NeutralPlans(const NeutralPlans&) = delete;
  NeutralPlans& operator=(const NeutralPlans&) = delete;

  static bool on() { return on_; }

 private:
  inline static thread_local bool on_ = false;
  bool before_;
};

}  // namespace geode::base
