#include "control_file.hpp"

#include <cctype>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace debian {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(trim(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// `~` sorts before the end, letters before everything else.
int order(std::string_view text, std::size_t at) {
  if (at >= text.size() || is_digit(text[at])) return 0;
  if (text[at] == '~') return -1;
  const auto c = static_cast<unsigned char>(text[at]);
  return std::isalpha(c) != 0 ? c : c + 256;
}

/// Compares parts without digits and numbers in turn.
int compare_part(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    while ((i < a.size() && !is_digit(a[i])) || (j < b.size() && !is_digit(b[j]))) {
      const int difference = order(a, i) - order(b, j);
      if (difference != 0) return difference;
      ++i;
      ++j;
    }
    while (i < a.size() && a[i] == '0') ++i;
    while (j < b.size() && b[j] == '0') ++j;
    int first_difference = 0;
    while (i < a.size() && is_digit(a[i]) && j < b.size() && is_digit(b[j])) {
      if (first_difference == 0) first_difference = a[i] - b[j];
      ++i;
      ++j;
    }
    if (i < a.size() && is_digit(a[i])) return 1;
    if (j < b.size() && is_digit(b[j])) return -1;
    if (first_difference != 0) return first_difference;
  }
  return 0;
}

struct Version {
  std::string_view epoch = "0";
  std::string_view upstream;
  std::string_view revision;
};

Version parse_version(std::string_view text) {
  Version version;
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    version.epoch = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  const std::size_t dash = text.rfind('-');
  version.upstream = text.substr(0, dash);
  if (dash != std::string_view::npos) version.revision = text.substr(dash + 1);
  return version;
}

}  // namespace

void for_each_paragraph(const std::string& path,
                        const std::function<void(const Paragraph&)>& visit) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + ": cannot be opened");
  Paragraph paragraph;
  std::string* last = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) {
      if (!paragraph.empty()) visit(paragraph);
      paragraph.clear();
      last = nullptr;
    } else if (line.front() == ' ' || line.front() == '\t') {
      if (last != nullptr) *last += '\n' + line.substr(1);
    } else if (const std::size_t colon = line.find(':'); colon != std::string::npos) {
      last = &paragraph[line.substr(0, colon)];
      *last = trim(std::string_view(line).substr(colon + 1));
    }
  }
  if (!paragraph.empty()) visit(paragraph);
}

std::string_view field(const Paragraph& paragraph, std::string_view name) {
  const auto found = paragraph.find(name);
  return found == paragraph.end() ? std::string_view() : std::string_view(found->second);
}

std::vector<Relation> parse_relations(std::string_view text) {
  std::vector<Relation> relations;
  for (const std::string_view clause : split(text, ',')) {
    if (clause.empty()) continue;
    const std::vector<std::string_view> choices = split(clause, '|');
    for (const std::string_view choice : choices) {
      Relation relation;
      relation.alternatives = static_cast<int>(choices.size());
      // name[:architecture] [(operator version)] [[architectures]] [<profiles>]
      relation.name = choice.substr(0, choice.find_first_of(" :([<"));
      if (const std::size_t open = choice.find('('); open != std::string_view::npos) {
        relation.version = trim(choice.substr(open + 1, choice.find(')', open) - open - 1));
      }
      if (!relation.name.empty()) relations.push_back(std::move(relation));
    }
  }
  return relations;
}

int compare_versions(std::string_view a, std::string_view b) {
  const Version x = parse_version(a);
  const Version y = parse_version(b);
  if (const int epoch = compare_part(x.epoch, y.epoch); epoch != 0) return epoch;
  if (const int upstream = compare_part(x.upstream, y.upstream); upstream != 0) return upstream;
  return compare_part(x.revision, y.revision);
}

}  // namespace debian
