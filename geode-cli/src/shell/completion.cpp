#include "shell/completion.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include <geode/database.hpp>
#include "renderers/renderer.hpp"
#include "shell/meta_commands.hpp"

namespace geode::cli {

namespace {

bool is_word_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0;
}

bool begins_with(std::string_view word, std::string_view prefix) {
  return word.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), word.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) ==
                  std::tolower(static_cast<unsigned char>(b));
         });
}

std::string in_case_of(std::string_view typed, std::string word) {
  const bool lower = std::any_of(typed.begin(), typed.end(), [](char c) {
    return std::islower(static_cast<unsigned char>(c));
  });
  const bool upper = std::any_of(typed.begin(), typed.end(), [](char c) {
    return std::isupper(static_cast<unsigned char>(c));
  });
  for (char& c : word) {
    if (lower && !upper) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return word;
}

void add(Completions& out, const std::string& word, std::string_view typed) {
  if (begins_with(word, typed)) out.words.push_back(word);
}

void add_names(Completions& out, const std::vector<NamedCount>& names, std::string_view typed) {
  for (const NamedCount& name : names) add(out, name.name, typed);
}

Completions complete_command(std::string_view text, Target& target) {
  Completions out;
  out.ends_word = true;
  const std::size_t blank = text.rfind(' ');
  if (blank == std::string_view::npos) {
    for (const std::string& name : meta_command_names()) add(out, name, text);
    return out;
  }
  out.begin = blank + 1;
  const std::string_view typed = text.substr(out.begin);
  const std::string_view command = text.substr(0, text.find(' '));
  if (command == ".mode" || command == ".last") {
    for (const std::string& name : format_names()) add(out, name, typed);
  } else if (command == ".help") {
    for (const std::string& name : meta_command_names()) add(out, name.substr(1), typed);
  } else if (command == ".schema") {
    add_names(out, target.labels(), typed);
    add_names(out, target.edge_labels(), typed);
  } else if (command == ".sample") {
    for (const char* name : {"social", "movies"}) add(out, name, typed);
  } else if (command == ".timing" || command == ".pager" || command == ".headers" ||
             command == ".explain" || command == ".profile" || command == ".expanded") {
    for (const char* name : {"on", "off"}) add(out, name, typed);
  }
  return out;
}

}  // namespace

Completions complete(std::string_view text, bool in_statement, Target& target) {
  if (!in_statement && text.starts_with('.')) return complete_command(text, target);
  Completions out;
  out.begin = text.size();
  while (out.begin > 0 && is_word_byte(text[out.begin - 1])) --out.begin;
  const std::string_view typed = text.substr(out.begin);
  std::size_t before = out.begin;
  while (before > 0 && text[before - 1] == ' ') --before;
  const char previous = before == 0 ? ' ' : text[before - 1];

  if (previous == ':' || previous == '&' || previous == '|' || previous == '!') {
    // `[` closer than `(` tells an edge from a node; after `{a` the colon ends a property key.
    const std::size_t bracket = text.substr(0, before).find_last_of("([{");
    const char opener = bracket == std::string_view::npos ? '(' : text[bracket];
    if (opener == '(') add_names(out, target.labels(), typed);
    if (opener == '[') add_names(out, target.edge_labels(), typed);
  } else if (previous == '.' && before == out.begin) {
    for (const std::string& key : target.property_keys()) add(out, key, typed);
  } else {
    if (typed.empty()) return out;
    out.ends_word = true;
    for (const std::string& word : vocabulary().keywords) {
      if (begins_with(word, typed)) out.words.push_back(in_case_of(typed, word));
    }
    for (const std::string& name : vocabulary().functions) {
      if (begins_with(name, typed)) out.words.push_back(name + "(");
    }
    if (previous == '{' || previous == ',') {
      for (const std::string& key : target.property_keys()) add(out, key, typed);
    }
  }
  std::sort(out.words.begin(), out.words.end());
  out.words.erase(std::unique(out.words.begin(), out.words.end()), out.words.end());
  return out;
}

}  // namespace geode::cli
