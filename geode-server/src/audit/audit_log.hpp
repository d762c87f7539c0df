#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <geode/error.hpp>
#include "audit/audit_event.hpp"

namespace geode::server {

struct AuditOptions {
  std::string file;
  AuditLevel level = AuditLevel::kWrite;
  std::uint64_t max_size_bytes = 100'000'000;  ///< then the file is put aside
  std::size_t max_files = 10;                  ///< put aside that are kept
  /// Whether what cannot be recorded is refused; else it is done all the same.
  bool refuse_on_failure = true;
};

/// The audit log: who did what, as lines of JSON in a chain of hashes, so that `geode audit verify`
/// finds what was changed, taken out or cut off later. Its functions may be called from any thread.
class AuditLog {
 public:
  /// Throws Error as AuditFile does.
  explicit AuditLog(const AuditOptions& options);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// Whether events of the type are kept.
  bool keeps(AuditType type) const;
  /// Whether a request is to end with the error that write() or sync() threw.
  bool refuses_on_failure() const;

  /// Gives the event its place in the log, and writes it to the file; sync() makes it durable.
  /// Returns its number. Throws Error 53X02 or 58X01; it is not in the log then.
  std::uint64_t write(const AuditEvent& event);
  /// The events up to this one are on disk when it returns; threads that wait share a flush. Throws
  /// Error 58X01 when that is not sure.
  void sync(std::uint64_t event_id);

  /// Why events cannot be kept, when the last one could not be; that is tried anew.
  std::optional<Error> trouble();
  /// Events that could not be written, since it began. When one can be again, a line of the log
  /// says how many are not there.
  std::uint64_t lost_events() const;

  /// Opens the file again, which a tool may have moved away, and goes on with the level and the
  /// limits of `options`. Throws as the constructor does; until it can be opened no event is kept.
  void reopen(const AuditOptions& options);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace geode::server
