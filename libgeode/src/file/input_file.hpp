#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/memory_budget.hpp"

namespace geode::file {

/// A file read from begin to end through a buffer that slides over it: what the reader has not
/// consumed stays in the buffer, followed by kPadding zero bytes, so that it may be looked at in
/// blocks.
class InputFile {
 public:
  static constexpr std::size_t kPadding = 64;

  /// Throws Error 58X01 when the file cannot be opened.
  explicit InputFile(const std::string& path);
  /// The bytes [begin, end) of a file that is no pipe.
  InputFile(const std::string& path, std::uint64_t begin, std::uint64_t end);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  /// 0 for a pipe.
  std::uint64_t size() const { return size_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  bool at_end() const { return at_end_; }
  /// Of begin(), in the file.
  std::uint64_t offset() const { return start_ + bytes_read_ - (filled_ - consumed_); }

  const char* begin() const { return buffer_.get() + consumed_; }
  const char* end() const { return buffer_.get() + filled_; }
  void consume(std::size_t bytes) { consumed_ += bytes; }
  /// Reads more behind what is there, which moves: pointers into the buffer are void. False: there
  /// is no more.
  bool fill();
  /// Ends a last line that has no line feed. Only once at_end(); pointers into the buffer are void.
  void append_line_feed();
  /// Back to the begin.
  void rewind();

 private:
  const std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0, bytes_read_ = 0;
  std::uint64_t start_ = 0, most_bytes_ = UINT64_MAX;  // of the part to be read
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0, consumed_ = 0, filled_ = 0;
  bool at_end_ = false;
  base::MemoryCharge charge_;  // of a buffer that has grown
};

}  // namespace geode::file
