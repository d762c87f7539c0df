#include "config/config.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <geode/session.hpp>
#include "config/machine.hpp"
#include "config/yaml_file.hpp"

namespace geode::server {

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string number_text(SettingKind kind, std::uint64_t number) {
  if (kind == SettingKind::kSize) return size_text(number);
  if (kind != SettingKind::kDuration) return std::to_string(number);
  return duration_text(std::chrono::nanoseconds(static_cast<std::int64_t>(number)));
}

void check_bounds(const Setting& setting, std::uint64_t number, const std::string& text) {
  if (number >= setting.least && number <= setting.most) return;
  const std::string least = number_text(setting.kind, setting.least);
  throw Error(
      status::kInvalidArgument,
      "`" + text + "` is out of bounds: " +
          (setting.most == UINT64_MAX ? least + " at least"
                                      : least + " to " + number_text(setting.kind, setting.most)));
}

std::uint64_t parse_whole(const std::string& text) {
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || rest != text.data() + text.size()) {
    throw Error(status::kInvalidArgument, "`" + text + "` is no whole number");
  }
  return number;
}

constexpr std::string_view kQueryCache = "performance.query_cache";

/// What `auto` stands for.
std::uint64_t automatic_value(const Setting& setting, const MachineLimits& machine) {
  constexpr std::uint64_t kMostQueryMemory = std::uint64_t{2} << 30;
  if (setting.kind == SettingKind::kWhole) {
    return std::min<std::uint64_t>(machine.processors, setting.most);
  }
  if (setting.name == kQueryCache) return std::max(machine.memory_bytes / 10, setting.least);
  return std::clamp(machine.memory_bytes / 4, setting.least, kMostQueryMemory);
}

SettingValue parse_value(const Setting& setting, const std::vector<std::string>& texts,
                         const MachineLimits& machine) {
  if (setting.kind == SettingKind::kEndpoints) {
    std::vector<Endpoint> out;
    for (const std::string& text : texts) {
      for (const std::string& item : split(text, ',')) out.push_back(parse_endpoint(item));
    }
    return out;
  }
  const std::string& text = texts.front();
  const bool counts = setting.kind == SettingKind::kWhole || setting.kind == SettingKind::kSize;
  if (counts && setting.standard == "auto" && text == "auto") {
    return automatic_value(setting, machine);
  }
  switch (setting.kind) {
    case SettingKind::kText:
    case SettingKind::kPath:
      return text;
    case SettingKind::kWhole: {
      const std::uint64_t number = parse_whole(text);
      check_bounds(setting, number, text);
      return number;
    }
    case SettingKind::kSize: {
      const std::uint64_t bytes = parse_size(text);
      check_bounds(setting, bytes, text);
      return bytes;
    }
    case SettingKind::kDuration: {
      const std::chrono::nanoseconds duration = parse_duration(text, setting.bare_milliseconds);
      check_bounds(setting, static_cast<std::uint64_t>(duration.count()), text);
      return duration;
    }
    case SettingKind::kBoolean:
      return parse_boolean(text);
    case SettingKind::kChoice: {
      const std::vector<std::string> choices = split(setting.choices, '|');
      if (std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
      std::string expected;
      for (const std::string& choice : choices) {
        if (!expected.empty()) expected += &choice == &choices.back() ? " or " : ", ";
        expected += choice;
      }
      throw Error(status::kInvalidArgument, "`" + text + "` is not possible: it is " + expected);
    }
    case SettingKind::kEndpoint:
      if (text == "none" || (text.empty() && setting.standard.empty())) return Endpoint{};
      return parse_endpoint(text);
    case SettingKind::kEndpoints:
      break;  // above
  }
  throw Error(status::kInternal, "a setting of no kind");
}

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  if (!file || std::filesystem::is_directory(path, error)) {
    const int number = file ? EISDIR : errno;
    throw Error(status::kIo, path + ": the configuration cannot be read: " + std::strerror(number));
  }
  constexpr std::size_t kLongest = 1 << 20;
  std::string text(kLongest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLongest) {
    throw Error(status::kInvalidArgument, path + ": a configuration is 1 MiB at most");
  }
  return text;
}

