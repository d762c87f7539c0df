#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/audit_chain.hpp"

namespace geode::server {

/// The file that events are appended to, mode 0600, and those put aside: FILE.1 is the newest of
/// them. One thread at a time, but sync().
class AuditFile {
 public:
  /// Opens the file, or makes it, and goes on with the chain: of its last line, else of the newest
  /// file put aside or of `known`, whichever is later. A last line that was not written to its end
  /// is taken off, and missing lines are noted, both in a line of their own. Throws Error 58X01
  /// when it cannot be used, or belongs to another process, 58X02 when its end is no line of an
  /// audit log.
  AuditFile(std::string path, const AuditLink& known);
  ~AuditFile();
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;

  const AuditLink& last() const { return last_; }
  std::uint64_t bytes() const { return bytes_; }
  /// Appends a line; `body` has the number after last(). Throws Error 53X02 when there is no room
  /// and 58X01 for what else goes wrong, and the file is as it was.
  void append(std::string_view body);
  /// Appends a line in which the log speaks of itself; `details` is the inside of a JSON object.
  void note(std::string_view operation, const std::string& details);
  /// What was appended is on disk when it returns. Throws Error 58X01.
  void sync() const;
  /// Puts the file aside, and begins another; of those put aside `keep` stay. Sync before.
  void rotate(std::size_t keep);
  /// Notes that events up to `link` are on disk.
  void write_head(const AuditLink& link);

 private:
  void open();
  void close();
  void read_end();
  void begin_file(const std::string& details);

  std::string path_;
  int file_ = -1, head_ = -1;
  std::uint64_t bytes_ = 0;
  AuditLink last_;
};

}  // namespace geode::server
