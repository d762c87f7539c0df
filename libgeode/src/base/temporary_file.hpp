#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace geode::base {

/// A file without a name, gone when it is closed. Errors are 58X01, or 53X02 when the device is
/// full.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& directory);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  std::uint64_t size() const { return size_; }
  void append(const void* bytes, std::size_t count);
  /// Reads up to `count` bytes; gives how many, less only at the end.
  std::size_t read(std::uint64_t offset, void* bytes, std::size_t count) const;

 private:
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace geode::base
