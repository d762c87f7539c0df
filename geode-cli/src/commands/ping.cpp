#include <chrono>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "client/connection.hpp"
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "server_address.hpp"
#include "talk.hpp"

namespace geode::cli {

Command add_ping_command(CLI::App& root) {
  struct Arguments {
    ServerAddress target;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* app = root.add_subcommand("ping", "Ask a server whether it is there");
  arguments->target.add_to(*app);
  app->add_flag("--json", arguments->json, "The answer and the time it took, as JSON");
  return {app, [arguments]() -> int {
            Talk talk;
            talk.json = arguments->json;
            try {
              const client::ConnectOptions options = arguments->target.connect_options();
              const auto begin = std::chrono::steady_clock::now();
              client::ping(options);
              const std::chrono::duration<double, std::milli> taken =
                  std::chrono::steady_clock::now() - begin;
              const std::string text =
                  arguments->json ? fmt::format(
                                        "{{\"schema\":\"geode.ping/1\",\"answer\":\"PONG\","
                                        "\"milliseconds\":{:.3f}}}\n",
                                        taken.count())
                                  : "PONG\n";
              return write_output(text) ? kExitSuccess : kExitLimit;
            } catch (const Error& error) {
              talk.error(error, "");
              return exit_code_of_asking(error);
            }
          }};
}

}  // namespace geode::cli
