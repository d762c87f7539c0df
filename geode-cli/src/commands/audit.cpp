#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "audit/audit_verify.hpp"
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "json_writer.hpp"
#include "talk.hpp"

namespace geode::cli {

namespace {

using server::AuditCheck;

std::string as_json(const AuditCheck& check) {
  std::string out = "{";
  const auto append_text = [&](std::string_view key, std::string_view text) {
    append_json_key(out, key);
    append_json_string(out, text);
  };
  const auto append_number = [&](std::string_view key, std::uint64_t number) {
    append_json_key(out, key);
    out += std::to_string(number);
  };
  const auto append_list = [&](std::string_view key, const std::vector<std::string>& texts) {
    append_json_key(out, key);
    out += '[';
    for (const std::string& text : texts) {
      if (out.back() != '[') out += ',';
      append_json_string(out, text);
    }
    out += ']';
  };
  append_text("schema", "geode.audit_verify/1");
  append_json_key(out, "ok");
  out += check.problem ? "false" : "true";
  append_list("files", check.files);
  append_number("events", check.events);
  append_number("first_event_id", check.first_event_id);
  append_number("last_event_id", check.last.event_id);
  append_text("last_hash", check.last.hash);
  append_list("remarks", check.remarks);
  if (check.problem) {
    append_json_key(out, "problem");
    out += '{';
    append_text("file", check.problem->file);
    append_number("line", check.problem->line);
    append_text("text", check.problem->text);
    out += '}';
  }
  return out + "}\n";
}

std::string as_text(const AuditCheck& check) {
  std::string out;
  for (const std::string& remark : check.remarks) out += remark + "\n";
  if (check.problem)
    return out + fmt::format("{}:{}: {}\n", check.problem->file, check.problem->line,
                             check.problem->text);
  return out + fmt::format("ok: {} events in {} {}, up to event {}, hash {}\n", check.events,
                           check.files.size(), check.files.size() == 1 ? "file" : "files",
                           check.last.event_id, check.last.hash);
}

}  // namespace

Command add_audit_command(CLI::App& root) {
  struct Arguments {
    std::vector<std::string> files;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* app = root.add_subcommand("audit", "Look after the audit log of a server");
  app->require_subcommand(1);
  CLI::App* verify = app->add_subcommand(
      "verify", "Whether no event of an audit log was changed, taken out or cut off");
  verify
      ->add_option("FILE", arguments->files,
                   "The log; files that were put aside beside it are read, too")
      ->required();
  verify->add_flag("--json", arguments->json, "As JSON");
  return {app, [arguments]() -> int {
            const AuditCheck check = server::verify_audit(arguments->files);
            if (!write_output(arguments->json ? as_json(check) : as_text(check))) return kExitLimit;
            return check.problem ? kExitDamaged : kExitSuccess;
          }};
}

}  // namespace geode::cli
