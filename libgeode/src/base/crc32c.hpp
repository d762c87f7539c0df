#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace geode::base {

/// CRC-32C (Castagnoli), the checksum of every chunk and log record. `seed` is the checksum of the
/// bytes before.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed = 0);

}  // namespace geode::base
