#include "backup_text.hpp"

#include <ctime>
#include <utility>

#include <fmt/core.h>

#include "json_writer.hpp"
#include "stop_request.hpp"
#include "time_text.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

void append_text(std::string& out, std::string_view key, std::string_view value) {
  append_json_key(out, key);
  append_json_string(out, value);
}

void append_number(std::string& out, std::string_view key, std::uint64_t value) {
  append_json_key(out, key);
  out += std::to_string(value);
}

}  // namespace

std::string backup_time(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  char text[32];
  gmtime_r(&time, &parts);
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string backup_json(const BackupInfo& info, std::string_view schema) {
  std::string out = "{";
  if (!schema.empty()) append_text(out, "schema", schema);
  append_text(out, "file", info.file);
  append_text(out, "type", info.type);
  append_text(out, "database_id", info.database_id);
  append_number(out, "lsn", info.lsn);
  if (info.timeline) append_text(out, "timeline", fmt::format("{:016x}", *info.timeline));
  if (info.commit_time) append_text(out, "commit_time", time_text(*info.commit_time));
  if (!info.parent.empty()) append_text(out, "parent", info.parent);
  append_text(out, "created_at", backup_time(info.created_at));
  append_number(out, "format_version", info.format_version);
  append_text(out, "geode_version", info.geode_version);
  append_number(out, "bytes", info.bytes);
  append_number(out, "database_bytes", info.database_bytes);
  if (!info.checksum.empty()) append_text(out, "checksum", info.checksum);
  return out + "}";
}

std::string backup_lines(const BackupInfo& info) {
  std::string out =
      fmt::format("{}: {} backup of database {}, {} ({} in it)\n", info.file, info.type,
                  info.database_id, bytes_text(info.bytes), bytes_text(info.database_bytes));
  out += fmt::format("LSN: {}\n", info.lsn);
  if (info.commit_time) out += fmt::format("Commit time: {}\n", time_text(*info.commit_time));
  out += fmt::format("Created: {}\n", backup_time(info.created_at));
  if (!info.checksum.empty()) out += fmt::format("Checksum: {}\n", info.checksum);
  return out;
}

BackupProgressFunction backup_progress(ProgressBar& bar, std::string step) {
  return [&bar, step = std::move(step)](const BackupProgress& progress) {
    constexpr std::uint64_t kMegabyte = 1000000;
    bar.update(step, progress.bytes_done, progress.bytes_total, progress.bytes_done / kMegabyte,
               "MB");
    return !stop_requested();
  };
}

}  // namespace geode::cli
