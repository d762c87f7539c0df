#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gql/exec/evaluate.hpp"

namespace geode::gql::exec {

/// Finds the rows of batches that satisfy all of some conditions, with buffers that it uses again.
class RowFilter {
 public:
  /// Those of batch.rows() for which each condition is true. Conditions are asked in their order,
  /// and of the rows that are left by those before. Points into this, or is batch.rows() itself.
  std::span<const std::uint32_t> filter(std::span<Evaluator> conditions, const Batch& batch);

 private:
  /// What the first conditions leave of a batch without a selection; gives how many they are.
  std::size_t narrow(std::span<Evaluator> conditions, const Batch& batch,
                     std::span<const std::uint32_t>& rows);

  std::vector<std::uint8_t> mask_;
  std::vector<std::uint32_t> masked_, rows_, passed_;
};

}  // namespace geode::gql::exec
