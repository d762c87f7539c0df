#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>

#include <geode/value.hpp>
#include "value/vector.hpp"

namespace geode::value {

/// Spreads every bit of `x` over the whole word (the finalizer of MurmurHash3).
constexpr std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  x ^= x >> 33;
  return x;
}
constexpr std::uint64_t combine_hash(std::uint64_t seed, std::uint64_t hash) {
  return mix(seed * 0x9e3779b97f4a7c15ULL + hash);
}

// Values that are same() have one hash, so 1 and 1.0 do, and null has one.
inline constexpr std::uint64_t kNullHash = 0x6e756c6c6e756c6cULL;
constexpr std::uint64_t hash_int64(std::int64_t value) {
  return mix(static_cast<std::uint64_t>(value) + 0x9e3779b97f4a7c15ULL);
}
constexpr std::uint64_t hash_bool(bool value) {
  return value ? 0x7472756574727565ULL : 0x66616c7365ULL;
}
constexpr std::uint64_t hash_node(NodeId id) { return mix(raw(id) ^ 0x6e6f64656e6f6465ULL); }
constexpr std::uint64_t hash_edge(EdgeId id) { return mix(raw(id) ^ 0x6564676565646765ULL); }
std::uint64_t hash_float64(double value);
std::uint64_t hash_string(std::string_view text);
std::uint64_t hash(const Value& value);

/// The hash of one row of a column: the same as hash(vector.get(row)), without making the Value.
std::uint64_t hash_row(const Vector& vector, std::uint32_t row);
/// Combines into hashes[i] the hash of row i, for rows 0 .. hashes.size() - 1.
void combine_hashes(const Vector& vector, std::span<std::uint64_t> hashes);
/// Whether two rows hold the same value (see same()), without making Values where the types are
/// equal.
bool same_rows(const Vector& a, std::uint32_t row_a, const Vector& b, std::uint32_t row_b);

}  // namespace geode::value
