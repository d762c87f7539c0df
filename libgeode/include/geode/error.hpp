#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace geode {
inline namespace v1 {

/// A place in the text of a statement. Lines and columns count from 1, columns in characters (code
/// points); offset and length are in bytes. line == 0 means "no place".
struct Position {
  std::uint32_t offset = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 0;
};

/// GQLSTATUS codes (ISO/IEC 39075:2024, clause 23). Subclasses that begin with X are Geode's own.
namespace status {
inline constexpr std::string_view kSuccess = "00000";
inline constexpr std::string_view kOmittedResult = "00001";
inline constexpr std::string_view kNoData = "02000";
inline constexpr std::string_view kWarning = "01000";
inline constexpr std::string_view kNullEliminated = "01G11";
inline constexpr std::string_view kLikelyMistake = "01X02";  // legal, and seldom what is meant
inline constexpr std::string_view kDeprecated = "01X03";
inline constexpr std::string_view kNotSupported = "0A000";
inline constexpr std::string_view kUnknownName = "01X01";  // label or property nobody has yet
inline constexpr std::string_view kConnection = "08000";
inline constexpr std::string_view kCannotOpen = "08X01";
inline constexpr std::string_view kDatabaseBusy = "08X02";
inline constexpr std::string_view kDataException = "22000";
inline constexpr std::string_view kStringTruncation = "22001";
inline constexpr std::string_view kNumberOutOfRange = "22003";
inline constexpr std::string_view kNullNotAllowed = "22004";
inline constexpr std::string_view kInvalidDatetime = "22007";
inline constexpr std::string_view kDatetimeOverflow = "22008";
inline constexpr std::string_view kSubstringError = "22011";
inline constexpr std::string_view kDivisionByZero = "22012";
inline constexpr std::string_view kInvalidCharacterForCast = "22018";
inline constexpr std::string_view kInvalidArgument = "22023";
inline constexpr std::string_view kNegativeLimit = "22G02";
inline constexpr std::string_view kInvalidValueType = "22G03";
inline constexpr std::string_view kNotComparable = "22G04";
inline constexpr std::string_view kListTruncation = "22G0B";
inline constexpr std::string_view kListElement = "22G0C";
inline constexpr std::string_view kFieldUnassignable = "22G0X";
inline constexpr std::string_view kFieldMissing = "22G0Y";
inline constexpr std::string_view kInvalidRegex = "22X01";
inline constexpr std::string_view kElementDeleted = "22X02";
inline constexpr std::string_view kRoutineFailed = "22X20";  // a function of the program threw
inline constexpr std::string_view kInvalidTimeZone = "22009";
inline constexpr std::string_view kMissingParameter = "42X01";
inline constexpr std::string_view kInvalidTransactionState = "25000";
inline constexpr std::string_view kActiveTransaction = "25G01";
inline constexpr std::string_view kReadOnlyTransaction = "25G03";
inline constexpr std::string_view kNoTransaction = "25X01";
inline constexpr std::string_view kUnknownSavepoint = "25X02";
inline constexpr std::string_view kNotAuthenticated = "28000";
inline constexpr std::string_view kTransactionRollback = "40000";
inline constexpr std::string_view kStatementFailedTransaction = "40X01";
inline constexpr std::string_view kSnapshotTooOld = "40X02";  // it kept the file from being reused
inline constexpr std::string_view kSyntaxError = "42001";
inline constexpr std::string_view kInvalidReference = "42002";
inline constexpr std::string_view kDuplicateObject = "42X03";
inline constexpr std::string_view kAccessDenied = "42X04";
inline constexpr std::string_view kDependentObject = "G1000";  // something is still in it
inline constexpr std::string_view kEdgesStillConnected = "G1001";
inline constexpr std::string_view kEndpointOfOtherGraph = "G1003";
inline constexpr std::string_view kGraphTypeViolation = "G2000";
inline constexpr std::string_view kConstraintViolation = "22X10";
inline constexpr std::string_view kMemoryLimit = "53X01";
inline constexpr std::string_view kDiskFull = "53X02";
inline constexpr std::string_view kLimitExceeded = "54X01";
inline constexpr std::string_view kNotPrepared = "55X01";  // something must be switched on first
inline constexpr std::string_view kCancelled = "57X01";
inline constexpr std::string_view kTimeout = "57X02";
inline constexpr std::string_view kIo = "58X01";
inline constexpr std::string_view kCorrupt = "58X02";
inline constexpr std::string_view kInternal = "XX000";
}  // namespace status

/// What a status object says of the statement it came from (ISO/IEC 39075:2024, 23.2).
struct DiagnosticRecord {
  std::string operation;            ///< "MATCH", "SESSION SET TIME ZONE", ...; "" when none ran
  std::int32_t operation_code = 0;  ///< operations are not numbered
  std::string current_schema = "/";
};

/// When a mistake was found: before a statement ran, or while it ran.
enum class Phase : std::uint8_t { kCompile, kRun };

/// What ends a statement. Every error of the library is of this type.
class Error : public std::exception {
 public:
  Error(std::string_view gqlstatus, std::string message, Position position = {});

  /// Builders: each returns *this so that a throw can be written as one expression.
  Error&& at(Position position) &&;
  Error&& hint(std::string hint) &&;
  /// openCypher's names of the mistake, part of the diagnostic record: ("SyntaxError",
  /// "UndefinedVariable").
  Error&& category(std::string_view type, std::string_view detail) &&;
  Error&& phase(Phase phase) &&;

  const std::string& gqlstatus() const noexcept { return gqlstatus_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& hint_text() const noexcept { return hint_; }
  const std::string& type() const noexcept { return type_; }
  const std::string& detail() const noexcept { return detail_; }
  Position position() const noexcept { return position_; }
  Phase when() const noexcept { return phase_; }
  const DiagnosticRecord& diagnostics() const noexcept { return diagnostics_; }
  void set_diagnostics(DiagnosticRecord record) noexcept { diagnostics_ = std::move(record); }
  void set_phase(Phase phase) noexcept { phase_ = phase; }
  void set_position(Position position) noexcept { position_ = position; }
  /// True when running the same transaction again may succeed.
  bool retryable() const noexcept;
  /// "42001: expected ..." ; the text with place, caret and hint is made by render().
  const char* what() const noexcept override;
  /// The message over several lines: code, place in `statement`, caret, hint.
  std::string render(std::string_view statement) const;

 private:
  std::string gqlstatus_, message_, hint_, type_, detail_, what_;
  DiagnosticRecord diagnostics_;
  Position position_;
  Phase phase_ = Phase::kRun;
};

}  // namespace v1
}  // namespace geode
