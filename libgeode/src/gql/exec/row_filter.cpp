#include "gql/exec/row_filter.hpp"

#include <cstring>

namespace geode::gql::exec {

namespace {

/// The rows whose byte is 1.
void collect_rows(std::span<const std::uint8_t> mask, std::vector<std::uint32_t>& rows) {
  rows.resize(mask.size());
  std::uint32_t* to = rows.data();
  for (std::uint32_t row = 0; row < mask.size(); ++row) {
    *to = row;
    to += mask[row];
  }
  rows.resize(static_cast<std::size_t>(to - rows.data()));
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
    collect_rows(mask_, rows_);
    rows = rows_;
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
