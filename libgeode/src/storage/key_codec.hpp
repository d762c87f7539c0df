#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <geode/value.hpp>

namespace geode::storage {

/// The form of values in index keys: memcmp order of encodings is value::order(), and equal values
/// (1 and 1.0) have equal encodings. Encodings can be put one behind the other: no encoding is a
/// prefix of another one.
///
///     class:u8         the place of the type in the order (see key_codec.cpp), then
///     bool             0 or 1
///     number           the greatest double that is not above it: 8 bytes, big-endian, sign flipped
///                      (all bits when negative); 00 when that is the number, else 01 and its
///                      decimal digits (see key_codec.cpp)
///     date, times      ticks: i64, big-endian, sign flipped; datetimes add the nanoseconds as u32.
///                      Zoned ones in UTC
///     duration         length (seconds, nanoseconds), then months, days, seconds, nanoseconds
///     string, bytes    the bytes with 00 written as 01 01 and 01 as 01 02, then 00
///     list             its elements, then 00
///     record           (name as a string, value) by name, then 00
/// NaN, null: the class alone. Nodes, edges and paths are not stored (Error 22G03).
void append_key(const Value& value, std::string& out);

/// What a string or bytes key begins with when its text begins with `prefix`: for STARTS WITH.
void append_key_of_prefix(ValueType type, std::string_view prefix, std::string& out);

/// A key that fits LMDB. Encodings over kLongestIndexKey bytes are cut to kCutIndexKey bytes, and a
/// 16-byte hash of the whole follows.
inline constexpr std::size_t kLongestIndexKey = 480;
inline constexpr std::size_t kCutIndexKey = 464;

/// Appends the index key of `values`, one behind the other. False when it was cut: then
/// - equality: entries of this key may be of other values with the same hash, so they must be
/// compared;
/// - ranges: use the first kCutIndexKey bytes as the bound, inclusive, and compare what is found. A
/// key that was *not* cut
///   needs the same care only against entries that share those first bytes, as cut entries are in
///   no order among them.
[[nodiscard]] bool append_composite_index_key(std::span<const Value> values, std::string& out);
[[nodiscard]] inline bool append_index_key(const Value& value, std::string& out) {
  return append_composite_index_key(std::span<const Value>(&value, 1), out);
}

/// The least key above all keys that begin with `prefix`; nullopt when there is none.
std::optional<std::string> key_after_prefix(std::string_view prefix);

}  // namespace geode::storage
