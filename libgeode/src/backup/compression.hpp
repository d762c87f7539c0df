#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct archive;

namespace geode::backup {

enum class Compression : std::uint8_t { kNone, kGzip, kZstd };

/// By the ending of the name: .tar, .tar.gz, .tgz, .tar.zst; for any other one, gzip when
/// `compress` is set and nothing otherwise.
Compression compression_of_name(std::string_view name, bool compress);
/// By the first bytes of the file; whatever is neither gzip nor zstd is taken for a plain tar file.
Compression compression_of_bytes(std::string_view first);

/// Where bytes go, and where they come from: a source fills what it is given from the front, less
/// of it only at the end.
using Sink = std::function<void(std::span<const char>)>;
using Source = std::function<std::size_t(std::span<char>)>;

/// Compresses what is written to it in one stream. Bytes reach the sink in pieces; errors of the
/// sink come out of the call that met them.
class Compressor {
 public:
  Compressor(Compression compression, Sink sink);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  void write(std::span<const char> bytes);
  void finish();

 private:
  static long long write_out(archive*, void* self, const void* bytes, std::size_t size);
  void check(int code);

  Sink sink_;
  archive* archive_ = nullptr;  // none for Compression::kNone
  std::exception_ptr failure_;
};

/// The bytes of one compressed stream. What is broken in it ends with Error 58X02. A stream within
/// a stream is not looked into.
class Decompressor {
 public:
  Decompressor(Compression compression, Source source);
  ~Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  /// Fills `out` from the front; less than all of it only at the end.
  std::size_t read(std::span<char> out);

 private:
  static long long read_in(archive*, void* self, const void** bytes);
  [[noreturn]] void fail() const;

  Source source_;
  archive* archive_ = nullptr;
  std::exception_ptr failure_;
  std::string buffer_;
};

}  // namespace geode::backup
