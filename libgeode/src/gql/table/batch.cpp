#include "gql/table/batch.hpp"

#include <numeric>

namespace geode::gql {

std::span<const std::uint32_t> identity_rows(std::uint32_t count) {
  static const std::array<std::uint32_t, kBatchRows> rows = [] {
    std::array<std::uint32_t, kBatchRows> numbers{};
    std::iota(numbers.begin(), numbers.end(), 0u);
    return numbers;
  }();
  return {rows.data(), count};
}

}  // namespace geode::gql
