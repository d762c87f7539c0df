#pragma once

#include <string>

#include "graph/chunk/column_chunk.hpp"

namespace geode::verifier {

/// Compares the header of a column chunk, whose checksum and offsets have been checked, with its
/// values: their number, their zone map, the order of its dictionary, their types. Gives what does
/// not fit, "" when all does. Long values are looked at by the caller.
std::string check_column_values(const graph::ColumnView& view);

}  // namespace geode::verifier
