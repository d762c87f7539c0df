#include "shell/script_reader.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <geode/session.hpp>

namespace geode::cli {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Where the first byte stands that is neither white space nor part of a comment.
std::size_t first_content(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    if (is_space(rest.front())) {
      ++at;
    } else if (rest.starts_with("//") || rest.starts_with("--")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (rest.starts_with("/*")) {
      const std::size_t end = text.find("*/", at + 2);
      if (end == std::string_view::npos) return at;
      at = end + 2;
    } else {
      return at;
    }
  }
  return text.size();
}

bool stands_alone(std::string_view line) {
  return same_word(line, "ping") || same_word(line, "exit") || same_word(line, "quit");
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_blank(std::string_view text) { return first_content(text) == text.size(); }

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

void ScriptReader::feed(std::string_view line) {
  const std::size_t number = next_line_++;
  if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);  // byte order mark
  if (is_blank(open_)) {
    open_.clear();
    open_line_ = number;
    const std::string_view content = trimmed(line);
    if (content.empty()) return;
    if (content.front() == '.' || content.front() == '\\') {
      ready_.push_back({Input::Kind::kCommand, std::string(content), number});
      return;
    }
    if (stands_alone(content)) {
      push_statement(content, number);
      return;
    }
  }
  open_ += line;
  open_ += '\n';
  if (line.find(';') != std::string_view::npos) take_complete();
}

void ScriptReader::take_complete() {
  std::size_t done = 0;
  for (const StatementText& part : split_statements(open_)) {
    if (!part.complete) break;
    std::size_t end = part.offset + part.length;
    const auto lines = static_cast<std::size_t>(
        std::count(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(part.offset), '\n'));
    push_statement(std::string_view(open_).substr(part.offset, part.length), open_line_ + lines);
    if (end < open_.size() && open_[end] == ';') ++end;  // the part may or may not hold its `;`
    done = end;
  }
  if (done == 0) return;
  open_line_ += static_cast<std::size_t>(
      std::count(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(done), '\n'));
  open_.erase(0, done);
}

void ScriptReader::push_statement(std::string_view text, std::size_t line) {
  const std::size_t content = first_content(text);
  line += static_cast<std::size_t>(
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(content), '\n'));
  text = trimmed(text.substr(content));
  while (!text.empty() && text.back() == ';') text = trimmed(text.substr(0, text.size() - 1));
  if (is_blank(text)) return;
  ready_.push_back({Input::Kind::kStatement, std::string(text), line});
}

void ScriptReader::end_statement() {
  push_statement(open_, open_line_);
  open_.clear();
}

void ScriptReader::discard() {
  open_.clear();
  ready_.clear();
}

bool ScriptReader::in_statement() const { return !is_blank(open_); }

std::optional<Input> ScriptReader::take() {
  if (ready_.empty()) return std::nullopt;
  Input input = std::move(ready_.front());
  ready_.pop_front();
  return input;
}

}  // namespace geode::cli
