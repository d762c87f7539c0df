#include <chrono>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "client/connection.hpp"
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "log_in.hpp"
#include "server_address.hpp"
#include "server_lines.hpp"
#include "talk.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

std::string status_lines(const std::string& address, const client::ServerStatus& status) {
  return fmt::format(
      "address       {}\n"
      "version       {}\n"
      "uptime        {}\n"
      "role          {}\n"
      "ready         {}\n"
      "connections   {} of {}\n"
      "statements    {} running, {} ended, {} of them failed\n"
      "transactions  {} open\n"
      "storage       {}\n",
      address, status.version, uptime_text(status.uptime), status.role, status.ready ? "yes" : "no",
      status.connections, connection_limit_text(status), status.running_statements,
      status.statements, status.failed_statements, status.open_transactions,
      bytes_text(status.storage_bytes));
}

}  // namespace

Command add_status_command(CLI::App& root) {
  struct Arguments {
    ServerAddress target;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* app = root.add_subcommand("status", "Tell how a server does");
  arguments->target.add_to(*app);
  app->add_flag("--json", arguments->json, "As JSON");
  return {app, [arguments]() -> int {
            Talk talk;
            talk.json = arguments->json;
            try {
              client::ConnectOptions options = arguments->target.connect_options();
              client::Connection connection = log_in(options);
              const client::ServerStatus status = connection.server_status();
              const std::string text =
                  arguments->json
                      ? status_json("geode.status/1", connection.address(), status).dump() + "\n"
                      : status_lines(connection.address(), status);
              return write_output(text) ? kExitSuccess : kExitLimit;
            } catch (const Error& error) {
              talk.error(error, "");
              return exit_code_of_asking(error);
            }
          }};
}

}  // namespace geode::cli
