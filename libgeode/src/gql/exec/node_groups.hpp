#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include <geode/value.hpp>

namespace geode::gql::exec {

/// A number for each node id, 0 until it is set, in pages that are made when the first of their
/// nodes is: nodes of one label lie close together, and may be few of all.
class NodeGroups {
 public:
  /// For ids below `limit`.
  void reset(std::uint64_t limit) {
    clear();
    const std::uint64_t pages = (limit + kPageNodes - 1) / kPageNodes;
    pages_.assign(pages, kNone.data());
    made_.resize(pages);
  }
  void clear() {
    pages_.clear();
    made_.clear();
    made_count_ = 0;
  }
  bool empty() const { return pages_.empty(); }

  std::uint32_t operator[](NodeId node) const {
    return pages_[static_cast<std::uint64_t>(node) / kPageNodes]
                 [static_cast<std::uint64_t>(node) % kPageNodes];
  }
  void set(NodeId node, std::uint32_t group) {
    const std::uint64_t number = static_cast<std::uint64_t>(node) / kPageNodes;
    std::unique_ptr<std::uint32_t[]>& page = made_[number];
    if (!page) {
      page = std::make_unique<std::uint32_t[]>(kPageNodes);
      pages_[number] = page.get();
      ++made_count_;
    }
    page[static_cast<std::uint64_t>(node) % kPageNodes] = group;
  }

  std::uint64_t bytes() const {
    return pages_.size() * (sizeof(pages_[0]) + sizeof(made_[0])) +
           made_count_ * kPageNodes * sizeof(std::uint32_t);
  }

 private:
  static constexpr std::uint64_t kPageNodes = 4096;
  /// The page of nodes none of which is set.
  static constexpr std::array<std::uint32_t, kPageNodes> kNone{};
  std::vector<const std::uint32_t*> pages_;  // those that were made, kNone for the others
  std::vector<std::unique_ptr<std::uint32_t[]>> made_;
  std::uint64_t made_count_ = 0;
};

}  // namespace geode::gql::exec