/// "" when there is none.
std::string find_file(const ConfigSources& sources) {
  if (!sources.file.empty()) return sources.file;
  const auto variable = [&](const char* name) { return sources.environment(name).value_or(""); };
  if (const std::string named = variable("GEODE_CONFIG"); !named.empty()) return named;
  std::vector<std::string> places;
  if (const std::string xdg = variable("XDG_CONFIG_HOME"); !xdg.empty()) {
    places.push_back(xdg + "/geode/geode.yaml");
  } else if (const std::string home = variable("HOME"); !home.empty()) {
    places.push_back(home + "/.config/geode/geode.yaml");
  }
  places.push_back(sources.root + "/etc/geode/geode.yaml");
  places.push_back(sources.root + "/etc/geode/geode.conf");
  for (const std::string& place : places) {
    std::error_code error;
    if (std::filesystem::exists(place, error)) return place;
  }
  return "";
}

std::vector<FileEntry> read_file(const std::string& path, std::vector<Error>& problems) {
  if (path.empty()) return {};
  try {
    return read_yaml(read_whole(path), path, problems);
  } catch (const Error& error) {
    problems.push_back(error);
    return {};
  }
}

template <typename T>
const T& value_of(const std::vector<ConfigEntry>& entries, std::string_view name) {
  for (const ConfigEntry& entry : entries) {
    if (entry.setting->name != name) continue;
    if (const T* value = std::get_if<T>(&entry.value)) return *value;
  }
  throw Error(status::kInternal, "no setting of this kind: " + std::string(name));
}

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string_view origin_name(Origin origin) {
  switch (origin) {
    case Origin::kDefault:
      return "default";
    case Origin::kFile:
      return "file";
    case Origin::kEnvironment:
      return "environment";
    case Origin::kFlag:
      return "flag";
    case Origin::kStatement:
      return "statement";
  }
  return "";
}

