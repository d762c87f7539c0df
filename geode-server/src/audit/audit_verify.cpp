#include "audit/audit_verify.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/core.h>

#include <geode/error.hpp>

namespace geode::server {

namespace {

std::ifstream open(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path)) {
    throw Error(status::kIo,
                "the audit log " + path + " cannot be read: " + std::strerror(in ? EISDIR : errno));
  }
  return in;
}

/// The number of a file's first event; 0 when it has none.
std::uint64_t first_event(const std::string& path) {
  std::ifstream in = open(path);
  std::string line;
  std::getline(in, line);
  const auto parts = read_audit_line(line);
  return parts ? parts->link.event_id : 0;
}

std::vector<std::string> all_files(const std::vector<std::string>& named) {
  std::vector<std::string> files;
  const auto add = [&](const std::string& file) {
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  };
  for (const std::string& file : named) {
    add(file);
    std::error_code error;
    for (std::size_t n = 1;; ++n) {
      const std::string aside = fmt::format("{}.{}", file, n);
      if (!std::filesystem::exists(aside, error)) break;
      add(aside);
    }
  }
  std::vector<std::pair<std::uint64_t, std::string>> numbered;
  for (std::string& file : files) numbered.emplace_back(first_event(file), std::move(file));
  // Of files that begin with the same event the one named later comes first, as it is older.
  std::stable_sort(numbered.begin(), numbered.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  files.clear();
  for (auto& [first, file] : numbered) files.push_back(std::move(file));
  return files;
}

/// Goes from line to line.
class Checker {
 public:
  explicit Checker(AuditCheck& check) : check_(check) {}

  void read(const std::string& file) {
    std::ifstream in = open(file);
    file_ = file;
    line_ = 0;
    std::string text;
    while (!check_.problem && std::getline(in, text)) {
      ++line_;
      if (in.eof()) return complain("the line is cut: it has no end");
      take(text);
    }
    if (!check_.problem && line_ == 0) {
      line_ = 1;
      complain("the file is empty; even a new one has a line");
    }
  }

  /// What FILE.head says of the end.
  void compare_head(const AuditLink& head) {
    if (check_.last.event_id < head.event_id) {
      complain(fmt::format("events {} to {} are missing at the end", check_.last.event_id + 1,
                           head.event_id));
    }
  }

  /// Notes what a head says of the event that has its number.
  void expect(const std::optional<AuditLink>& head) { head_ = head; }

 private:
  void complain(std::string text) { check_.problem = AuditProblem{file_, line_, std::move(text)}; }

  void take(const std::string& text) {
    const auto parts = read_audit_line(text);
    if (!parts) return complain("this is no line of an audit log, or not all of one");
    if (line_ == 1 && !is_note(parts->hashed, kFileBegins))
      return complain("the file does not begin with its first line");
    const std::string before(line_ == 1 ? note_detail(parts->hashed, "previous_hash").value_or("")
                                        : std::string_view(check_.last.hash));
    if (check_.events == 0) {
      check_.first_event_id = parts->link.event_id;
    } else if (parts->link.event_id != check_.last.event_id + 1) {
      return complain(
          fmt::format("event {} follows event {}: lines were removed, put in or swapped",
                      parts->link.event_id, check_.last.event_id));
    } else if (before != check_.last.hash) {
      return complain("the file before ends with another line than this one was begun after");
    }
    if (audit_hash(before, parts->hashed) != parts->link.hash)
      return complain(
          fmt::format("event {} or the line before it was changed", parts->link.event_id));
    if (is_note(parts->hashed, kLinesMissing)) {
      return complain(
          fmt::format("event {} tells that lines before it were missing when the "
                      "server opened the file",
                      parts->link.event_id));
    }
    if (head_ && head_->event_id == parts->link.event_id && head_->hash != parts->link.hash)
      return complain(fmt::format("event {} is not the one that {} knows", parts->link.event_id,
                                  head_path(file_)));
    check_.last = parts->link;
    ++check_.events;
  }

  AuditCheck& check_;
  std::optional<AuditLink> head_;
  std::string file_;
  std::uint64_t line_ = 0;
};

}  // namespace

AuditCheck verify_audit(const std::vector<std::string>& files) {
  AuditCheck check;
  check.files = all_files(files);
  // Only the newest file has one; it is the first name, whatever its number.
  std::optional<AuditLink> head;
  for (const std::string& file : files)
    if (auto found = read_head(file); found && (!head || found->event_id > head->event_id))
      head = std::move(found);
  Checker checker(check);
  checker.expect(head);
  for (const std::string& file : check.files) {
    checker.read(file);
    if (check.problem) return check;
  }
  if (head) {
    checker.compare_head(*head);
  } else {
    check.remarks.push_back(
        "there is no .head file: lines that were taken off the end are not seen");
  }
  if (check.first_event_id > 1) {
    check.remarks.push_back(fmt::format("the files begin with event {}; those before are not here",
                                        check.first_event_id));
  }
  return check;
}

}  // namespace geode::server
