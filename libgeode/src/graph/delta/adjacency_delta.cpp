#include "graph/delta/adjacency_delta.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include <geode/error.hpp>

namespace geode::graph {
namespace {

constexpr std::size_t kHeaderBytes = 16;

auto sort_key(const DeltaEntry& entry) {
  return std::tuple(entry.local, entry.operation == DeltaEntry::kDropNode ? 0 : 1, entry.neighbour,
                    entry.edge);
}

}  // namespace

bool operator<(const DeltaEntry& a, const DeltaEntry& b) { return sort_key(a) < sort_key(b); }

std::span<const DeltaEntry> entries_of(std::span<const DeltaEntry> entries, std::uint32_t local) {
  const auto first =
      std::lower_bound(entries.begin(), entries.end(), local,
                       [](const DeltaEntry& entry, std::uint32_t at) { return entry.local < at; });
  auto last = first;
  while (last != entries.end() && last->local == local) ++last;
  return {first, last};
}

AdjacencyDelta::AdjacencyDelta(storage::ByteView bytes) {
  std::uint32_t count = 0;
  if (bytes.size() >= kHeaderBytes) std::memcpy(&count, bytes.data(), 4);
  if (bytes.size() < kHeaderBytes || bytes.size() != kHeaderBytes + count * sizeof(DeltaEntry)) {
    throw Error(status::kCorrupt, "adjacency delta: its size does not fit its header");
  }
  std::memcpy(&greatest_lsn_, bytes.data() + 8, 8);
  entries_.resize(count);
  if (count > 0)
    std::memcpy(entries_.data(), bytes.data() + kHeaderBytes, count * sizeof(DeltaEntry));
  sorted_ = count;
}

std::uint64_t AdjacencyDelta::greatest_lsn(storage::ByteView bytes) {
  std::uint64_t lsn = 0;
  if (bytes.size() >= kHeaderBytes) std::memcpy(&lsn, bytes.data() + 8, 8);
  return lsn;
}

void AdjacencyDelta::encode(std::vector<std::byte>& out) {
  sort_tail();
  const auto count = static_cast<std::uint32_t>(entries_.size());
  out.assign(kHeaderBytes + count * sizeof(DeltaEntry), std::byte{0});
  std::memcpy(out.data(), &count, 4);
  std::memcpy(out.data() + 8, &greatest_lsn_, 8);
  if (count > 0) {
    std::memcpy(out.data() + kHeaderBytes, entries_.data(), count * sizeof(DeltaEntry));
  }
}

void AdjacencyDelta::add(std::uint32_t local, std::uint32_t neighbour, std::uint32_t edge,
                         std::uint64_t lsn) {
  entries_.push_back({static_cast<std::uint16_t>(local), DeltaEntry::kAdd, 0, neighbour, edge,
                      static_cast<std::uint32_t>(lsn)});
  greatest_lsn_ = std::max(greatest_lsn_, lsn);
}

void AdjacencyDelta::remove(std::uint32_t local, std::uint32_t neighbour, std::uint32_t edge,
                            std::uint64_t lsn) {
  entries_.push_back({static_cast<std::uint16_t>(local), DeltaEntry::kDelete, 0, neighbour, edge,
                      static_cast<std::uint32_t>(lsn)});
  greatest_lsn_ = std::max(greatest_lsn_, lsn);
}

void AdjacencyDelta::drop_node(std::uint32_t local, std::uint64_t lsn) {
  sort_tail();
  const std::span<const DeltaEntry> own = entries_of(entries_, local);
  const auto first = entries_.begin() + (own.data() - entries_.data());
  const auto at = entries_.erase(first, first + static_cast<std::ptrdiff_t>(own.size()));
  entries_.insert(at, {static_cast<std::uint16_t>(local), DeltaEntry::kDropNode, 0, 0, 0,
                       static_cast<std::uint32_t>(lsn)});
  greatest_lsn_ = std::max(greatest_lsn_, lsn);
  sorted_ = entries_.size();
}

std::span<const DeltaEntry> AdjacencyDelta::entries() {
  sort_tail();
  return entries_;
}

void AdjacencyDelta::sort_tail() {
  if (sorted_ == entries_.size()) return;
  const auto middle = entries_.begin() + static_cast<std::ptrdiff_t>(sorted_);
  std::sort(middle, entries_.end());
  std::inplace_merge(entries_.begin(), middle, entries_.end());
  // An edge that was added and deleted here has never been; both entries go.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (kept > 0 && !(entries_[kept - 1] < entries_[i])) {
      --kept;
    } else {
      entries_[kept++] = entries_[i];
    }
  }
  entries_.resize(kept);
  sorted_ = kept;
}

}  // namespace geode::graph
