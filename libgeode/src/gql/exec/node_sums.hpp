#pragma once

#include <cstdint>
#include <vector>

namespace geode::gql::exec {

/// A number for each node id: in 32 bits while all of them fit, so that twice as many stay in the
/// processor's cache.
class NodeSums {
 public:
  /// All zero.
  explicit NodeSums(std::uint64_t nodes) : narrow_(nodes) {}

  bool is_narrow() const { return wide_.empty(); }
  std::uint64_t size() const { return is_narrow() ? narrow_.size() : wide_.size(); }
  std::uint64_t operator[](std::uint64_t node) const {
    return is_narrow() ? narrow_[node] : wide_[node];
  }
  std::vector<std::uint32_t>& narrow() { return narrow_; }
  const std::vector<std::uint32_t>& narrow() const { return narrow_; }
  const std::vector<std::uint64_t>& wide() const { return wide_; }
  void set(std::uint64_t node, std::uint64_t value) {
    if (is_narrow() && value >> 32 != 0) widen();
    if (is_narrow()) {
      narrow_[node] = static_cast<std::uint32_t>(value);
    } else {
      wide_[node] = value;
    }
  }
  std::uint64_t bytes() const { return narrow_.size() * 4 + wide_.size() * 8; }

 private:
  void widen() {
    wide_.assign(narrow_.begin(), narrow_.end());
    narrow_ = {};
  }
  std::vector<std::uint32_t> narrow_;
  std::vector<std::uint64_t> wide_;
};

}  // namespace geode::gql::exec
