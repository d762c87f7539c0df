#include "backup/seal.hpp"

#include <string_view>

#include "backup/checksum.hpp"

namespace geode::backup {

namespace {

using namespace std::string_view_literals;

struct Frame {
  std::string_view front, back;
};

Frame frame_of(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return {};
    case Compression::kGzip:
      return {"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x24\0Gd\x20\0"sv, "\x03\0\0\0\0\0\0\0\0\0"sv};
    case Compression::kZstd:
      return {"\x5d\x2a\x4d\x18\x28\0\0\0geodesha"sv, {}};
  }
  return {};
}

}  // namespace

std::string make_seal(Compression compression, const std::string& sha256) {
  if (compression == Compression::kNone) return {};
  const Frame frame = frame_of(compression);
  return std::string(frame.front) + sha256 + std::string(frame.back);
}

std::size_t seal_bytes(Compression compression) {
  return make_seal(compression, std::string(Sha256::kBytes, '\0')).size();
}

bool has_seal_form(Compression compression, const std::string& bytes) {
  if (bytes.size() != seal_bytes(compression)) return false;
  return compression == Compression::kNone ||
         make_seal(compression, bytes.substr(frame_of(compression).front.size(), Sha256::kBytes)) ==
             bytes;
}

}  // namespace geode::backup
