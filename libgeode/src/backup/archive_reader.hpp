#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "backup/checksum.hpp"
#include "backup/compression.hpp"
#include "backup/manifest.hpp"
#include "storage/open_file.hpp"

namespace geode::backup {

/// An archive, read front to back and compared, byte for byte, with what must be there: headers of
/// entries are made anew from name, size and time, padding is zeros, the manifest is made anew from
/// the parts that were read, nothing follows the end, and the seal is the SHA-256 of what is before
/// it. What an archive says is never believed further than it has been read, and no name in it is
/// ever opened.
class ArchiveReader {
 public:
  /// Opens the file and reads the header. Throws Error 58X02 when this is no archive, or a damaged
  /// one, 58X01 when it cannot be read.
  explicit ArchiveReader(const std::string& path);
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  const Header& header() const { return header_; }
  std::uint64_t file_bytes() const { return file_bytes_; }
  /// How much of the file has been read.
  std::uint64_t bytes_read() const { return bytes_read_; }
  /// Whether the last bytes of the file are of the form that the end of an archive has; a look at a
  /// file that was cut short, without reading all of it.
  bool has_end() const;

  using PartSink = std::function<void(const Part& part, std::span<const char> bytes)>;
  /// Reads everything else, and hands the bytes of the parts over as they come. They are right only
  /// if it returns. To be called once.
  void read_parts(const PartSink& sink);
  /// "sha256:..." of the file, once it has been read.
  std::string checksum() const { return "sha256:" + to_hex(sum_.digest()); }

 private:
  std::size_t read_file(std::span<char> out);
  void expect(const std::string& bytes, const std::string& what);
  std::string read_exactly(std::size_t size, const std::string& where);
  Part read_part(const std::string& name, std::uint64_t size, const PartSink& sink);
  void read_part_header(const std::string& name, std::uint64_t size);
  [[noreturn]] void damaged(const std::string& what) const;
  template <class Action>
  void guarded(const Action& action) const;

  const std::string path_;
  storage::File file_;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t position_ = 0;  // in the tar file
  Compression compression_ = Compression::kNone;
  Sha256 sum_;
  std::unique_ptr<Decompressor> stream_;
  Header header_;
  Part header_part_;
};

}  // namespace geode::backup
