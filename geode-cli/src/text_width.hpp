#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace geode::cli {

/// Columns of a terminal that `text` takes. Letters of East Asia take two, combining marks none.
std::size_t display_width(std::string_view text);

/// The longest beginning of `text` that takes at most `width` columns, ending in `…` when something
/// was left out.
std::string fit_to_width(std::string_view text, std::size_t width);

/// `text` with line ends, escape sequences and other control characters made visible, so that a
/// value can neither break a table nor command the terminal.
std::string printable(std::string_view text);

}  // namespace geode::cli
