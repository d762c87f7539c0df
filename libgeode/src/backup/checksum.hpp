#pragma once

#include <memory>
#include <span>
#include <string>

namespace geode::backup {

/// SHA-256 of bytes that come in pieces.
class Sha256 {
 public:
  static constexpr std::size_t kBytes = 32;

  Sha256();
  void update(std::span<const char> bytes);
  /// The 32 bytes of what has come so far; more may come afterwards.
  std::string digest() const;

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

std::string to_hex(const std::string& bytes);

/// "sha256:..." of a file. Throws Error 58X01 when it cannot be read.
std::string file_checksum(const std::string& path);

}  // namespace geode::backup
