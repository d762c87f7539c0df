#include "serve/system_tables.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include <geode/extension.hpp>
#include "config/units.hpp"

namespace geode::server {

namespace {

using Arguments = std::span<const Value>;
using Wall = std::chrono::system_clock;

constexpr double kBytesOfGigabyte = 1e9;

Value number(std::uint64_t value) { return Value(static_cast<std::int64_t>(value)); }

Value instant(Wall::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  ZonedDateTime out;
  out.seconds = seconds.time_since_epoch().count();
  out.nanoseconds = static_cast<std::int32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time - seconds).count());
  return Value(std::move(out));
}

Value instant(std::int64_t seconds) {
  return instant(Wall::time_point(std::chrono::seconds(seconds)));
}

Value duration(std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  Duration out;
  out.seconds = seconds.count();
  out.nanoseconds = static_cast<std::int32_t>((time - seconds).count());
  return Value(std::move(out));
}

/// Null for what is empty.
Value text_or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }

/// As it would stand in a file.
std::string setting_text(const Value& value) {
  if (value.type() == ValueType::kString) return std::string(value.as_string());
  if (value.type() == ValueType::kBool) return value.as_bool() ? "true" : "false";
  if (value.type() == ValueType::kDuration) {
    const Duration& time = value.as_duration();
    constexpr std::int64_t kMostSeconds =
        std::numeric_limits<std::int64_t>::max() / 1'000'000'000 - 1;
    const bool fits = time.months == 0 && time.days == 0 && time.seconds <= kMostSeconds;
    if (fits && time.seconds >= 0) {
      return duration_text(std::chrono::seconds(time.seconds) +
                           std::chrono::nanoseconds(time.nanoseconds));
    }
  }
  return value.to_string();
}

void connections(const SystemTableSources& sources, ProcedureResult& rows) {
  for (const ConnectionInfo& each : sources.connections()) {
    rows.add({text_or_null(each.session_id), text_or_null(each.user), text_or_null(each.client),
              each.address, each.transport, instant(each.since),
              each.idle_since ? instant(*each.idle_since) : Value(), each.in_transaction,
              text_or_null(each.statement)});
  }
}

void config(const SystemTableSources& sources, ProcedureResult& rows) {
  const Config config = sources.config();
  for (const ConfigEntry& entry : config.entries()) {
    rows.add({entry.setting->name, value_text(*entry.setting, entry.value),
              origin_name(entry.origin), text_or_null(entry.place),
              entry.setting->change == SettingChange::kOnReload, entry.setting->text});
  }
}

void set_config(const SystemTableSources& sources, Arguments arguments, ProcedureResult& rows) {
  if (arguments[0].is_null() || arguments[1].is_null()) {
    throw Error(status::kNullNotAllowed, "a setting needs a key and a value")
        .hint("CALL system.set_config('logging.slow_query', '500ms')");
  }
  const std::string key(arguments[0].as_string());
  const auto value = [&] {
    const Config config = sources.config();
    const ConfigEntry& entry = config.entry(key);
    return Value(value_text(*entry.setting, entry.value));
  };
  const Value before = find_setting(key) != nullptr ? value() : Value();
  sources.set_config(key, setting_text(arguments[1]));
  rows.add({key, value(), before});
}

void query_stats(const SystemTableSources& sources, ProcedureResult& rows) {
  for (const Sample& each : sources.statistics->history(Wall::now())) {
    rows.add({instant(each.time), each.rate(each.statements), each.rate(each.errors),
              each.average_ms(), each.percentile_ms(0.5), each.percentile_ms(0.95),
              each.percentile_ms(0.99), each.longest_ms(), number(each.statements),
              number(each.errors), number(each.connections)});
  }
}

void data_size(const SystemTableSources& sources, ProcedureResult& rows) {
  for (const Sample& each : sources.statistics->history(Wall::now())) {
    rows.add({instant(each.time), static_cast<double>(each.data_bytes) / kBytesOfGigabyte,
              number(each.data_bytes), number(each.nodes), number(each.edges)});
  }
}

void slow_queries(const SystemTableSources& sources, std::chrono::nanoseconds least,
                  ProcedureResult& rows) {
  for (const SlowStatement& each : sources.statistics->slow()) {
    if (each.duration < least) continue;
    rows.add({instant(each.ended), duration(each.duration), number(each.rows), each.gqlstatus,
              each.session_id, each.text});
  }
}

