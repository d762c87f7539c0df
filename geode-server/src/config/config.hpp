#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <geode/error.hpp>
#include "config/settings.hpp"
#include "config/units.hpp"

namespace geode::server {

/// kStatement: CALL system.set_config, which counts until the configuration is read again.
enum class Origin : std::uint8_t { kDefault, kFile, kEnvironment, kFlag, kStatement };

/// "default", "file", ...
std::string_view origin_name(Origin origin);

/// Which of the types a value has follows from its setting's kind: text, path and choice are
/// strings, numbers and sizes whole numbers.
using SettingValue = std::variant<std::string, std::uint64_t, bool, std::chrono::nanoseconds,
                                  Endpoint, std::vector<Endpoint>>;

/// The value as it may stand in a file, "" when there is none.
std::string value_text(const Setting& setting, const SettingValue& value);

struct ConfigEntry {
  const Setting* setting = nullptr;
  SettingValue value;
  Origin origin = Origin::kDefault;
  std::string place;  ///< "/etc/geode/geode.yaml:3:11", "GEODE_NODE_ID", "--listen"; "" of defaults
};

/// Where values come from. A flag outweighs a variable, a variable the file, the file the default.
struct ConfigSources {
  /// Empty: the first there is of $GEODE_CONFIG, $XDG_CONFIG_HOME/geode/geode.yaml (or in
  /// $HOME/.config), /etc/geode/geode.yaml and /etc/geode/geode.conf. A file that was named must be
  /// there.
  std::string file;
  /// Name of a setting and what its flag says.
  std::vector<std::pair<std::string, std::string>> flags;
  std::function<std::optional<std::string>(const std::string&)> environment;
  std::string root;  ///< stands before /etc, /proc and /sys; for tests
};

/// The environment of the process.
std::optional<std::string> process_environment(const std::string& name);

/// A value for every setting.
class Config {
 public:
  /// Reads all sources. What is wrong is appended to `problems`, as Error 22023 with its place at
  /// the beginning of the message (58X01 for a file that cannot be read); the settings concerned
  /// keep the value of the source below.
  Config(const ConfigSources& sources, std::vector<Error>& problems);

  const std::vector<ConfigEntry>& entries() const { return entries_; }
  /// As the functions below.
  const ConfigEntry& entry(std::string_view name) const;
  /// Gives a setting that may change while a server runs another value, written as in a file.
  /// Throws Error 42002 when there is no such setting, 22023 when it cannot have the value, 55X01
  /// when it is one that counts from the start.
  void change(std::string_view name, const std::string& text);
  /// Takes from `newer` what may change while a server runs.
  void take_reloadable(const Config& newer);
  /// The file that was read, "" when there is none.
  const std::string& file() const { return file_; }

  // Of settings that are in the table with the kind asked for; anything else is a mistake of the
  // program and throws Error XX000.
  const std::string& text(std::string_view name) const;
  std::uint64_t number(std::string_view name) const;
  bool truth(std::string_view name) const;
  std::chrono::nanoseconds duration(std::string_view name) const;
  const Endpoint& endpoint(std::string_view name) const;
  const std::vector<Endpoint>& endpoints(std::string_view name) const;

 private:
  ConfigEntry& own_entry(std::string_view name);
  void compare_settings(std::vector<Error>& problems) const;

  std::vector<ConfigEntry> entries_;
  std::string file_;
};

/// GEODE_SERVER_TLS_CERT_FILE of "server.tls.cert_file".
std::string variable_name(const Setting& setting);

}  // namespace geode::server
