#include "case_file.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace geode::test {
namespace {

constexpr std::string_view kSeparator = "----";

constexpr std::pair<std::string_view, RecordKind> kKinds[] = {
    {"graph", RecordKind::kGraph},         {"setup", RecordKind::kSetup},
    {"statement", RecordKind::kStatement}, {"query", RecordKind::kQuery},
    {"error", RecordKind::kError},         {"plan", RecordKind::kPlan},
    {"parameter", RecordKind::kParameter}, {"notices", RecordKind::kNotices},
    {"procedure", RecordKind::kProcedure}, {"feature", RecordKind::kFeature},
};

std::optional<RecordKind> kind_named(std::string_view word) {
  for (const auto& [name, kind] : kKinds) {
    if (name == word) return kind;
  }
  return std::nullopt;
}

bool is_blank(const std::string& line) {
  return line.find_first_not_of(" \t\r") == std::string::npos;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

bool one_line(RecordKind kind) {
  return kind == RecordKind::kGraph || kind == RecordKind::kParameter ||
         kind == RecordKind::kFeature;
}

Record parse_record(const std::string& path, const std::vector<std::string>& lines,
                    std::size_t first, std::size_t last) {
  Record record;
  record.line = first + 1;
  record.head = lines[first];
  record.words = words_of(record.head);
  const std::optional<RecordKind> kind = kind_named(record.words.front());
  if (!kind) {
    throw std::runtime_error(path + ":" + std::to_string(record.line) + ": unknown record '" +
                             record.words.front() + "'");
  }
  record.kind = *kind;
  record.words.erase(record.words.begin());
  if (one_line(record.kind) && last != first + 1) {
    throw std::runtime_error(path + ":" + std::to_string(record.line) +
                             ": a blank line must follow");
  }
  for (std::size_t i = first + 1; i < last; ++i) {
    if (record.has_expected) {
      record.expected.push_back(lines[i]);
    } else if (lines[i] == kSeparator) {
      record.has_expected = true;
    } else {
      if (!record.text.empty()) record.text += '\n';
      record.text += lines[i];
    }
  }
  const bool may_be_empty = one_line(record.kind) || record.kind == RecordKind::kProcedure;
  if (record.text.empty() && !may_be_empty) {
    throw std::runtime_error(path + ":" + std::to_string(record.line) + ": no statement");
  }
  return record;
}

}  // namespace

bool Record::flag(std::string_view word) const {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<Record> read_case_file(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + ": cannot be opened");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);

  std::vector<Record> records;
  for (std::size_t i = 0; i < lines.size();) {
    if (is_blank(lines[i]) || lines[i].front() == '#') {
      Record comment;
      comment.line = i + 1;
      comment.head = lines[i];
      records.push_back(std::move(comment));
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < lines.size() && !is_blank(lines[end])) ++end;
    records.push_back(parse_record(path, lines, i, end));
    i = end;
  }
  return records;
}

void write_case_file(const std::string& path, const std::vector<Record>& records) {
  std::ofstream out(path, std::ios::trunc);
  for (const Record& record : records) {
    out << record.head << '\n';
    if (record.kind == RecordKind::kComment || one_line(record.kind)) continue;
    if (!record.text.empty()) out << record.text << '\n';
    if (!record.has_expected) continue;
    out << kSeparator << '\n';
    for (const std::string& line : record.expected) out << line << '\n';
  }
  out.flush();
  if (!out) throw std::runtime_error(path + ": cannot be written");
}

}  // namespace geode::test
