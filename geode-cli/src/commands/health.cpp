#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "client/probe.hpp"
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "server_address.hpp"
#include "talk.hpp"

namespace geode::cli {

namespace {

/// A command that shows a page of the server: 0 when it is good, 1 when the server says it is not,
/// 3 when it does not answer.
Command add_page_command(CLI::App& root, const std::string& name, const std::string& description) {
  auto target = std::make_shared<ServerAddress>();
  target->connect_timeout = std::chrono::seconds(1);  // that probes of Kubernetes give
  CLI::App* app = root.add_subcommand(name, description);
  target->add_to(*app);
  return {app, [target, path = "/" + name]() -> int {
            try {
              const ServerAddress::Pages pages = target->pages();
              const client::ProbeAnswer answer =
                  client::probe(pages.endpoint.host, pages.endpoint.port, path, pages.limit);
              if (!write_output(answer.body)) return kExitLimit;
              return answer.status == 200 ? kExitSuccess : kExitStatementFailed;
            } catch (const Error& error) {
              Talk().error(error, "");
              return exit_code_of_opening(error);
            }
          }};
}

}  // namespace

Command add_health_command(CLI::App& root) {
  return add_page_command(root, "health", "Ask a server whether it can read its database");
}

Command add_ready_command(CLI::App& root) {
  return add_page_command(root, "ready", "Ask a server whether it takes clients");
}

}  // namespace geode::cli
