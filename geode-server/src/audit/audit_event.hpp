#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace geode::server {

enum class AuditType : std::uint8_t {
  kAuthentication,
  kAdministration,
  kDataModification,
  kAccess,
  kAuditLog,  ///< the log speaks of itself: a file begins, was set right, was deleted
};

/// Which events are kept; each level has those of the one before.
enum class AuditLevel : std::uint8_t {
  kNone,
  kSecurity,  ///< authentication and administration
  kWrite,     ///< data modification
  kAll,       ///< what is read
};

/// "all"; throws Error 22023 for a word that is no level.
AuditLevel audit_level(std::string_view word);
/// Whether events of the type are kept at the level.
bool is_audited(AuditLevel level, AuditType type);

/// Who asks. What is not known is empty.
struct AuditActor {
  std::string user, session, address, transport, application;
  std::vector<std::string> roles;
};

/// One event. It never holds the value of a parameter, and literals only in a statement that
/// audit_line() has still to take them out of.
struct AuditEvent {
  AuditType type = AuditType::kAccess;
  const AuditActor* actor = nullptr;  ///< null: the server itself
  std::string_view operation;         ///< "MATCH", "CREATE INDEX", "HELLO"
  std::string_view statement;         ///< as it was sent
  std::string_view graph;             ///< its path; "": not about one
  std::uint64_t request = 0;          ///< of its session; 0: none
  std::optional<std::chrono::nanoseconds> duration;
  std::optional<std::uint64_t> rows;     ///< sent
  std::optional<std::uint64_t> changes;  ///< nodes, edges, labels, properties, definitions
  std::string_view gqlstatus = "00000";
  bool succeeded = true;
  std::string_view reason;  ///< of a login that failed; "": the status says it
  bool begun = false;       ///< not over yet: another event of the same request tells how it ended
};

/// The event as the inside of a JSON object, without a hash:
/// `"event_id":7,"timestamp":"2026-01-24T15:30:00.123456Z","event_type":"access",...`.
///
/// Valid UTF-8 on one line whatever the event says: control characters and those that turn the
/// direction of text are written \uXXXX, bytes that are not UTF-8 as the four characters \xNN.
std::string audit_line(std::uint64_t event_id, std::chrono::system_clock::time_point time,
                       const AuditEvent& event);

/// What a file says of itself; `details` is the inside of a JSON object.
std::string audit_note(std::uint64_t event_id, std::chrono::system_clock::time_point time,
                       std::string_view operation, std::string_view details);

/// The text in quotes, escaped as above.
std::string audit_text(std::string_view text);

}  // namespace geode::server
