#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <unistd.h>

#include "storage/transaction.hpp"

namespace geode::graph {

/// Bytes of a stored value, aligned to 8, that outlive the transaction they were read in as long as
/// the value is not rewritten and some snapshot still sees it.
///
/// LMDB puts a value of half a page or more on pages of its own, where it stays until it is itself
/// rewritten; a smaller one shares its page with other entries and moves when they change, so it is
/// copied. The value of a page of its own stands right behind the page's header of 16 bytes, which
/// no value within a shared page does. `value` must come from a read transaction: pages that a
/// writer has touched move.
class HeldBytes {
 public:
  HeldBytes() = default;
  explicit HeldBytes(storage::ByteView value) : view_(value) {
    constexpr std::uintptr_t kLeastPage = 4096, kPageHeader = 16;
    const bool own_page =
        reinterpret_cast<std::uintptr_t>(value.data()) % kLeastPage == kPageHeader;
    if (value.size() < page_limit() || !own_page) copy();
  }
  storage::ByteView view() const { return view_; }
  bool copied() const { return copy_ != nullptr; }

 private:
  /// Half the page size of the system, which LMDB takes for its own.
  static std::size_t page_limit();
  void copy() {
    copy_ = std::make_unique_for_overwrite<std::uint64_t[]>((view_.size() + 7) / 8);
    if (!view_.empty()) std::memcpy(copy_.get(), view_.data(), view_.size());
    view_ = {reinterpret_cast<const std::byte*>(copy_.get()), view_.size()};
  }
  storage::ByteView view_;
  std::unique_ptr<std::uint64_t[]> copy_;
};

inline std::size_t HeldBytes::page_limit() {
  static const auto limit = static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 2;
  return limit;
}

}  // namespace geode::graph
