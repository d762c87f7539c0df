#include "serve/serve.hpp"

#include <vector>

#include <CLI/CLI.hpp>

#include "commands/commands.hpp"
#include "commands/config_options.hpp"
#include "exit_codes.hpp"
#include "talk.hpp"

namespace geode::cli {

Command add_serve_command(CLI::App& root) {
  CLI::App* app = root.add_subcommand("serve", "Serve a database to clients over the network");
  const auto sources = add_config_options(*app);
  return {app, [sources]() -> int {
            std::vector<Error> problems;
            const server::Config config(*sources, problems);
            if (!problems.empty()) return report_problems(problems);
            try {
              return server::serve(config, *sources);
            } catch (const Error& error) {
              Talk().error(error, "");
              return exit_code_of_opening(error);
            }
          }};
}

}  // namespace geode::cli
