#include "commands/config_options.hpp"

#include <string>

#include <CLI/CLI.hpp>

#include "exit_codes.hpp"
#include "talk.hpp"

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
  const auto note_port = [sources](const std::string& port) {
    sources->flags.emplace_back("metrics.listen", "0.0.0.0:" + port);
  };
  app.add_option_function<std::string>("--metrics-port", note_port,
                                       "Port of /metrics on all addresses")
      ->type_name("PORT");
  return sources;
}

int report_problems(const std::vector<Error>& problems) {
  Talk talk;
  int code = kExitSuccess;
  for (const Error& problem : problems) {
    talk.usage(problem.message(), problem.hint_text());
    code = kExitUsage;
  }
  return code;
}

}  // namespace geode::cli
