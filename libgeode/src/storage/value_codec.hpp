#pragma once

#include <string>

#include <geode/value.hpp>
#include "storage/transaction.hpp"

namespace geode::storage {

/// Lists and records may be nested this deep in a stored value.
inline constexpr int kMaxStoredNesting = 500;

/// Appends the stored form of a value to `out`. A tag byte, then
///     null false true     nothing
///     int                 zigzag varint
///     float               8 bytes, little-endian
///     decimal             scale (plus 80 when negative), count of bytes, the magnitude in so many
///                         bytes, little-endian
///     date                zigzag varint of days
///     local time          varint of nanoseconds (zigzag)
///     zoned time          nanoseconds, offset (zigzag varints)
///     local datetime      seconds, nanoseconds (zigzag varints)
///     zoned datetime      seconds, nanoseconds, offset (zigzag varints), zone as a string
///     duration            months, days, seconds, nanoseconds (zigzag varints)
///     string bytes        varint length, bytes
///     list                varint count, values
///     record              varint count, (name as a string, value)
/// Varints are those of storage/byte_reader.hpp.
/// Throws Error 22G03 for nodes, edges and paths, which are not stored, 54X01 when nested too deep.
void encode_value(const Value& value, std::string& out);

/// The value that fills `bytes`. Throws Error 58X02 when they are damaged or too many.
Value decode_value(ByteView bytes);

/// The value that begins `bytes`, which then begins behind it. Throws Error 58X02 when they are
/// damaged.
Value take_value(ByteView& bytes);

}  // namespace geode::storage