std::string variable_name(const Setting& setting) {
  std::string out = "GEODE_" + std::string(setting.name);
  for (char& c : out) c = c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::string value_text(const Setting& setting, const SettingValue& value) {
  struct Writer {
    SettingKind kind;
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(std::uint64_t number) const { return number_text(kind, number); }
    std::string operator()(bool truth) const { return truth ? "true" : "false"; }
    std::string operator()(std::chrono::nanoseconds duration) const {
      return duration_text(duration);
    }
    std::string operator()(const Endpoint& endpoint) const {
      return endpoint.host.empty() ? "none" : endpoint_text(endpoint);
    }
    std::string operator()(const std::vector<Endpoint>& list) const {
      std::string out;
      for (const Endpoint& each : list) {
        if (!out.empty()) out += ',';
        out += endpoint_text(each);
      }
      return out;
    }
  };
  return std::visit(Writer{setting.kind}, value);
}

Config::Config(const ConfigSources& sources, std::vector<Error>& problems) {
  const MachineLimits machine = machine_limits(sources.root);
  for (const Setting& setting : settings()) {
    const std::vector<std::string> standard = {std::string(setting.standard)};
    entries_.push_back({&setting, parse_value(setting, standard, machine), Origin::kDefault, ""});
  }
  const auto set = [&](const Setting& setting, const std::vector<std::string>& texts, Origin origin,
                       const std::string& place) {
    try {
      own_entry(setting.name) = {&setting, parse_value(setting, texts, machine), origin, place};
    } catch (const Error& error) {
      problems.push_back(Error(error.gqlstatus(),
                               place + ": " + std::string(setting.name) + ": " + error.message())
                             .hint(error.hint_text()));
    }
  };
  file_ = find_file(sources);
  for (const FileEntry& each : read_file(file_, problems)) {
    set(*each.setting, each.texts, Origin::kFile, each.place);
  }
  for (const Setting& setting : settings()) {
    // The short name is there for scripts that use it; the long one says more and outweighs it.
    for (const std::string& name : {std::string(setting.variable), variable_name(setting)}) {
      if (name.empty()) continue;
      if (const std::optional<std::string> text = sources.environment(name)) {
        set(setting, {*text}, Origin::kEnvironment, name);
      }
    }
  }
  for (const auto& [name, text] : sources.flags) {
    const Setting* setting = find_setting(name);
    if (setting == nullptr) throw Error(status::kInternal, "no setting " + name);
    set(*setting, {text}, Origin::kFlag, "--" + std::string(setting->flag));
  }
  compare_settings(problems);
}

void Config::change(std::string_view name, const std::string& text) {
  const Setting* setting = find_setting(name);
  if (setting == nullptr) {
    std::vector<std::string> names;
    for (const Setting& each : settings()) names.emplace_back(each.name);
    const std::string nearest = nearest_name(name, names);
    throw Error(status::kInvalidReference, "there is no setting `" + std::string(name) + "`")
        .hint(nearest.empty() ? "SELECT key FROM system.config lists them"
                              : "did you mean `" + nearest + "`?");
  }
  if (setting->change != SettingChange::kOnReload) {
    throw Error(status::kNotPrepared,
                "`" + std::string(name) + "` cannot change while the server runs")
        .hint("write it into the configuration, and start the server again");
  }
  try {
    own_entry(name) = {setting, parse_value(*setting, {text}, machine_limits()), Origin::kStatement,
                       "system.set_config"};
  } catch (const Error& error) {
    throw Error(error.gqlstatus(), "`" + std::string(name) + "`: " + error.message())
        .hint(error.hint_text());
  }
}

void Config::compare_settings(std::vector<Error>& problems) const {
  // Says what is wrong with `name`, and where it was given.
  const auto complain = [&](std::string_view name, const std::string& message) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const ConfigEntry& each) {
      return each.setting->name == name;
    });
    const std::string where = found->place.empty() ? "" : found->place + ": ";
    problems.emplace_back(status::kInvalidArgument, where + std::string(name) + ": " + message);
  };
  if (truth("cluster.enabled")) {
    complain("cluster.enabled", "there are no clusters of servers yet; leave it out or say false");
  }
  if (text("server.tls.cert_file").empty() != text("server.tls.key_file").empty()) {
    const bool no_key = text("server.tls.key_file").empty();
    complain(no_key ? "server.tls.cert_file" : "server.tls.key_file",
             no_key ? "a certificate needs its server.tls.key_file"
                    : "a key needs its server.tls.cert_file");
  }
  if (truth("server.tls.require_client_cert") && text("server.tls.client_ca").empty()) {
    complain("server.tls.require_client_cert",
             "needs server.tls.client_ca, which tells whose certificates are taken");
  }
  if (!text("server.tls.client_crl").empty() && text("server.tls.client_ca").empty()) {
    complain("server.tls.client_crl",
             "needs server.tls.client_ca, which tells whose certificates are taken");
  }
  if (duration("cluster.heartbeat_interval") >= duration("cluster.election_timeout")) {
    complain("cluster.heartbeat_interval", "must be shorter than cluster.election_timeout, " +
                                               duration_text(duration("cluster.election_timeout")));
  }
}

ConfigEntry& Config::own_entry(std::string_view name) {
  return *std::find_if(entries_.begin(), entries_.end(),
                       [&](const ConfigEntry& each) { return each.setting->name == name; });
}

const ConfigEntry& Config::entry(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const ConfigEntry& each) {
    return each.setting->name == name;
  });
  if (found == entries_.end()) throw Error(status::kInternal, "no setting " + std::string(name));
  return *found;
}

void Config::take_reloadable(const Config& newer) {
  for (ConfigEntry& each : entries_)
    if (each.setting->change == SettingChange::kOnReload) each = newer.entry(each.setting->name);
}

const std::string& Config::text(std::string_view name) const {
  return value_of<std::string>(entries_, name);
}

std::uint64_t Config::number(std::string_view name) const {
  return value_of<std::uint64_t>(entries_, name);
}

bool Config::truth(std::string_view name) const { return value_of<bool>(entries_, name); }

std::chrono::nanoseconds Config::duration(std::string_view name) const {
  return value_of<std::chrono::nanoseconds>(entries_, name);
}

const Endpoint& Config::endpoint(std::string_view name) const {
  return value_of<Endpoint>(entries_, name);
}

const std::vector<Endpoint>& Config::endpoints(std::string_view name) const {
  return value_of<std::vector<Endpoint>>(entries_, name);
}

}  // namespace geode::server
