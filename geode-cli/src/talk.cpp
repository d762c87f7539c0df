#include "talk.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "json_writer.hpp"
#include "terminal.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

void write_error_stream(std::string text) {
  if (text.empty() || text.back() != '\n') text += '\n';
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

/// The line of `statement` that holds the byte `offset`.
std::string_view line_at(std::string_view statement, std::size_t offset) {
  offset = std::min(offset, statement.size());
  const std::size_t before =
      offset == 0 ? std::string_view::npos : statement.rfind('\n', offset - 1);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return statement.substr(begin, statement.find('\n', begin) - begin);
}

void append_string_member(std::string& out, std::string_view key, std::string_view value) {
  append_json_key(out, key);
  append_json_string(out, value);
}

void append_number_member(std::string& out, std::string_view key, std::uint64_t value) {
  append_json_key(out, key);
  out += std::to_string(value);
}

void append_position(std::string& out, Position position, std::string_view statement) {
  if (position.line == 0) return;
  append_json_key(out, "position");
  out += '{';
  append_number_member(out, "offset", position.offset);
  append_number_member(out, "line", position.line);
  append_number_member(out, "column", position.column);
  append_number_member(out, "length", position.length);
  out += '}';
  append_string_member(out, "snippet", line_at(statement, position.offset));
}

}  // namespace

bool write_output(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

void Talk::say(std::string_view line) const {
  if (!quiet) write_error_stream(std::string(line));
}

void Talk::warn(const Notice& notice, std::string_view statement) const {
  if (quiet) return;
  std::string text;
  if (json) {
    text = "{";
    append_string_member(text, "gqlstatus", notice.gqlstatus);
    append_string_member(text, "severity", "warning");
    append_string_member(text, "message", notice.message);
    append_position(text, notice.position, statement);
    text += '}';
  } else {
    // Shown as an error is, under another word.
    text = Error(notice.gqlstatus, notice.message, notice.position).render(statement);
    const std::string_view word = "error";
    text.replace(0, word.size(), "warning");
    const std::size_t head = text.find(": ");
    text = paint(color, color::kYellow, text.substr(0, head)) + text.substr(head);
  }
  write_error_stream(std::move(text));
}

void Talk::error(const Error& error, std::string_view statement, std::string_view origin) const {
  if (json) {
    write_error_stream(error_json(error, statement, origin));
    return;
  }
  std::string text = error.render(statement);
  const std::size_t head = text.find(": ");
  if (color && head != std::string::npos && text.starts_with("error")) {
    text = paint(true, color::kRed, text.substr(0, head)) + text.substr(head);
  }
  if (!origin.empty()) text.insert(0, std::string(origin) + ": ");
  write_error_stream(std::move(text));
}

void Talk::usage(std::string_view message, std::string_view hint) const {
  std::string text = paint(color, color::kRed, "error") + ": ";
  text += message;
  if (!hint.empty()) {
    text += "\n  hint: ";
    text += hint;
  }
  write_error_stream(std::move(text));
}

std::string error_json(const Error& error, std::string_view statement, std::string_view origin) {
  std::string out = "{";
  append_string_member(out, "gqlstatus", error.gqlstatus());
  append_string_member(out, "severity", "error");
  append_string_member(out, "message", error.message());
  append_position(out, error.position(), statement);
  if (!error.hint_text().empty()) append_string_member(out, "hint", error.hint_text());
  append_json_key(out, "diagnostic_record");
  out += '{';
  append_string_member(out, "OPERATION", error.diagnostics().operation);
  append_string_member(out, "OPERATION_CODE", std::to_string(error.diagnostics().operation_code));
  append_string_member(out, "CURRENT_SCHEMA", error.diagnostics().current_schema);
  if (!error.type().empty()) {
    append_string_member(out, "type", error.type());
    append_string_member(out, "detail", error.detail());
  }
  out += '}';
  if (!origin.empty()) append_string_member(out, "origin", origin);
  append_json_key(out, "retryable");
  out += error.retryable() ? "true}" : "false}";
  return out;
}

std::string describe(const Counters& counters) {
  const struct {
    std::uint64_t count;
    std::string_view noun, verb;
  } kParts[] = {
      {counters.nodes_created, "node", "created"},
      {counters.nodes_deleted, "node", "deleted"},
      {counters.edges_created, "edge", "created"},
      {counters.edges_deleted, "edge", "deleted"},
      {counters.labels_added, "label", "added"},
      {counters.labels_removed, "label", "removed"},
      {counters.properties_set, "property", "set"},
      {counters.properties_removed, "property", "removed"},
      {counters.indexes_added, "index", "created"},
      {counters.indexes_removed, "index", "dropped"},
      {counters.constraints_added, "constraint", "created"},
      {counters.constraints_removed, "constraint", "dropped"},
  };
  std::string out;
  for (const auto& part : kParts) {
    if (part.count == 0) continue;
    if (!out.empty()) out += ", ";
    out += counted(part.count, part.noun);
    out += ' ';
    out += part.verb;
  }
  return out;
}

}  // namespace geode::cli
