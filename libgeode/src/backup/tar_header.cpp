#include "backup/tar_header.hpp"

#include <algorithm>
#include <cstddef>

#include "base/assert.hpp"

namespace geode::backup {

namespace {

constexpr std::size_t kNameBytes = 100, kSizeAt = 124, kTimeAt = 136, kSumAt = 148;
constexpr std::size_t kNumberBytes = 12;
constexpr std::uint64_t kMostOctal = (std::uint64_t{1} << 33) - 1;

std::string octal(std::uint64_t number, std::size_t digits) {
  std::string out(digits, '0');
  for (std::size_t i = digits; i-- > 0; number /= 8) out[i] = static_cast<char>('0' + number % 8);
  return out;
}

std::string size_field(std::uint64_t size) {
  if (size <= kMostOctal) return octal(size, kNumberBytes - 1) + '\0';
  std::string out(kNumberBytes, '\0');
  out[0] = static_cast<char>(0x80);
  for (std::size_t i = kNumberBytes; i-- > kNumberBytes - 8; size >>= 8) {
    out[i] = static_cast<char>(size & 0xff);
  }
  return out;
}

std::uint64_t parse_number(std::string_view field) {
  std::uint64_t number = 0;
  if (field[0] == static_cast<char>(0x80)) {
    for (const char c : field.substr(kNumberBytes - 8)) {
      number = number << 8 | static_cast<unsigned char>(c);
    }
    return number;
  }
  // What is no digit gives a number whose header is another one.
  for (const char c : field.substr(0, kNumberBytes - 1)) {
    number = number * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

}  // namespace

std::string make_tar_header(const TarEntry& entry) {
  GEODE_CHECK(!entry.name.empty() && entry.name.size() <= kNameBytes,
              "the name of a part does not fit");
  std::string out(kTarBlock, '\0');
  const auto put = [&](std::size_t at, std::string_view text) {
    std::copy(text.begin(), text.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
  };
  put(0, entry.name);
  put(100, octal(0600, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(kSizeAt, size_field(entry.size));
  put(kTimeAt, octal(static_cast<std::uint64_t>(entry.time), kNumberBytes - 1));
  put(kSumAt, "        ");
  put(156, "0");
  put(257, std::string_view("ustar\00000", 8));
  std::uint64_t sum = 0;
  for (const char c : out) sum += static_cast<unsigned char>(c);
  put(kSumAt, octal(sum, 6) + '\0');
  return out;
}

std::optional<TarEntry> parse_tar_header(std::string_view block) {
  if (block.size() != kTarBlock) return std::nullopt;
  TarEntry entry;
  const std::string_view name = block.substr(0, kNameBytes);
  entry.name = name.substr(0, name.find('\0'));
  if (entry.name.empty()) return std::nullopt;
  entry.size = parse_number(block.substr(kSizeAt, kNumberBytes));
  const std::uint64_t time = parse_number(block.substr(kTimeAt, kNumberBytes));
  if (time > kMostOctal) return std::nullopt;
  entry.time = static_cast<std::int64_t>(time);
  if (make_tar_header(entry) != block) return std::nullopt;
  return entry;
}

}  // namespace geode::backup
