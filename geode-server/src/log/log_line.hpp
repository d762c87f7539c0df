#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace geode::server {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogFormat : std::uint8_t { kText, kJson };

/// What a message says in a form that programs read: ("duration_ms", 1523.4).
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

struct LogMessage {
  LogLevel level = LogLevel::kInfo;
  std::string_view logger;  ///< the part of the server that speaks: "http"
  std::string_view text;
  std::span<const LogField> fields = {};
};

/// One line, without its end.
///
/// Text: `2026-01-24T15:30:00.123Z INFO http: listening port=9090 host="a b"`.
/// JSON: `{"timestamp":"...","level":"INFO","logger":"http","message":"listening","port":9090}`.
///
/// Messages may quote what strangers sent: control characters and bytes that are not UTF-8 are
/// escaped, so that a message is one line and does nothing to a terminal.
std::string log_line(LogFormat format, std::chrono::system_clock::time_point time,
                     const LogMessage& message);

/// "INFO"
std::string_view level_name(LogLevel level);

}  // namespace geode::server
