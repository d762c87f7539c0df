#include "text_width.hpp"

#include <algorithm>
#include <cstdint>

#include <utf8proc.h>

namespace geode::cli {

namespace {

struct Character {
  std::size_t bytes;
  std::size_t width;
  std::int32_t code;  // -1: not UTF-8
};

Character first_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {1, 1, first};
  utf8proc_int32_t code = -1;
  const utf8proc_ssize_t bytes =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &code);
  if (bytes <= 0) return {1, 1, -1};
  return {static_cast<std::size_t>(bytes),
          static_cast<std::size_t>(std::max(0, utf8proc_charwidth(code))), code};
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character c = first_character(text);
    width += c.width;
    text.remove_prefix(c.bytes);
  }
  return width;
}

std::string fit_to_width(std::string_view text, std::size_t width) {
  std::size_t used = 0;
  std::size_t end_before_ellipsis = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Character c = first_character(text.substr(at));
    used += c.width;
    if (used > width) {
      return width == 0 ? std::string()
                        : std::string(text.substr(0, end_before_ellipsis)) + "\u2026";
    }
    at += c.bytes;
    if (used + 1 <= width) end_before_ellipsis = at;
  }
  return std::string(text);
}

std::string printable(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = first_character(text);
    if (c.code == '\n') {
      out += "\\n";
    } else if (c.code == '\t') {
      out += "\\t";
    } else if (c.code == '\r') {
      out += "\\r";
    } else if (c.code < 0) {
      out += "\uFFFD";
    } else if (c.code < 0x20 || (c.code >= 0x7f && c.code < 0xa0)) {
      out += "\\u00";
      out += kHex[(c.code >> 4) & 0xf];
      out += kHex[c.code & 0xf];
    } else {
      out += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return out;
}

}  // namespace geode::cli
