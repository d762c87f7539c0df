#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "log/log_line.hpp"

namespace geode::server {

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  std::string output = "stdout";  ///< or stderr, or the path of a file
  /// A file of this size is put aside as NAME.1.log, older ones as NAME.2.log and so on.
  std::uint64_t rotate_size_bytes = 100'000'000;
  std::size_t rotate_count = 10;  ///< files put aside that are kept, at least 1
};

/// Those of the section `logging`.
LogOptions log_options(const Config& config);

/// The log of the server. Every method may be called from any thread. A line that cannot be
/// written, to a full disk for instance, is lost: a log ends no statement.
class Log {
 public:
  /// Throws Error 58X01 when the file cannot be written to.
  explicit Log(const LogOptions& options);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void write(const LogMessage& message);
  /// Whether messages of this level are written at present.
  bool writes(LogLevel level) const;
  /// Opens the output again, which a tool may have moved away, and goes on with `options`. Throws
  /// as the constructor does, and goes on as before then.
  void reopen(const LogOptions& options);
  /// Lines that could not be written.
  std::uint64_t lost_lines() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace geode::server
