#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <geode/error.hpp>
#include <geode/session.hpp>
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "talk.hpp"

namespace geode::cli {

namespace {

struct Condition {
  std::string_view code;
  std::string_view name;
  std::string_view advice;
};

/// GQLSTATUS codes (ISO/IEC 39075:2024, clause 23) and Geode's own, whose subclass begins with X.
constexpr Condition kConditions[] = {
    {status::kSuccess, "successful completion", "The statement did what it says."},
    {status::kOmittedResult, "successful completion, omitted result",
     "The statement asks for no result."},
    {status::kNoData, "no data", "The statement ran; nothing matched."},
    {status::kWarning, "warning", "The statement ran, but look at the message."},
    {status::kUnknownName, "unknown name",
     "A label or property in the statement is on no node or edge yet. Often a slip; `.schema` "
     "lists the names."},
    {status::kNullEliminated, "null value eliminated in set function",
     "Rows whose value is null do not count in sum, avg, min, max and the like. To count them "
     "too, give them a value: avg(coalesce(x, 0))."},
    {status::kLikelyMistake, "likely mistake",
     "The statement means what it says, but few people mean that. Tie the parts of a pattern "
     "together by an edge or a condition; give paths a largest length."},
    {status::kDeprecated, "deprecated form", "The message names what to write instead."},
    {status::kConnection, "connection exception",
     "There is no open database to talk with, or the session was closed."},
    {status::kNotSupported, "feature not supported", "The message tells what else to write."},
    {status::kCannotOpen, "cannot open the database",
     "Check the path, that the file may be read and written, and that it is a Geode database."},
    {status::kDatabaseBusy, "database busy",
     "Another process is writing. The message tells which one; try again when it is done."},
    {status::kDataException, "data exception", "A value does not fit what is done with it."},
    {status::kStringTruncation, "string data, right truncation",
     "The text is longer than its type allows."},
    {status::kNumberOutOfRange, "numeric value out of range",
     "A result or literal is beyond its type. INT64 reaches from -2^63 to 2^63 - 1; FLOAT64 goes "
     "further."},
    {status::kNullNotAllowed, "null value not allowed",
     "Give a value, or guard with coalesce() or IS NOT NULL."},
    {status::kInvalidDatetime, "invalid datetime format",
     "Temporal texts are ISO 8601: 2024-02-29, 12:30:00+01:00."},
    {status::kDatetimeOverflow, "datetime field overflow",
     "The result is outside of the calendar."},
    {status::kSubstringError, "substring error",
     "Start and length of a substring may not be negative."},
    {status::kInvalidTimeZone, "invalid time zone displacement value",
     "Write a displacement such as '+02:00', or a name such as 'Europe/Berlin'."},
    {status::kDivisionByZero, "division by zero", "Guard the divisor, as in nullif(x, 0)."},
    {status::kInvalidCharacterForCast, "invalid character value for cast",
     "The text does not have the form of the type it is cast to."},
    {status::kInvalidArgument, "invalid parameter value",
     "An argument is outside of what its function takes."},
    {status::kNegativeLimit, "negative limit value",
     "SKIP, OFFSET and LIMIT take whole numbers from 0."},
    {status::kInvalidValueType, "invalid value type",
     "The operation needs a value of another type; CAST converts."},
    {status::kNotComparable, "values not comparable",
     "Values of these types have no order among them."},
    {status::kListTruncation, "list data, right truncation",
     "A list has more elements than its type allows."},
    {status::kFieldUnassignable, "record data, field unassignable",
     "A record has a field that its type does not have."},
    {status::kFieldMissing, "record data, field missing",
     "A record lacks a field that its type has."},
    {status::kListElement, "list element error", "There is no such position in the list."},
    {status::kInvalidRegex, "invalid regular expression",
     "Patterns are those of RE2: no back references, no look-around."},
    {status::kRoutineFailed, "external routine failed",
     "A function or procedure that the program gave to the database failed."},
    {status::kElementDeleted, "element deleted",
     "The node or edge was deleted earlier in this transaction."},
    {status::kConstraintViolation, "constraint violation",
     "A constraint forbids the change. SHOW CONSTRAINTS lists them."},
    {status::kInvalidTransactionState, "invalid transaction state",
     "The statement does not fit the state of the transaction."},
    {status::kActiveTransaction, "active transaction",
     "A transaction is open: COMMIT or ROLLBACK first."},
    {status::kReadOnlyTransaction, "read-only transaction",
     "The transaction, or the database, was opened for reading."},
    {status::kNoTransaction, "no transaction", "START TRANSACTION begins one."},
    {status::kUnknownSavepoint, "unknown savepoint",
     "No savepoint of this name is set in the transaction."},
    {status::kTransactionRollback, "transaction rollback",
     "The transaction was rolled back. Run it again."},
    {status::kStatementFailedTransaction, "transaction failed",
     "An earlier statement failed: ROLLBACK, or ROLLBACK TO a savepoint."},
    {status::kSnapshotTooOld, "snapshot too old",
     "The snapshot kept too much of the file from being used again. Run the transaction again."},
    {status::kSyntaxError, "syntax error", "The caret shows where the text stops being GQL."},
    {status::kInvalidReference, "invalid reference", "The name is not defined where it is used."},
    {status::kMissingParameter, "missing parameter",
     "Give it: --param name=value, or .param name value."},
    {status::kDuplicateObject, "duplicate object",
     "Something of this name is there. IF NOT EXISTS accepts that."},
    {status::kEdgesStillConnected, "dependent object error, edges still connected",
     "DETACH DELETE deletes the edges of the node too."},
    {status::kGraphTypeViolation, "graph type violation",
     "The change does not fit the type of the graph."},
    {status::kMemoryLimit, "memory limit",
     "Ask for less at once (LIMIT, a narrower MATCH), or raise the limit."},
    {status::kDiskFull, "disk full", "Make room; what was committed before is safe."},
    {status::kLimitExceeded, "limit exceeded",
     "The statement is larger or deeper than the engine allows."},
    {status::kCancelled, "cancelled", "The statement was interrupted."},
    {status::kTimeout, "timeout", "The statement ran longer than --timeout or .timeout allows."},
    {status::kIo, "input or output error",
     "The system could not read or write a file; the message tells why."},
    {status::kCorrupt, "damaged data",
     "A checksum does not fit. Restore a backup, and check the disk."},
    {status::kInternal, "internal error",
     "A mistake of Geode itself. Please report it with the statement."},
};

int explain(const std::string& topic) {
  std::string code = topic;
  for (char& c : code) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  std::vector<std::string> codes;
  for (const Condition& condition : kConditions) {
    codes.emplace_back(condition.code);
    if (condition.code != code) continue;
    std::printf("%.*s: %.*s\n%.*s\n", static_cast<int>(condition.code.size()),
                condition.code.data(), static_cast<int>(condition.name.size()),
                condition.name.data(), static_cast<int>(condition.advice.size()),
                condition.advice.data());
    return kExitSuccess;
  }
  const std::string nearest = nearest_name(code, codes);
  Talk().usage("there is no help about `" + topic + "`",
               nearest.empty() ? "topics are commands and status codes such as 42001"
                               : "did you mean `geode help " + nearest + "`?");
  return kExitUsage;
}

}  // namespace

Command add_help_command(CLI::App& root) {
  auto topic = std::make_shared<std::string>();
  CLI::App* app = root.add_subcommand("help", "Explain a command or a status code");
  app->add_option("topic", *topic, "A command, or a code such as 42001")
      ->type_name("TOPIC")
      ->required();
  return {app, [topic] { return explain(*topic); }};
}

}  // namespace geode::cli
