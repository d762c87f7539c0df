#include <algorithm>
#include <chrono>
#include <memory>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "client/connection.hpp"
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "log_in.hpp"
#include "output.hpp"
#include "renderers/renderer.hpp"
#include "server_address.hpp"
#include "server_lines.hpp"
#include "stop_request.hpp"
#include "talk.hpp"
#include "terminal.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

/// Leaves itself out, and those of others who look at the same list.
constexpr std::string_view kRunning =
    "CALL system.list_queries() YIELD id, user, query, duration FILTER query <> $own "
    "RETURN id, user, duration, query ORDER BY duration DESC";

struct RunningStatement {
  std::string id, user, text;
  double seconds = 0;
};

struct Picture {
  std::string address;
  client::ServerStatus server;
  std::vector<RunningStatement> statements;
};

Picture look(client::Connection& connection) {
  Picture picture{connection.address(), connection.server_status(), {}};
  Parameters parameters;
  parameters.set("own", Value(std::string(kRunning)));
  for (const Row& row : connection.execute(kRunning, parameters).all()) {
    const Duration& running = row[std::size_t{2}].as_duration();
    picture.statements.push_back({.id = std::string(row[std::size_t{0}].as_string()),
                                  .user = std::string(row[std::size_t{1}].as_string()),
                                  .text = std::string(row[std::size_t{3}].as_string()),
                                  .seconds = static_cast<double>(running.days) * 86'400 +
                                             static_cast<double>(running.seconds) +
                                             running.nanoseconds / 1e9});
  }
  return picture;
}

std::string json_of(const Picture& picture) {
  nlohmann::ordered_json json = status_json("geode.top/1", picture.address, picture.server);
  nlohmann::ordered_json& statements = json["running"] = nlohmann::ordered_json::array();
  for (const RunningStatement& each : picture.statements) {
    statements.push_back(
        {{"id", each.id}, {"user", each.user}, {"seconds", each.seconds}, {"query", each.text}});
  }
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

/// A statement over several lines, as one.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return line;
}

/// `most`: statements that are shown.
std::string lines_of(const Picture& picture, std::size_t width, std::size_t most) {
  const client::ServerStatus& server = picture.server;
  std::string text = fmt::format(
      "{}  version {}  up {}\n"
      "{} of {} connections, {} running, {} open, {} ended, {} failed, {}\n",
      picture.address, server.version, uptime_text(server.uptime), server.connections,
      connection_limit_text(server), counted(server.running_statements, "statement"),
      counted(server.open_transactions, "transaction"), server.statements, server.failed_statements,
      bytes_text(server.storage_bytes));
  Output output(text);
  RenderOptions options;
  options.max_width = width;
  const auto table = make_renderer(Format::kTable, options, output);
  table->begin({"id", "user", "time", "statement"});
  const std::size_t shown = std::min(most, picture.statements.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const RunningStatement& each = picture.statements[i];
    const std::vector<Value> row = {Value(each.id), Value(each.user),
                                    Value(duration_text(each.seconds)),
                                    Value(on_one_line(each.text))};
    table->row(row);
  }
  table->end();
  output.flush();
  if (shown < picture.statements.size())
    text += fmt::format("and {} more\n", picture.statements.size() - shown);
  return text;
}

/// Waits, and tells whether somebody wants to leave.
bool leaves_within(std::chrono::milliseconds time) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  const auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (stop_requested()) return true;
    if (left.count() <= 0) return false;
    if (::poll(&input, 1, static_cast<int>(left.count())) <= 0) continue;
    char key = 0;
    if (::read(STDIN_FILENO, &key, 1) != 1) return true;
    if (key == 'q' || key == 'Q' || key == KeyByKey::kCtrlC || key == KeyByKey::kCtrlD) return true;
  }
}

/// Draws over what it drew before, line by line, so that nothing flickers.
bool draw(const std::string& text) {
  std::string screen = "\x1b[H";
  for (const char c : text) {
    if (c == '\n') screen += "\x1b[K";
    screen += c;
  }
  return write_output(screen + "\x1b[J");
}

int watch(client::Connection& connection, std::chrono::milliseconds interval) {
  constexpr std::size_t kLinesAround = 8;
  watch_for_stop_request();  // SIGTERM leaves the terminal as it was
  const KeyByKey keys;
  if (!write_output("\x1b[2J")) return kExitLimit;
  do {
    const TerminalSize size = terminal_size(STDOUT_FILENO);
    const std::size_t most = size.rows > kLinesAround ? size.rows - kLinesAround : 1;
    if (!draw(lines_of(look(connection), size.columns, most) + "q leaves\n")) return kExitLimit;
  } while (!leaves_within(interval));
  return kExitSuccess;
}

}  // namespace

Command add_top_command(CLI::App& root) {
  struct Arguments {
    ServerAddress target;
    double interval_seconds = 2;
    bool once = false, json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* app = root.add_subcommand("top", "Show the statements that run in a server");
  arguments->target.add_to(*app);
  app->add_option("--interval", arguments->interval_seconds, "Time between two looks; 2 by default")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 3600.0));
  app->add_flag("--once", arguments->once,
                "Look once, and end. So it is where input or output is no terminal");
  app->add_flag("--json", arguments->json, "Look once, as JSON");
  return {app, [arguments]() -> int {
            Talk talk;
            talk.json = arguments->json;
            try {
              client::ConnectOptions options = arguments->target.connect_options();
              client::Connection connection = log_in(options);
              const bool shows = is_terminal(STDOUT_FILENO);
              if (shows && is_terminal(STDIN_FILENO) && !arguments->once && !arguments->json) {
                return watch(connection, std::chrono::milliseconds(static_cast<std::int64_t>(
                                             arguments->interval_seconds * 1000)));
              }
              const Picture picture = look(connection);
              const std::string text =
                  arguments->json
                      ? json_of(picture)
                      : lines_of(picture, shows ? terminal_size(STDOUT_FILENO).columns : 0,
                                 picture.statements.size());
              return write_output(text) ? kExitSuccess : kExitLimit;
            } catch (const Error& error) {
              talk.error(error, "");
              return exit_code_of_asking(error);
            }
          }};
}

}  // namespace geode::cli
