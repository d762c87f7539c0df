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
  if (info.first_lsn != 0) append_number(out, "first_lsn", info.first_lsn);
  if (info.parent) {
    append_json_key(out, "parent");
    std::string parent = "{";
    append_text(parent, "name", info.parent->name);
    append_text(parent, "checksum", info.parent->checksum);
    append_number(parent, "lsn", info.parent->lsn);
    if (info.parent->timeline) {
      append_text(parent, "timeline", fmt::format("{:016x}", *info.parent->timeline));
    }
    out += parent + "}";
  }
  append_text(out, "created_at", backup_time(info.created_at));
  append_number(out, "format_version", info.format_version);
  append_text(out, "geode_version", info.geode_version);
  append_number(out, "bytes", info.bytes);
  append_number(out, "database_bytes", info.database_bytes);
  if (!info.checksum.empty()) append_text(out, "checksum", info.checksum);
  return out + "}";
}

std::string backup_lines(const BackupInfo& info) {
  std::string out = fmt::format("{}: {} backup of database {}, {}", info.file, info.type,
                                info.database_id, bytes_text(info.bytes));
  if (info.database_bytes != 0) out += fmt::format(" ({} in it)", bytes_text(info.database_bytes));
  out += fmt::format("\nLSN: {}\n", lsn_text(info));
  if (info.parent) {
    out += fmt::format("Parent: {}, LSN {}, {}\n", info.parent->name, info.parent->lsn,
                       info.parent->checksum);
  }
  if (info.commit_time) out += fmt::format("Commit time: {}\n", time_text(*info.commit_time));
  out += fmt::format("Created: {}\n", backup_time(info.created_at));
  if (!info.checksum.empty()) out += fmt::format("Checksum: {}\n", info.checksum);
  return out;
}

std::string lsn_text(const BackupInfo& info) {
  // What holds no record is at the LSN of its parent.
  if (info.first_lsn == 0 || info.first_lsn >= info.lsn) return std::to_string(info.lsn);
  return fmt::format("{} to {}", info.first_lsn, info.lsn);
}

std::string replay_json(const ReplayReport& replay, std::size_t archives) {
  return fmt::format(
      R"("archives":{},"records":{},"lsn":{},"commit_time":{},"timeline":"{}",)"
      R"("new_timeline":"{}","reached_target":{})",
      archives, replay.records, replay.lsn,
      replay.commit_time == 0 ? "null" : fmt::format(R"("{}")", time_text(replay.commit_time)),
      replay.timeline, replay.new_timeline, replay.reached_target);
}

std::string replay_lines(const ReplayReport& replay, std::size_t archives) {
  return fmt::format(
      "{} commits of {} archives applied\nlast commit: {}{}\ntimeline: {}, next {}\n",
      replay.records, archives, replay.lsn,
      replay.commit_time == 0 ? "" : " at " + time_text(replay.commit_time),
      replay.timeline.empty() ? "none" : replay.timeline,
      replay.new_timeline.empty() ? "none" : replay.new_timeline);
}

bool read_target_time(const std::string& text, ReplayRequest& request, const Talk& talk) {
  if (text.empty()) return true;
  request.until = time_of(text);
  if (!request.until) {
    talk.usage("`" + text + "` is not a time", "RFC 3339, as in 2026-11-21T15:30:00Z");
  }
  return request.until.has_value();
}

void say_what_is_missing(const ReplayRequest& request, const ReplayReport& replay,
                         const Talk& talk) {
  if (!request.until || replay.reached_target) return;
  talk.say("the archives hold no commit behind that time: it is the end of what is archived");
}

std::function<bool(std::uint64_t, std::uint64_t)> replay_progress(ProgressBar& bar,
                                                                  std::string step) {
  return [&bar, step = std::move(step)](std::uint64_t done, std::uint64_t all) {
    bar.update(step, done, all, done, "commits");
    return !stop_requested();
  };
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
