#include "commands/config_options.hpp"

#include <string>

#include <CLI/CLI.hpp>

namespace geode::cli {

namespace {

std::string type_name(server::SettingKind kind) {
  using enum server::SettingKind;
  switch (kind) {
    case kText:
      return "TEXT";
    case kPath:
      return "PATH";
    case kWhole:
      return "COUNT";
    case kBoolean:
      return "BOOL";
    case kDuration:
      return "DURATION";
    case kSize:
      return "SIZE";
    case kChoice:
      return "WORD";
    case kEndpoint:
      return "HOST:PORT";
    case kEndpoints:
      return "HOST:PORT,...";
  }
  return "";
}

}  // namespace

std::shared_ptr<server::ConfigSources> add_config_options(CLI::App& app) {
  auto sources = std::make_shared<server::ConfigSources>();
  sources->environment = server::process_environment;
  app.add_option("--config", sources->file, "File of the configuration")->type_name("FILE");
  for (const server::Setting& setting : server::settings()) {
    if (setting.flag.empty()) continue;
    const auto note = [sources, name = std::string(setting.name)](const std::string& text) {
      sources->flags.emplace_back(name, text);
    };
    app.add_option_function<std::string>("--" + std::string(setting.flag), note,
                                         std::string(setting.text))
        ->type_name(type_name(setting.kind));
  }
  return sources;
}

}  // namespace geode::cli