void slow_queries_above(const SystemTableSources& sources, Arguments arguments,
                        ProcedureResult& rows) {
  const std::int64_t most = std::chrono::nanoseconds::max().count() / 1'000'000;
  const std::int64_t least = arguments[0].is_null() ? 0 : arguments[0].as_int64();
  slow_queries(sources, std::chrono::milliseconds(std::min(least, most)), rows);
}

void totals(const SystemTableSources& sources, ProcedureResult& rows) {
  const Sample total = sources.statistics->total();
  rows.add({number(total.statements), number(total.statements - total.errors), number(total.errors),
            number(sources.stats().active_statements), total.average_ms(), total.percentile_ms(0.5),
            total.percentile_ms(0.95), total.percentile_ms(0.99), total.longest_ms()});
}

}  // namespace

void register_system_tables(Database& database, SystemTableSources given) {
  const auto sources = std::make_shared<const SystemTableSources>(std::move(given));
  const auto table = [&](const char* signature, const char* description, auto fill) {
    database.register_procedure(
        {signature, description,
         [sources, fill](Arguments, ProcedureResult& rows) { fill(*sources, rows); }});
  };
  const auto procedure = [&](const char* signature, const char* description, auto call) {
    database.register_procedure(
        {signature, description, [sources, call](Arguments arguments, ProcedureResult& rows) {
           call(*sources, arguments, rows);
         }});
  };
  table(
      "system.connections() :: (session STRING, user STRING, client STRING, address STRING, "
      "transport STRING, connected_since ZONED DATETIME, idle_since ZONED DATETIME, "
      "in_transaction BOOL, query STRING)",
      "Clients that are connected, and what they run", connections);
  table(
      "system.config() :: (key STRING, value STRING, origin STRING, place STRING, "
      "changeable BOOL, description STRING)",
      "Settings of the server; changeable: system.set_config takes them", config);
  table(
      "system.slow_queries() :: (ended ZONED DATETIME, duration DURATION, rows INT, "
      "gqlstatus STRING, session STRING, query STRING)",
      "The latest 256 statements that took longer than logging.slow_query, without their literals",
      [](const SystemTableSources& of, ProcedureResult& rows) {
        slow_queries(of, std::chrono::nanoseconds(0), rows);
      });
  table(
      "metrics.query_stats() :: (timestamp ZONED DATETIME, queries_per_second FLOAT, "
      "errors_per_second FLOAT, avg_ms FLOAT, p50_ms FLOAT, p95_ms FLOAT, p99_ms FLOAT, "
      "max_ms FLOAT, statements INT, errors INT, connections INT)",
      "Statements of each minute of the last day, and of each hour of the 400 days before",
      query_stats);
  table(
      "metrics.data_size() :: (timestamp ZONED DATETIME, data_size_gb FLOAT, bytes INT, nodes INT, "
      "edges INT)",
      "Length of the database file, and what is in it, at the same times; GB: 10^9 bytes",
      data_size);
  table(
      "db.stats.queries() :: (total INT, successful INT, failed INT, in_progress INT, "
      "avg_ms FLOAT, p50_ms FLOAT, p95_ms FLOAT, p99_ms FLOAT, max_ms FLOAT)",
      "Statements since the server began", totals);
  procedure(
      "db.stats.slow_queries(ms INT) :: (ended ZONED DATETIME, duration DURATION, rows INT, "
      "gqlstatus STRING, session STRING, query STRING)",
      "Those of system.slow_queries that took so many milliseconds", slow_queries_above);
  // There is no other server that could take writes.
  table("system.promote_to_primary() :: (role STRING)",
        "Makes this server the one that takes writes; a single server is that already",
        [](const SystemTableSources&, ProcedureResult& rows) { rows.add({"single"}); });
  for (const char* signature :
       {"system.set_config(key STRING, value ANY) :: (key STRING, value STRING, previous STRING)",
        "db.config.set(key STRING, value ANY) :: (key STRING, value STRING, previous STRING)"}) {
    procedure(signature, "Changes a setting until the configuration is read again", set_config);
  }
}

}  // namespace geode::server
