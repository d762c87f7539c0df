#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "value/vector.hpp"

namespace geode::gql::exec {

/// Appends to `out` the rows `rows` of `columns`, at most kBatchRows of them. Count of rows (u32),
/// then column by column
///     physical form               one byte
///     whether there are nulls     one byte; when there are, one more a row, 1 = null
///     fixed forms                 entries as they are in memory
///     strings                     length (u32) and bytes of each
///     values of any type          each as put_value() writes it
/// The bytes are read by the process that wrote them, and by no other.
void encode_rows(std::span<const value::Vector* const> columns, std::span<const std::uint32_t> rows,
                 std::string& out);

/// Makes `columns` the rows that encode_rows() wrote; gives how many they are. They are flat, of
/// the same physical forms, and hold their own strings.
std::uint32_t decode_rows(std::string_view bytes, std::vector<value::Vector>& columns);

/// About what a row takes, in memory and encoded.
std::uint64_t row_bytes(std::span<const value::Vector* const> columns, std::uint32_t row);

}  // namespace geode::gql::exec
