#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backup/checksum.hpp"
#include "backup/compression.hpp"
#include "backup/manifest.hpp"

namespace geode::backup {

/// Writes an archive front to back: the header, the parts it lists in their order, the manifest,
/// the end of the tar file, the seal.
class ArchiveWriter {
 public:
  ArchiveWriter(Compression compression, const Header& header, Sink sink);
  /// The next bytes of the part that is due. A part ends with its size, and the next one begins.
  void write(std::span<const char> bytes);
  /// Throws Error XX000 when bytes are missing.
  void finish();
  /// Of the whole archive, once it is finished.
  std::uint64_t bytes() const { return bytes_; }
  std::string checksum() const { return "sha256:" + to_hex(sum_.digest()); }

 private:
  void put(std::span<const char> bytes);
  void begin(const std::string& name, std::uint64_t size);
  void end();
  void write_whole(const std::string& name, const std::string& text);

  Sink sink_;
  const Compression compression_;
  const Header header_;
  std::uint64_t bytes_ = 0;
  Sha256 sum_;
  std::vector<Part> written_;
  std::size_t next_ = 0;  // of header_.parts
  std::uint64_t left_ = 0;
  Sha256 part_sum_;
  Compressor compressor_;
};

}  // namespace geode::backup
