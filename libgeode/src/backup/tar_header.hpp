#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace geode::backup {

inline constexpr std::size_t kTarBlock = 512;

/// What the header of an entry says. Only regular files with mode 0600, no owner and a name of at
/// most 100 bytes are ever written, so these three decide every one of its 512 bytes.
struct TarEntry {
  std::string name;
  std::uint64_t size = 0;
  std::int64_t time = 0;  ///< seconds since 1970

  bool operator==(const TarEntry&) const = default;
};

/// The 512 bytes (POSIX ustar):
///   name[100] mode[8] uid[8] gid[8] size[12] time[12] checksum[8] type[1] link[100] "ustar\0" "00"
///   zeros[247] (user, group, device, prefix)
/// Numbers are octal with a NUL behind; a size of 8 GiB and more is binary, big-endian, its first
/// bit set, which every tar reads.
std::string make_tar_header(const TarEntry& entry);

/// The entry for which make_tar_header() gives exactly these bytes; none for any other header.
std::optional<TarEntry> parse_tar_header(std::string_view block);

/// Zeros from the end of a part to the end of its last block.
inline std::size_t tar_padding(std::uint64_t size) {
  return static_cast<std::size_t>((kTarBlock - size % kTarBlock) % kTarBlock);
}

}  // namespace geode::backup
