#pragma once

#include <string>

#include "backup/compression.hpp"

namespace geode::backup {

/// The last bytes of a compressed archive: the SHA-256 of all bytes before them, in a form that
/// programs which decompress the file pass over. Without it not every byte of a compressed stream
/// would matter: bits that fill up a block, or one of several ways to say the same bytes.
///
///   gzip   an empty member whose header has an extra field:
///          1f 8b 08 04 | time 0:u32 | 00 ff | 36:u16 | 'G' 'd' 32:u16 sha[32] | 03 00 | 0:u32
///          0:u32
///   zstd   a skippable frame: 5d 2a 4d 18 | 40:u32 | "geodesha" sha[32]
///   tar    nothing: each byte follows from others (see archive_reader.hpp)
std::string make_seal(Compression compression, const std::string& sha256);
std::size_t seal_bytes(Compression compression);
/// Whether these are a seal, of whatever sum.
bool has_seal_form(Compression compression, const std::string& bytes);

}  // namespace geode::backup
