#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace geode::server {

/// Where a chain of events stands: the number of its last one, and its hash in hexadecimal.
struct AuditLink {
  std::uint64_t event_id = 0;
  std::string hash = std::string(64, '0');

  bool operator==(const AuditLink&) const = default;
};

/// A line of an audit file, with its end:
///
///   `{` BODY `,"hash":"` H `"}` newline
///
/// BODY is what audit_line() or audit_note() gave, and begins with `"event_id":N,`. H is SHA-256,
/// in 64 lower-case hexadecimal digits, over the 64 digits of the line before and `{` BODY.
std::string chained_line(std::string_view body, const AuditLink& before);

/// What a line, without its end, says of its place in the chain.
struct AuditLineParts {
  AuditLink link;
  std::string_view hashed;  ///< `{` BODY
};
/// None when it is no line of an audit file.
std::optional<AuditLineParts> read_audit_line(std::string_view line);

/// H of a line.
std::string audit_hash(std::string_view before, std::string_view hashed);

/// The text that stands for `"name":"text"` in a line that the log wrote of itself; none when the
/// name is not there.
std::optional<std::string_view> note_detail(std::string_view hashed, std::string_view name);

/// The first line of a file says that it is that; its `previous_hash` is that of the last line of
/// the file before.
inline constexpr std::string_view kFileBegins = "file_begins";
inline constexpr std::string_view kLinesMissing = "lines_missing";
inline constexpr std::string_view kTornLine = "torn_line";
inline constexpr std::string_view kEventsLost = "events_lost";

/// Whether it is a line of the log itself that says `operation`.
bool is_note(std::string_view hashed, std::string_view operation);

/// FILE.head: the last event that is known to be on disk, `N H` and a newline. It tells when lines
/// were taken from the end of the newest file.
std::string head_path(const std::string& file);
std::optional<AuditLink> read_head(const std::string& file);

}  // namespace geode::server
