#include "gql/exec/row_filter.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace geode::gql::exec {

namespace {

static_assert(std::endian::native == std::endian::little, "byte 0 of a mask is to be the lowest");

constexpr std::uint32_t kTogether = 8;

/// For each set of eight rows: its members, front to back.
constexpr auto kMembers = [] {
  std::array<std::array<std::uint8_t, kTogether>, 256> members{};
  for (std::size_t set = 0; set < members.size(); ++set) {
    std::size_t size = 0;
    for (std::uint8_t row = 0; row < kTogether; ++row) {
      if ((set >> row & 1) != 0) members[set][size++] = row;
    }
  }
  return members;
}();

/// The rows whose byte is 1, into `rows`, which has room for kTogether more than there are bytes.
std::size_t collect_rows(std::span<const std::uint8_t> mask, std::uint32_t* rows) {
  // Bytes that are 0 or 1 are added up, and their bits put side by side, by a multiplication each;
  // no two products meet in a bit.
  constexpr std::uint64_t kAddUp = 0x0101010101010101, kSideBySide = 0x0102040810204080;
  std::uint32_t* to = rows;
  std::uint32_t row = 0;
  for (; row + kTogether <= mask.size(); row += kTogether) {
    std::uint64_t bytes;
    std::memcpy(&bytes, mask.data() + row, kTogether);
    const auto& members = kMembers[bytes * kSideBySide >> 56];
    for (std::uint32_t k = 0; k < kTogether; ++k) to[k] = row + members[k];
    to += bytes * kAddUp >> 56;
  }
  for (; row < mask.size(); ++row) {
    *to = row;
    to += mask[row];
  }
  return static_cast<std::size_t>(to - rows);
}

}  // namespace

std::size_t RowFilter::narrow(std::span<Evaluator> conditions, const Batch& batch,
                              std::span<const std::uint32_t>& rows) {
  mask_.assign(batch.size, 1);
  std::size_t known = 0;
  bool any = true;
  while (any && known < conditions.size() && conditions[known].narrow(batch, mask_.data())) {
    any = std::memchr(mask_.data(), 1, mask_.size()) != nullptr;
    ++known;
  }
  if (!any) {
    rows = {};
  } else if (known > 0 && std::memchr(mask_.data(), 0, mask_.size()) != nullptr) {
    if (masked_.size() < mask_.size() + kTogether) masked_.resize(mask_.size() + kTogether);
    rows = std::span(masked_).first(collect_rows(mask_, masked_.data()));
  }
  return known;
}

std::span<const std::uint32_t> RowFilter::filter(std::span<Evaluator> conditions,
                                                 const Batch& batch) {
  std::span<const std::uint32_t> rows = batch.rows();
  std::size_t known = batch.selected ? 0 : narrow(conditions, batch, rows);
  for (; known < conditions.size() && !rows.empty(); ++known) {
    passed_.clear();
    conditions[known].filter(batch, rows, passed_);
    rows_.swap(passed_);
    rows = rows_;
  }
  return rows;
}

}  // namespace geode::gql::exec
