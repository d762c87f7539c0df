#include "audit/audit_event.hpp"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <geode/error.hpp>
#include <geode/session.hpp>
#include "log/character.hpp"

namespace geode::server {

namespace {

/// Of a statement in an event; the rest is said to be left out. A line has to fit into what is read
/// of a file's end.
constexpr std::size_t kLongestStatement = 16 << 10;
constexpr std::size_t kLongestName = 1 << 10;

std::string_view type_name(AuditType type) {
  switch (type) {
    case AuditType::kAuthentication:
      return "authentication";
    case AuditType::kAdministration:
      return "administration";
    case AuditType::kDataModification:
      return "data_modification";
    case AuditType::kAccess:
      return "access";
    case AuditType::kAuditLog:
      return "audit_log";
  }
  return "";
}

std::string head(std::uint64_t event_id, std::chrono::system_clock::time_point time,
                 AuditType type) {
  const auto since = std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
  const auto second = static_cast<std::time_t>(since >= 0 ? since / 1'000'000 : 0);
  return fmt::format(R"("event_id":{},"timestamp":"{:%Y-%m-%dT%H:%M:%S}.{:06}Z","event_type":"{}")",
                     event_id, fmt::gmtime(second), since >= 0 ? since % 1'000'000 : 0,
                     type_name(type));
}

/// The character of `length` bytes at the beginning of `text`.
char32_t code_point(std::string_view text, std::size_t length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (length == 1) return byte(0);
  char32_t code = byte(0) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) code = code << 6 | (byte(i) & 0x3FU);
  return code;
}

/// Those that a terminal or a viewer may obey instead of showing: C0, DEL, C1, line separators, and
/// what turns the direction of the text around it.
bool is_hidden(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x61C || code == 0x200E ||
         code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

std::string shortened(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return std::string(text);
  return fmt::format("{}... ({} bytes)", text.substr(0, longest), text.size());
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  out += fmt::format(R"("{}":{})", name, audit_text(shortened(text, kLongestName)));
}

}  // namespace

AuditLevel audit_level(std::string_view word) {
  if (word == "none") return AuditLevel::kNone;
  if (word == "security") return AuditLevel::kSecurity;
  if (word == "write") return AuditLevel::kWrite;
  if (word == "all") return AuditLevel::kAll;
  throw Error(status::kInvalidArgument, "no level of the audit log: " + std::string(word))
      .hint("none, security, write or all");
}

bool is_audited(AuditLevel level, AuditType type) {
  switch (type) {
    case AuditType::kAuthentication:
    case AuditType::kAdministration:
      return level >= AuditLevel::kSecurity;
    case AuditType::kDataModification:
      return level >= AuditLevel::kWrite;
    case AuditType::kAccess:
      return level >= AuditLevel::kAll;
    case AuditType::kAuditLog:
      return true;
  }
  return true;
}

std::string audit_text(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) {
      out += fmt::format("\\\\x{:02x}", static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    const char32_t code = code_point(text, length);
    if (code == '"' || code == '\\') {
      out += '\\';
      out += text.front();
    } else if (is_hidden(code)) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out += '"';
}

std::string audit_line(std::uint64_t event_id, std::chrono::system_clock::time_point time,
                       const AuditEvent& event) {
  std::string out = head(event_id, time, event.type);
  const AuditActor server;
  const AuditActor& actor = event.actor == nullptr ? server : *event.actor;
  out += R"(,"actor":{)";
  append_text(out, "user", actor.user);
  out += R"(,"roles":[)";
  for (const std::string& role : actor.roles) {
    if (&role != &actor.roles.front()) out += ',';
    out += audit_text(shortened(role, kLongestName));
  }
  out += "],";
  append_text(out, "session", actor.session);
  out += ',';
  append_text(out, "address", actor.address);
  out += ',';
  append_text(out, "transport", actor.transport);
  out += ',';
  append_text(out, "application", actor.application);
  out += R"(},"operation":{)";
  append_text(out, "type", event.operation);
  if (!event.statement.empty()) {
    out += R"(,"statement":)" +
           audit_text(shortened(without_literals(event.statement), kLongestStatement));
  }
  if (!event.graph.empty()) {
    out += ',';
    append_text(out, "graph", event.graph);
  }
  if (event.request != 0) out += fmt::format(R"(,"request":{})", event.request);
  if (event.duration) {
    out +=
        fmt::format(R"(,"duration_ms":{:.3f})", static_cast<double>(event.duration->count()) / 1e6);
  }
  if (event.rows) out += fmt::format(R"(,"rows":{})", *event.rows);
  if (event.changes) out += fmt::format(R"(,"changes":{})", *event.changes);
  out += fmt::format(R"(}},"result":{{"status":"{}","gqlstatus":)", event.begun       ? "begun"
                                                                    : event.succeeded ? "success"
                                                                                      : "failure");
  out += audit_text(event.gqlstatus);
  if (!event.reason.empty()) {
    out += ',';
    append_text(out, "reason", event.reason);
  }
  return out += '}';
}

std::string audit_note(std::uint64_t event_id, std::chrono::system_clock::time_point time,
                       std::string_view operation, std::string_view details) {
  return head(event_id, time, AuditType::kAuditLog) +
         fmt::format(R"(,"operation":{{"type":"{}"{}{}}})", operation, details.empty() ? "" : ",",
                     details);
}

}  // namespace geode::server
