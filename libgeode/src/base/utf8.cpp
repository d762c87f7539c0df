#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace geode::base {

namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::uint64_t kHighBits = 0x8080808080808080u;

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

std::uint64_t word_at(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Length of the well-formed code point at `at`, or 0. Unicode 15, table 3-7.
std::size_t well_formed(const char* at, const char* end) {
  const auto byte = [at](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  const auto left = static_cast<std::size_t>(end - at);
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead < 0xE0) return left >= 2 && continues(at[1]) ? 2 : 0;
  if (lead < 0xF0) {
    if (left < 3 || !continues(at[1]) || !continues(at[2])) return 0;
    if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return 0;
    return 3;
  }
  if (left < 4 || !continues(at[1]) || !continues(at[2]) || !continues(at[3])) return 0;
  if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return 0;
  return 4;
}

char32_t decode(const char* at, std::size_t length) {
  const auto bits = [at](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(at[i]) & 0x3F);
  };
  const auto lead = static_cast<unsigned char>(at[0]);
  switch (length) {
    case 1:
      return lead;
    case 2:
      return static_cast<char32_t>(lead & 0x1F) << 6 | bits(1);
    case 3:
      return static_cast<char32_t>(lead & 0x0F) << 12 | bits(1) << 6 | bits(2);
    default:
      return static_cast<char32_t>(lead & 0x07) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3);
  }
}

struct Range {
  char32_t first, last;
};

constexpr std::array kZeroWidth = std::to_array<Range>({{0x0300, 0x036F},
                                                        {0x0483, 0x0489},
                                                        {0x0591, 0x05BD},
                                                        {0x0610, 0x061A},
                                                        {0x064B, 0x065F},
                                                        {0x06D6, 0x06DC},
                                                        {0x0E34, 0x0E3A},
                                                        {0x0E47, 0x0E4E},
                                                        {0x1AB0, 0x1AFF},
                                                        {0x1DC0, 0x1DFF},
                                                        {0x200B, 0x200F},
                                                        {0x202A, 0x202E},
                                                        {0x2060, 0x2064},
                                                        {0x20D0, 0x20FF},
                                                        {0x3099, 0x309A},
                                                        {0xFE00, 0xFE0F},
                                                        {0xFE20, 0xFE2F},
                                                        {0xFEFF, 0xFEFF},
                                                        {0xE0100, 0xE01EF}});

constexpr std::array kDoubleWidth = std::to_array<Range>(
    {{0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x2614, 0x2615},
     {0x2648, 0x2653},   {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x2705, 0x2705},
     {0x2728, 0x2728},   {0x274C, 0x274C},   {0x2753, 0x2755},   {0x2795, 0x2797},
     {0x2B1B, 0x2B1C},   {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},
     {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},
     {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
     {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}});

template <std::size_t n>
bool within(const std::array<Range, n>& ranges, char32_t c) {
  const auto it =
      std::upper_bound(ranges.begin(), ranges.end(), c,
                       [](char32_t value, const Range& range) { return value < range.first; });
  return it != ranges.begin() && c <= std::prev(it)->last;
}

}  // namespace

std::size_t utf8_valid_prefix(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    // Most text is ASCII: eight bytes at a time.
    while (end - at >= 8 && (word_at(at) & kHighBits) == 0) at += 8;
    if (at == end) break;
    const std::size_t length = well_formed(at, end);
    if (length == 0) break;
    at += length;
  }
  return static_cast<std::size_t>(at - text.data());
}

bool utf8_valid(std::string_view text) { return utf8_valid_prefix(text) == text.size(); }

std::size_t utf8_count(std::string_view text) {
  std::size_t continuing = 0, i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    // A byte continues when its two highest bits are 10.
    const std::uint64_t word = word_at(text.data() + i);
    continuing += static_cast<std::size_t>(__builtin_popcountll(word & ~(word << 1) & kHighBits));
  }
  for (; i < text.size(); ++i) continuing += continues(text[i]);
  return text.size() - continuing;
}

std::size_t utf8_offset(std::string_view text, std::size_t n) {
  std::size_t i = 0;
  while (n >= 8 && i + 8 <= text.size()) {
    const std::uint64_t word = word_at(text.data() + i);
    n -= 8 - static_cast<std::size_t>(__builtin_popcountll(word & ~(word << 1) & kHighBits));
    i += 8;
  }
  // The bytes counted so far may end within a code point.
  while (i < text.size() && continues(text[i])) ++i;
  while (n > 0 && i < text.size()) {
    ++i;
    while (i < text.size() && continues(text[i])) ++i;
    --n;
  }
  return i;
}

std::string_view utf8_substr(std::string_view text, std::size_t start, std::size_t count) {
  text.remove_prefix(utf8_offset(text, start));
  return count >= text.size() ? text : text.substr(0, utf8_offset(text, count));
}

char32_t utf8_next(std::string_view text, std::size_t& offset) {
  const char* at = text.data() + offset;
  const std::size_t length = well_formed(at, text.data() + text.size());
  if (length == 0) {
    ++offset;
    return kReplacement;
  }
  offset += length;
  return decode(at, length);
}

char32_t utf8_previous(std::string_view text, std::size_t& offset) {
  const std::size_t end = offset;
  std::size_t start = end - 1;
  while (start > 0 && end - start < 4 && continues(text[start])) --start;
  const char* at = text.data() + start;
  if (well_formed(at, text.data() + end) == end - start) {
    offset = start;
    return decode(at, end - start);
  }
  offset = end - 1;
  return kReplacement;
}

void utf8_append(std::string& out, char32_t c) {
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = kReplacement;
  const auto add = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    add(c);
  } else if (c < 0x800) {
    add(0xC0 | c >> 6);
    add(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    add(0xE0 | c >> 12);
    add(0x80 | (c >> 6 & 0x3F));
    add(0x80 | (c & 0x3F));
  } else {
    add(0xF0 | c >> 18);
    add(0x80 | (c >> 12 & 0x3F));
    add(0x80 | (c >> 6 & 0x3F));
    add(0x80 | (c & 0x3F));
  }
}

std::size_t utf8_width(std::string_view text) {
  std::size_t cells = 0;
  for (std::size_t offset = 0; offset < text.size();) {
    const char32_t c = utf8_next(text, offset);
    cells += c < 0x300 ? 1 : within(kZeroWidth, c) ? 0 : within(kDoubleWidth, c) ? 2 : 1;
  }
  return cells;
}

}  // namespace geode::base
