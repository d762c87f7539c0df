#include "gql/function/characters.hpp"

#include <utf8proc.h>

#include "base/utf8.hpp"

namespace geode::gql {

namespace {

template <char kFirst, char kLast>
void flip_case(std::string_view text, char* out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // Upper and lower case of ASCII differ in one bit; without a branch the loop is vectorised.
    out[i] = static_cast<char>(c ^ (c >= kFirst && c <= kLast ? 0x20 : 0));
  }
}

template <utf8proc_int32_t (*kMap)(utf8proc_int32_t)>
std::string map_characters(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t offset = 0; offset < text.size();) {
    const char32_t character = base::utf8_next(text, offset);
    base::utf8_append(out, static_cast<char32_t>(kMap(static_cast<utf8proc_int32_t>(character))));
  }
  return out;
}

}  // namespace

bool is_ascii(std::string_view text) {
  unsigned char seen = 0;
  for (const char c : text) seen |= static_cast<unsigned char>(c);
  return seen < 0x80;
}

std::int64_t count_characters(std::string_view text) {
  return static_cast<std::int64_t>(base::utf8_count(text));
}

std::size_t bytes_of_first_characters(std::string_view text, std::int64_t count) {
  // No text has more characters than bytes, so the cast loses nothing that counts.
  return count <= 0 ? 0 : base::utf8_offset(text, static_cast<std::size_t>(count));
}

std::size_t bytes_of_last_characters(std::string_view text, std::int64_t count) {
  std::size_t begin = text.size();
  for (; count > 0 && begin > 0; --count) base::utf8_previous(text, begin);
  return text.size() - begin;
}

void lower_ascii(std::string_view text, char* out) { flip_case<'A', 'Z'>(text, out); }

void upper_ascii(std::string_view text, char* out) { flip_case<'a', 'z'>(text, out); }

std::string to_lower(std::string_view text) {
  if (!is_ascii(text)) return map_characters<utf8proc_tolower>(text);
  std::string out(text.size(), '\0');
  lower_ascii(text, out.data());
  return out;
}

std::string to_upper(std::string_view text) {
  if (!is_ascii(text)) return map_characters<utf8proc_toupper>(text);
  std::string out(text.size(), '\0');
  upper_ascii(text, out.data());
  return out;
}

bool is_white_space(char32_t character) {
  if (character <= 0x20) return character == 0x20 || (character >= 0x09 && character <= 0x0D);
  if (character < 0x85) return false;
  return character == 0x85 || character == 0xA0 || character == 0x1680 ||
         (character >= 0x2000 && character <= 0x200A) || character == 0x2028 ||
         character == 0x2029 || character == 0x202F || character == 0x205F || character == 0x3000;
}

}  // namespace geode::gql
