#include "backup/compression.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <utility>

#include <geode/error.hpp>
#include "base/assert.hpp"

namespace geode::backup {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

bool ends_with(std::string_view name, std::string_view end) { return name.ends_with(end); }

}  // namespace

Compression compression_of_name(std::string_view name, bool compress) {
  if (ends_with(name, ".tar.gz") || ends_with(name, ".tgz")) return Compression::kGzip;
  if (ends_with(name, ".tar.zst") || ends_with(name, ".tzst")) return Compression::kZstd;
  if (ends_with(name, ".tar")) return Compression::kNone;
  return compress ? Compression::kGzip : Compression::kNone;
}

Compression compression_of_bytes(std::string_view first) {
  if (first.starts_with("\x1f\x8b")) return Compression::kGzip;
  if (first.starts_with("\x28\xb5\x2f\xfd")) return Compression::kZstd;
  return Compression::kNone;
}

Compressor::Compressor(Compression compression, Sink sink) : sink_(std::move(sink)) {
  if (compression == Compression::kNone) return;
  archive_ = archive_write_new();
  GEODE_CHECK(archive_ != nullptr, "libarchive has no memory");
  try {
    // The raw format is one entry without anything around it: of libarchive only its filter is at
    // work. Without a time in its header a stream of the same bytes is the same stream.
    check(archive_write_set_format_raw(archive_));
    if (compression == Compression::kGzip) {
      check(archive_write_add_filter_gzip(archive_));
      check(archive_write_set_filter_option(archive_, "gzip", "timestamp", nullptr));
      check(archive_write_set_filter_option(archive_, "gzip", "compression-level", "4"));
    } else {
      check(archive_write_add_filter_zstd(archive_));
      check(archive_write_set_filter_option(archive_, "zstd", "compression-level", "3"));
    }
    check(archive_write_set_bytes_per_block(archive_, 0));
    check(archive_write_open(
        archive_, this, nullptr,
        [](archive* a, void* self, const void* bytes, std::size_t size) -> la_ssize_t {
          return write_out(a, self, bytes, size);
        },
        nullptr));
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    const int code = archive_write_header(archive_, entry);
    archive_entry_free(entry);
    check(code);
  } catch (...) {
    archive_write_free(archive_);
    throw;
  }
}

Compressor::~Compressor() {
  if (archive_ == nullptr) return;
  // It ends the stream, which is of no use where it was not finished.
  sink_ = [](std::span<const char>) {};
  archive_write_free(archive_);
}

long long Compressor::write_out(archive*, void* self, const void* bytes, std::size_t size) {
  auto& compressor = *static_cast<Compressor*>(self);
  try {
    if (compressor.failure_ == nullptr) {
      compressor.sink_({static_cast<const char*>(bytes), size});
    }
  } catch (...) {
    // Exceptions must not go through the C code between here and check(), and libarchive does not
    // free its compressor when it is told of a failure.
    compressor.failure_ = std::current_exception();
  }
  return static_cast<long long>(size);
}

void Compressor::check(int code) {
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  if (code >= ARCHIVE_WARN) return;
  const char* text = archive_error_string(archive_);
  throw Error(status::kInternal,
              std::string("cannot compress: ") + (text == nullptr ? "unknown error" : text));
}

void Compressor::write(std::span<const char> bytes) {
  if (archive_ == nullptr) return sink_(bytes);
  while (!bytes.empty()) {
    const la_ssize_t n = archive_write_data(archive_, bytes.data(), bytes.size());
    check(n > 0 ? ARCHIVE_OK : ARCHIVE_FATAL);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void Compressor::finish() {
  if (archive_ == nullptr) return;
  check(archive_write_close(archive_));
}

Decompressor::Decompressor(Compression compression, Source source) : source_(std::move(source)) {
  if (compression == Compression::kNone) return;
  buffer_.resize(kBufferBytes);
  archive_ = archive_read_new();
  GEODE_CHECK(archive_ != nullptr, "libarchive has no memory");
  try {
    // An appended filter is the only one: libarchive does not look for more of them.
    int code = archive_read_append_filter(
        archive_, compression == Compression::kGzip ? ARCHIVE_FILTER_GZIP : ARCHIVE_FILTER_ZSTD);
    if (code >= ARCHIVE_WARN) code = archive_read_support_format_raw(archive_);
    if (code >= ARCHIVE_WARN) {
      code = archive_read_open(
          archive_, this, nullptr,
          [](archive* a, void* self, const void** bytes) -> la_ssize_t {
            return read_in(a, self, bytes);
          },
          nullptr);
    }
    archive_entry* entry = nullptr;
    if (code >= ARCHIVE_WARN) code = archive_read_next_header(archive_, &entry);
    if (code < ARCHIVE_WARN || code == ARCHIVE_EOF) {
      if (failure_ != nullptr) std::rethrow_exception(failure_);
      // libarchive only says that it sees no bytes.
      throw Error(status::kCorrupt,
                  "its compressed data is damaged at the beginning, or cut short");
    }
  } catch (...) {
    archive_read_free(archive_);
    throw;
  }
}

Decompressor::~Decompressor() {
  if (archive_ != nullptr) archive_read_free(archive_);
}

long long Decompressor::read_in(archive* a, void* self, const void** bytes) {
  auto& decompressor = *static_cast<Decompressor*>(self);
  try {
    *bytes = decompressor.buffer_.data();
    return static_cast<long long>(decompressor.source_(decompressor.buffer_));
  } catch (...) {
    decompressor.failure_ = std::current_exception();
  }
  archive_set_error(a, EIO, "the input failed");
  return -1;
}

void Decompressor::fail() const {
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  const char* text = archive_error_string(archive_);
  throw Error(status::kCorrupt, std::string("its compressed data is damaged: ") +
                                    (text == nullptr ? "unknown error" : text));
}

std::size_t Decompressor::read(std::span<char> out) {
  if (archive_ == nullptr) return source_(out);
  std::size_t size = 0;
  while (size < out.size()) {
    const la_ssize_t n = archive_read_data(archive_, out.data() + size, out.size() - size);
    if (n < 0) fail();
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  return size;
}

}  // namespace geode::backup
