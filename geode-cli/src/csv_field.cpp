#include "csv_field.hpp"

namespace geode::cli {

void append_csv_field(std::string& out, std::string_view text, std::string_view special) {
  if (!text.empty() && text.find_first_of(special) == std::string_view::npos &&
      text.front() != ' ' && text.back() != ' ') {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace geode::cli
