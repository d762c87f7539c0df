#include "shell/history.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <utility>

namespace geode::cli {

namespace {

constexpr std::size_t kKeptEntries = 10'000;
// The file is cut back to kKeptEntries when it has grown past this, not at each start.
constexpr std::size_t kRewriteEntries = 12'000;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[++i];
    out += next == 'n' ? '\n' : next == 't' ? '\t' : next;
  }
  return out;
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

HistoryFile::HistoryFile(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::path(path_).parent_path();
  if (!directory.empty()) std::filesystem::create_directories(directory, error);
}

std::vector<std::string> HistoryFile::load(std::string_view database) {
  std::vector<std::string> lines;
  if (path_.empty()) return lines;
  std::ifstream file(path_, std::ios::binary);
  for (std::string line; std::getline(file, line);) lines.push_back(std::move(line));
  if (lines.size() > kKeptEntries) {
    const bool rewrites = lines.size() > kRewriteEntries;
    lines.erase(lines.begin(), lines.end() - kKeptEntries);
    if (rewrites) rewrite(lines);
  }
  const std::string tag = escaped(database) + '\t';
  std::stable_partition(lines.begin(), lines.end(),
                        [&](const std::string& line) { return !line.starts_with(tag); });
  for (std::string& line : lines) {
    const std::size_t tab = line.find('\t');
    line = unescaped(std::string_view(line).substr(tab == std::string::npos ? 0 : tab + 1));
  }
  return lines;
}

void HistoryFile::append(std::string_view database, std::string_view text) {
  if (path_.empty() || is_private(text)) return;
  const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) return;
  write_all(descriptor, escaped(database) + '\t' + escaped(text) + '\n');
  ::close(descriptor);
}

void HistoryFile::rewrite(const std::vector<std::string>& lines) const {
  const std::string temporary = path_ + '.' + std::to_string(::getpid());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return;
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  const bool written = write_all(descriptor, text);
  ::close(descriptor);
  if (!written || ::rename(temporary.c_str(), path_.c_str()) != 0) ::unlink(temporary.c_str());
}

bool HistoryFile::is_private(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.front() == '\t') return true;
  // The URL of a server may have a password before its host.
  const std::size_t scheme = text.find("://");
  if (scheme != std::string_view::npos && text.find('@', scheme) != std::string_view::npos)
    return true;
  static constexpr std::string_view kWord = "password";
  return std::search(text.begin(), text.end(), kWord.begin(), kWord.end(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == b;
         }) != text.end();
}

std::string HistoryFile::default_path() {
  if (const char* path = std::getenv("GEODE_HISTORY")) return path;
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    return std::string(state) + "/geode/history";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return std::string(home) + "/.local/state/geode/history";
  }
  return "";
}

}  // namespace geode::cli
