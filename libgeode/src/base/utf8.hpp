#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace geode::base {

/// True when `text` is well-formed UTF-8: no overlong forms, surrogates or values over U+10FFFF.
bool utf8_valid(std::string_view text);

/// Number of bytes at the start of `text` that are well-formed UTF-8.
std::size_t utf8_valid_prefix(std::string_view text);

/// Number of code points. `text` must be well-formed; else every byte that does not continue
/// another counts.
std::size_t utf8_count(std::string_view text);

/// Byte offset of code point number `n` (from 0); text.size() when there are not so many.
std::size_t utf8_offset(std::string_view text, std::size_t n);

/// `count` code points from number `start` on, cut at the end of the text.
std::string_view utf8_substr(std::string_view text, std::size_t start,
                             std::size_t count = std::string_view::npos);

/// The code point at byte `offset`, which moves behind it. A malformed byte gives U+FFFD and moves
/// by one. offset must be less than text.size().
char32_t utf8_next(std::string_view text, std::size_t& offset);

/// The code point that ends before byte `offset`, which moves to its start. offset must be greater
/// than 0.
char32_t utf8_previous(std::string_view text, std::size_t& offset);

/// Appends a code point; U+FFFD in place of surrogates and of values over U+10FFFF.
void utf8_append(std::string& out, char32_t code_point);

/// Cells that `text` takes up on a terminal: wide East Asian characters and emoji two, combining
/// marks none.
std::size_t utf8_width(std::string_view text);

}  // namespace geode::base
