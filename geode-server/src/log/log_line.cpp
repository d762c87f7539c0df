#include "log/log_line.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "log/character.hpp"

namespace geode::server {

namespace {

std::string timestamp(std::chrono::system_clock::time_point time) {
  using std::chrono::milliseconds;
  const auto since = std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
  const std::time_t second = static_cast<std::time_t>(since >= 0 ? since / 1000 : 0);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(second),
                     since >= 0 ? since % 1000 : 0);
}

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = character_length(text);
    // U+0080 to U+009F are control characters, too: U+009B begins a sequence as ESC [ does.
    const bool control =
        first < 0x20 || first == 0x7F ||
        (first == 0xC2 && length == 2 && static_cast<unsigned char>(text[1]) < 0xA0);
    if (length > 0 && !control) {
      out += text.substr(0, length);
      text.remove_prefix(length);
      continue;
    }
    if (first == '\n') {
      out += "\\n";
    } else if (first == '\t') {
      out += "\\t";
    } else {
      out += fmt::format("\\x{:02x}", first);
      if (control && length == 2) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[1]));
        text.remove_prefix(1);
      }
    }
    text.remove_prefix(1);
  }
}

/// A value that has blanks or quotes stands in quotes, so that it is seen where it ends.
void append_value(std::string& out, std::string_view text) {
  if (!text.empty() && text.find_first_of(" \"=") == std::string_view::npos) {
    append_escaped(out, text);
    return;
  }
  out += '"';
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('"'), text.size());
    append_escaped(out, text.substr(0, end));
    if (end < text.size()) out += "\\\"";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out += '"';
}

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

struct NumberText {
  std::string operator()(std::string_view) const { return ""; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const {
    return std::isfinite(number) ? fmt::format("{}", number) : "null";
  }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
};

std::string text_line(const std::string& time, const LogMessage& message) {
  std::string out = fmt::format("{} {} {}: ", time, level_name(message.level), message.logger);
  append_escaped(out, message.text);
  for (const LogField& field : message.fields) {
    out += fmt::format(" {}=", field.name);
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      append_value(out, *text);
    } else {
      out += std::visit(NumberText(), field.value);
    }
  }
  return out;
}

std::string json_line(const std::string& time, const LogMessage& message) {
  std::string out =
      fmt::format(R"({{"timestamp":"{}","level":"{}","logger":{},"message":{})", time,
                  level_name(message.level), json_text(message.logger), json_text(message.text));
  for (const LogField& field : message.fields) {
    const auto* text = std::get_if<std::string_view>(&field.value);
    out += fmt::format(",{}:{}", json_text(field.name),
                       text == nullptr ? std::visit(NumberText(), field.value) : json_text(*text));
  }
  return out + "}";
}

}  // namespace

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "DEBUG";
    case LogLevel::kInfo:
      return "INFO";
    case LogLevel::kWarn:
      return "WARN";
    case LogLevel::kError:
      return "ERROR";
  }
  return "";
}

std::string log_line(LogFormat format, std::chrono::system_clock::time_point time,
                     const LogMessage& message) {
  return format == LogFormat::kText ? text_line(timestamp(time), message)
                                    : json_line(timestamp(time), message);
}

}  // namespace geode::server
