#include <algorithm>
#include <utility>

#include <geode/error.hpp>
#include "base/utf8.hpp"

namespace geode {
inline namespace v1 {

namespace {

/// Cells shown of the line on each side of the place, when the line is longer than a terminal.
constexpr std::size_t kLongLine = 240;
constexpr std::size_t kCellsAround = 100;

std::string_view line_of(std::string_view text, std::uint32_t line) {
  for (std::uint32_t i = 1; i < line; ++i) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

/// The line with each tab and control character as one blank, so that carets below it stand where
/// they should.
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

/// Bytes at the end of `text` that take up about `cells` cells; whole characters.
std::string_view tail(std::string_view text, std::size_t cells) {
  const std::size_t count = base::utf8_count(text);
  return count <= cells ? text : base::utf8_substr(text, count - cells, cells);
}

}  // namespace

Error::Error(std::string_view gqlstatus, std::string message, Position position)
    : gqlstatus_(gqlstatus),
      message_(std::move(message)),
      what_(gqlstatus_ + ": " + message_),
      position_(position) {}

Error&& Error::at(Position position) && {
  position_ = position;
  return std::move(*this);
}

Error&& Error::hint(std::string hint) && {
  hint_ = std::move(hint);
  return std::move(*this);
}

Error&& Error::category(std::string_view type, std::string_view detail) && {
  type_ = type;
  detail_ = detail;
  return std::move(*this);
}

Error&& Error::phase(Phase phase) && {
  phase_ = phase;
  return std::move(*this);
}

bool Error::retryable() const noexcept {
  return gqlstatus_ == status::kDatabaseBusy || gqlstatus_.compare(0, 2, "40") == 0;
}

const char* Error::what() const noexcept { return what_.c_str(); }

// The form, with a gutter as wide as the number of the line:
//   error[42001]: expected WHERE, RETURN or a further clause, found `WEHRE`
//     --> query:1:18
//      |
//    1 | MATCH (p:Person) WEHRE p.age > 1 RETURN p
//      |                  ^^^^^ did you mean `WHERE`?
//      = more: geode help 42001
std::string Error::render(std::string_view statement) const {
  std::string out = "error[" + gqlstatus_ + "]: " + message_;
  const std::string_view line =
      position_.line == 0 ? std::string_view{} : line_of(statement, position_.line);
  if (position_.line == 0 || statement.empty()) {
    if (position_.line != 0) {
      out += "\n  --> query:" + std::to_string(position_.line) + ":" +
             std::to_string(position_.column);
    }
    if (!hint_.empty()) out += "\n  = hint: " + hint_;
    return out;
  }
  const std::string number = std::to_string(position_.line);
  const std::string gutter(number.size() + 1, ' ');
  const std::size_t column = position_.column == 0 ? 1 : position_.column;

  const std::size_t start = base::utf8_offset(line, column - 1);
  std::string before = printable(line.substr(0, start));
  std::string marked = printable(line.substr(start, position_.length));
  std::string after = printable(line.substr(std::min(line.size(), start + position_.length)));
  if (base::utf8_width(before) + base::utf8_width(marked) + base::utf8_width(after) > kLongLine) {
    const auto cut_before = tail(before, kCellsAround);
    if (cut_before.size() < before.size()) before = "..." + std::string(cut_before);
    if (base::utf8_count(marked) > kCellsAround) {
      marked = std::string(base::utf8_substr(marked, 0, kCellsAround));
      after.clear();
    }
    const auto cut_after = base::utf8_substr(after, 0, kCellsAround);
    if (cut_after.size() < after.size()) after = std::string(cut_after) + "...";
  }

  out += "\n" + gutter + "--> query:" + number + ":" + std::to_string(column);
  out += "\n" + gutter + " |";
  out += "\n " + number + " | " + before + marked + after;
  out += "\n" + gutter + " | " + std::string(base::utf8_width(before), ' ') +
         std::string(std::max<std::size_t>(1, base::utf8_width(marked)), '^');
  if (!hint_.empty()) out += " " + hint_;
  out += "\n" + gutter + " = more: geode help " + gqlstatus_;
  return out;
}

}  // namespace v1
}  // namespace geode
