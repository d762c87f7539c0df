#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace geode::server {

enum class SettingKind : std::uint8_t {
  kText,
  kPath,
  kWhole,
  kBoolean,
  kDuration,
  kSize,
  kChoice,
  kEndpoint,   ///< host:port
  kEndpoints,  ///< a list of them
};

/// When a changed value counts.
enum class SettingChange : std::uint8_t { kAtStart, kOnReload };

/// A key of the configuration. Reading files, variables and flags, `geode config` and the page of
/// the documentation are all made from the table of these.
struct Setting {
  std::string_view name;  ///< path in the file: "server.tls.cert_file"
  SettingKind kind = SettingKind::kText;
  std::string_view standard;  ///< value when none is given, as in a file; "auto": from the machine
  SettingChange change = SettingChange::kAtStart;
  std::string_view flag;          ///< "listen" of --listen; "": it has none
  std::string_view variable;      ///< a short name besides GEODE_SERVER_TLS_CERT_FILE; "": none
  std::string_view text;          ///< what it does, a sentence without its full stop
  std::string_view choices = {};  ///< of kChoice: "text|json"
  std::uint64_t least = 0;        ///< of numbers, bytes and nanoseconds
  std::uint64_t most = UINT64_MAX;
  bool bare_milliseconds = false;  ///< a duration that may be a bare number, of milliseconds
};

/// All of them, in the order of the documentation. They live as long as the process.
std::span<const Setting> settings();
/// Null when there is none of that name.
const Setting* find_setting(std::string_view name);
/// "duration", "host:port": what its values are, for people.
std::string_view kind_name(SettingKind kind);

}  // namespace geode::server
